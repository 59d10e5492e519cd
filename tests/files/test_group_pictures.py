"""The picture of a group: who may set it, what becomes of it, who can load it."""

from __future__ import annotations

import io
import uuid
from typing import Any

import httpx
import obstore
import pytest
import pytest_asyncio
from PIL import Image

from tests.files.person import Sender
from tests.rest.in_process import App, on_module_loop
from tests.rest.shapes import CONVERSATION, refused, shaped
from tests.rest.signed_in import announced, event, numbered
from tests.support.media import SECRET, film, photo, picture

pytestmark = on_module_loop


@pytest_asyncio.fixture(loop_scope="module")
async def group(ana: Sender, bob: Sender) -> str:
    return await ana.group(bob)


async def show(person: Sender, group: str, content: bytes, name: str = "a.png") -> httpx.Response:
    address = f"/api/v1/conversations/{group}/avatar"
    return await person.app.http.post(address, headers=person.headers, files={"file": (name, content)})


async def objects(app: App) -> set[str]:
    await app.services.files.settled()
    return {item["path"] for item in await obstore.list(app.services.files.store).collect_async()}


async def test_everybody_sees_it_and_an_image_loads_it_without_a_token(
    files_app: App, ana: Sender, bob: Sender, group: str
) -> None:
    async with announced(files_app) as told:
        seen = shaped(await show(ana, group, photo("JPEG", (900, 600))), CONVERSATION)
    address = seen["avatarUrl"]
    assert address.startswith("http://chat.test/api/v1/files/")
    assert uuid.UUID(address.rpartition("/")[2]).version == 4  # random, not ordered by time
    assert [name for name, _ in numbered(told)] == ["conversation_updated", "new_message"]
    body = event(told, "conversation_updated").body
    assert (body["avatar_url"], body["updated_by_id"], body["seq"]) == (address, ana.id, 1)
    assert (await bob.sees(group))["avatarUrl"] == address
    (notice,) = await bob.notices(group)
    assert notice["content"] == "Ana Reyes changed the picture."
    for headers in ({}, {"sec-fetch-site": "cross-site"}, bob.headers):
        loaded = await files_app.http.get(address, headers=headers)
        assert (loaded.status_code, loaded.headers["content-type"]) == (200, "image/webp")
        assert loaded.headers["cross-origin-resource-policy"] == "cross-origin"
        assert loaded.headers["cache-control"] == "public, max-age=86400"
        assert SECRET not in loaded.content
        assert Image.open(io.BytesIO(loaded.content)).size == (341, 512)  # it stands upright


async def test_the_one_before_is_removed_and_so_is_the_last_one(files_app: App, ana: Sender, group: str) -> None:
    before = await objects(files_app)
    first = (await show(ana, group, picture("PNG"))).json()["avatarUrl"]
    second = (await show(ana, group, film("GIF"))).json()["avatarUrl"]
    assert first != second
    assert (await files_app.http.get(second)).status_code == 200
    assert (await files_app.http.get(first)).status_code == 401  # as any address that names nothing
    assert len(await objects(files_app) - before) == 1
    # A client that sends back what it was shown changes nothing.
    async with announced(files_app) as told:
        same = await ana.gets("PUT", f"/conversations/{group}", {"avatar_url": second})
    assert (same["avatarUrl"], told) == (second, [])
    gone = await ana.gets("PUT", f"/conversations/{group}", {"avatar_url": "https://cdn.example/a.png"})
    assert gone["avatarUrl"] == "https://cdn.example/a.png"
    assert await objects(files_app) == before


async def test_only_administrators_of_a_group_may(files_app: App, ana: Sender, bob: Sender, group: str) -> None:
    eve, before = await Sender.new(files_app, "Eve"), await objects(files_app)
    refused(await show(bob, group, picture("PNG")), 403, code="forbidden")
    refused(await show(ana, await ana.direct(bob), picture("PNG")), 403, code="forbidden")
    refused(await show(eve, group, picture("PNG")), 404, code="conversation_not_found")
    refused(await show(eve, "unknown", picture("PNG")), 404, code="conversation_not_found")
    assert await objects(files_app) == before


WRONG: dict[str, tuple[bytes, int, str]] = {
    "nothing": (b"", 415, "file_type_refused"),
    "text": (b"text", 415, "file_type_refused"),
    "a drawing": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415, "file_type_refused"),
    "another format": (picture("BMP"), 415, "file_type_refused"),
    "a broken one": (picture("PNG")[:60], 415, "file_type_refused"),
    "more than 5 MB": (picture("PNG") + b"\0" * 5_000_001, 413, "file_too_large"),
}


@pytest.mark.parametrize("what", WRONG)
async def test_what_is_no_picture_is_refused(files_app: App, ana: Sender, group: str, what: str) -> None:
    content, status, code = WRONG[what]
    before: Any = (await objects(files_app), await ana.sees(group))
    refused(await show(ana, group, content), status, code=code)
    assert (await objects(files_app), await ana.sees(group)) == before
