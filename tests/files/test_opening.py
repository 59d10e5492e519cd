"""Opening a file: who may, which bytes, and what the answer forbids a browser."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import orjson
import pytest
import pytest_asyncio
from joserfc import jws
from sqlalchemy import update

from tests.files.person import Sender
from tests.rest.in_process import OWN_ORIGIN, App, on_module_loop
from tests.rest.shapes import refused, shaped
from tests.rest.shapes import time as is_time
from tests.rest.signed_in import deactivate
from tests.support.media import SPEECH, WEBM_FILM, film, picture
from tms_chat.files.model import files
from tms_chat.files.tickets import TICKET_AUDIENCE, TICKET_TYPE
from tms_chat.identity.sessions import issue

pytestmark = on_module_loop

Data = dict[str, Any]
CONTENT = bytes(range(32, 127)) * 20


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ana(files_app: App) -> Sender:
    return await Sender.new(files_app, "Ana Reyes")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bob(files_app: App) -> Sender:
    return await Sender.new(files_app, "Bob Cruz")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chat(ana: Sender, bob: Sender) -> str:
    return await ana.direct(bob)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def text(ana: Sender, chat: str) -> Data:
    """The metadata of a text."""
    data: Data = (await ana.sends_file(chat, CONTENT, "Grüße.txt"))["metadata"]
    return data


def proxied(address: str, **query: str) -> str:
    more = "".join(f"&{name}={value}" for name, value in query.items())
    return f"/api/v1/files/proxy?url={quote(address, safe='')}{more}"


async def test_whoever_may_read_the_message_may_open_the_file(files_app: App, bob: Sender, text: Data) -> None:
    for address in (text["fileUrl"], text["fileUrl"] + "/", urlsplit(text["fileUrl"]).path, proxied(text["fileUrl"])):
        answer = await bob.opens(address)
        assert (answer.status_code, answer.content) == (200, CONTENT)
    eve = await Sender.new(files_app, "Eve")
    unknown = text["fileUrl"].replace(text["fileId"], "01a21603-6d10-7d74-a3bd-1ce977e17704")
    for address in (text["fileUrl"], unknown, proxied(text["fileUrl"]), proxied(unknown)):
        assert refused(await eve.opens(address), 404, code="file_not_found")["detail"].startswith(
            "There is no such file"
        )
    for address in (text["fileUrl"], unknown, proxied(text["fileUrl"])):
        refused(await files_app.http.get(address), 401, code="token_missing")
    for answer in (
        await files_app.http.post(f"{text['fileUrl']}/ticket"),
        await files_app.http.post(f"{text['fileUrl']}/ticket", headers=eve.headers),
    ):
        refused(answer, 401, 404)


async def test_a_file_is_in_the_same_history_as_its_message(files_app: App, ana: Sender, bob: Sender) -> None:
    carl, dora = await Sender.new(files_app, "Carl"), await Sender.new(files_app, "Dora")
    group = await ana.group(bob, carl)
    sent = await ana.sends_file(group, b"for those who are here")
    address = sent["metadata"]["fileUrl"]
    await ana.gets("POST", f"/conversations/{group}/members", {"user_ids": [dora.id]})  # joins later
    refused(await dora.opens(address), 404, code="file_not_found")
    assert (await bob.opens(address)).status_code == 200
    await bob.gets("DELETE", f"/messages/{sent['id']}", {"delete_for_everyone": False})  # for himself
    refused(await bob.opens(address), 404, code="file_not_found")
    ticket = (await carl.gets("POST", f"/files/{sent['metadata']['fileId']}/ticket"))["url"]
    assert (await files_app.http.get(ticket)).status_code == 200
    await ana.gets("DELETE", f"/conversations/{group}/members/{carl.id}")
    refused(await carl.opens(address), 404, code="file_not_found")
    refused(await files_app.http.get(ticket), 404, code="file_not_found")
    assert (await ana.opens(address)).status_code == 200
    await ana.gets("DELETE", f"/messages/conversations/{group}/clear")
    refused(await ana.opens(address), 404, code="file_not_found")


RANGES: dict[str, tuple[int, int, int]] = {
    "bytes=0-0": (206, 0, 1), "bytes=5-14": (206, 5, 15), "bytes=1890-": (206, 1890, 1900),
    "bytes=-10": (206, 1890, 1900), "bytes=-99999": (206, 0, 1900), "bytes=1899-99999": (206, 1899, 1900),
    "bytes=3-1": (200, 0, 1900), "bytes=0-1,4-5": (200, 0, 1900), "lines=1-2": (200, 0, 1900),
}  # fmt: skip


@pytest.mark.parametrize("wanted", RANGES)
async def test_a_part_of_a_file(bob: Sender, text: Data, wanted: str) -> None:
    status, start, end = RANGES[wanted]
    for address in (text["fileUrl"], proxied(text["fileUrl"])):
        answer = await bob.opens(address, Range=wanted)
        assert (answer.status_code, answer.content) == (status, CONTENT[start:end])
        assert answer.headers["content-length"] == str(end - start)
        part = f"bytes {start}-{end - 1}/1900" if status == 206 else None
        assert answer.headers.get("content-range") == part
        assert answer.headers["accept-ranges"] == "bytes"


@pytest.mark.parametrize("wanted", ["bytes=1900-", "bytes=5000-6000", "bytes=-0"])
async def test_a_part_behind_the_end_is_416(bob: Sender, text: Data, wanted: str) -> None:
    answer = await bob.opens(text["fileUrl"], Range=wanted)
    refused(answer, 416, code="range_not_satisfiable")
    assert answer.headers["content-range"] == "bytes */1900"


async def test_head_and_conditions(files_app: App, bob: Sender, text: Data) -> None:
    whole = await bob.opens(text["fileUrl"])
    etag = whole.headers["etag"]
    head = await files_app.http.head(text["fileUrl"], headers=bob.headers)
    assert (head.status_code, head.content) == (200, b"")
    same = {"content-type", "content-length", "etag", "accept-ranges", "content-disposition"}
    assert {name: head.headers[name] for name in same} == {name: whole.headers[name] for name in same}
    for condition, status in ((etag, 304), (f'W/{etag}, "x"', 304), ("*", 304), ('"x"', 200)):
        answer = await bob.opens(text["fileUrl"], **{"If-None-Match": condition})
        assert (answer.status_code, answer.content == b"") == (status, status == 304)
        assert answer.headers["etag"] == etag
    for condition, status in ((etag, 206), ('"other"', 200), ("Wed, 21 Oct 2026 07:28:00 GMT", 200)):
        answer = await bob.opens(text["fileUrl"], Range="bytes=0-3", **{"If-Range": condition})
        assert answer.status_code == status


SHOWN = "inline"
SAVED = "attachment"
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
HEADERS: dict[str, tuple[bytes, str, str]] = {
    "a.png": (picture("PNG"), "image/png", SHOWN),
    "a.jpg": (picture("JPEG"), "image/jpeg", SHOWN),
    "a.gif": (film("GIF") + b"<script>alert(1)</script>", "image/gif", SHOWN),
    "a.webp": (film("WEBP"), "image/webp", SHOWN),
    "broken.png": (picture("PNG")[:60], "image/png", SAVED),
    "a.bmp": (picture("BMP"), "image/bmp", SAVED),
    "a.weba": (SPEECH, "audio/webm", SHOWN),
    "a.webm": (WEBM_FILM, "video/webm", SHOWN),
    "a.pdf": (b"%PDF-1.7\n\xe2\xe3", "application/pdf", SAVED),
    "a.txt": (b"text", "text/plain", SAVED),
    "page.html": (b"<html><script>alert(1)</script>", "application/octet-stream", SAVED),
    "page.png": (b"<html><script>alert(1)</script>", "application/octet-stream", SAVED),
    "drawing.svg": (SVG, "application/octet-stream", SAVED),
    "drawing.png": (SVG, "application/octet-stream", SAVED),
    "data.xml": (b"<?xml version='1.0'?><a/>", "application/octet-stream", SAVED),
}


@pytest.mark.parametrize("name", HEADERS)
async def test_what_a_browser_may_do_with_it(ana: Sender, bob: Sender, chat: str, name: str) -> None:
    content, mime, how = HEADERS[name]
    sent = await ana.sends_file(chat, content, name)
    for address in (sent["metadata"]["fileUrl"], proxied(sent["metadata"]["fileUrl"])):
        answer = await bob.opens(address)
        assert answer.headers["content-type"] == mime
        assert answer.headers["content-disposition"] == f"{how}; filename=\"{name}\"; filename*=UTF-8''{name}"
        assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
        assert answer.headers.get_list("x-content-type-options") == ["nosniff"]
        assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
        assert answer.headers["cache-control"] == "private, max-age=3600"
        assert b"<script>" not in answer.content or how == SAVED


async def test_the_name_of_a_file_in_any_script(bob: Sender, text: Data) -> None:
    answer = await bob.opens(text["fileUrl"])
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"Gr__e.txt\"; filename*=UTF-8''Gr%C3%BC%C3%9Fe.txt"
    )


async def test_a_ticket_opens_one_file_for_a_while(files_app: App, ana: Sender, chat: str, text: Data) -> None:
    answer = await ana.ask("POST", f"/files/{text['fileId']}/ticket")
    made = shaped(answer, {"url": str, "expiresAt": is_time}, 201)
    assert made["url"].startswith(f"{text['fileUrl']}?ticket=")
    assert (await files_app.http.get(made["url"])).content == CONTENT
    assert (await files_app.http.get(made["url"], headers={"Range": "bytes=0-1"})).content == CONTENT[:2]
    assert (await files_app.http.head(made["url"])).status_code == 200
    (ticket,) = parse_qs(urlsplit(made["url"]).query)["ticket"]
    other = (await ana.sends_file(chat, b"another"))["metadata"]
    refused(await files_app.http.get(f"{other['fileUrl']}?ticket={ticket}"), 401, code="token_invalid")
    for bad in (ticket[:-2] + "AA", "a.b.c", "x", ""):
        refused(await files_app.http.get(f"{text['fileUrl']}?ticket={bad}"), 401)
    # A ticket is no session, and a session no ticket.
    for path in ("/api/v1/users/me", proxied(text["fileUrl"])):
        answer = await files_app.http.get(path, headers={"Authorization": f"Bearer {ticket}"})
        refused(answer, 401, code="token_invalid")
    refused(await files_app.http.get(proxied(text["fileUrl"], token=ticket)), 401, code="token_invalid")
    session = issue(files_app.services.own_key, ana.user.id)
    refused(await files_app.http.get(f"{text['fileUrl']}?ticket={session}"), 401, code="token_invalid")


async def test_a_ticket_ends_with_its_hour_and_with_its_person(files_app: App, bob: Sender, text: Data) -> None:
    now = time.time()

    def ticket(**changes: Any) -> str:
        claims = {"iss": "tms-chat", "aud": TICKET_AUDIENCE, "sub": bob.id, "file": text["fileId"], "iat": now - 10}
        header = {"alg": "HS256", "typ": TICKET_TYPE}
        content = orjson.dumps(claims | {"exp": now + 10} | changes)
        return jws.serialize_compact(header, content, files_app.services.own_key, algorithms=["HS256"])

    async def status(**changes: Any) -> int:
        return (await files_app.http.get(f"{text['fileUrl']}?ticket={ticket(**changes)}")).status_code

    assert await status() == 200
    assert await status(exp=now - 16) == 401
    assert await status(aud="tms-chat") == 401
    assert await status(sub=None) == 401
    assert await status(sub="somebody else") == 404
    zoe = await Sender.new(files_app, "Zoe")
    mine = (await zoe.sends_file(await zoe.direct(bob), b"x"))["metadata"]
    address = (await zoe.gets("POST", f"/files/{mine['fileId']}/ticket"))["url"]
    assert (await files_app.http.get(address)).status_code == 200
    await deactivate(files_app, zoe)
    refused(await files_app.http.get(address), 404, code="file_not_found")


async def test_our_cookie_opens_files_for_our_own_pages_only(files_app: App, bob: Sender, text: Data) -> None:
    token = issue(files_app.services.own_key, bob.user.id)
    cookie = {"cookie": f"tms_files={token}"}
    image = {"sec-fetch-site": "same-origin"}
    for headers, status in (
        (image, 200), ({"origin": OWN_ORIGIN}, 200), ({}, 403), ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403), ({"sec-fetch-site": "none"}, 403),
        ({"origin": "https://evil.example"} | image, 403), ({"origin": "null"}, 403),
    ):  # fmt: skip
        for address in (text["fileUrl"], proxied(text["fileUrl"])):
            answer = await files_app.http.get(address, headers=cookie | headers)
            assert answer.status_code == status, headers
    refused(await files_app.http.get("/api/v1/users/me", headers=cookie | image), 401, code="token_missing")
    other = {"cookie": f"tms_session={token}"} | image
    refused(await files_app.http.get(text["fileUrl"], headers=other), 401, code="token_missing")
    refused(await files_app.http.post(f"{text['fileUrl']}/ticket", headers=cookie | image), 401)


async def test_existing_clients_load_files_through_the_proxy(files_app: App, bob: Sender, text: Data) -> None:
    token = issue(files_app.services.own_key, bob.user.id)
    for address in (text["fileUrl"], urlsplit(text["fileUrl"]).path):
        answer = await files_app.http.get(proxied(address, token=token))
        assert (answer.status_code, answer.content) == (200, CONTENT)
    elsewhere = f"https://evil.example/api/v1/files/{text['fileId']}"
    refused(await bob.opens(proxied(elsewhere)), 404, code="file_not_found")
    refused(await files_app.http.get(proxied(text["fileUrl"], token="a.b.c")), 401, code="token_invalid")
    refused(await bob.opens("/api/v1/files/proxy"), 422, code="invalid")


@pytest.mark.parametrize(
    "address",
    ["http://169.254.169.254/latest/meta-data/", "http://127.0.0.1:1/", "https://chat.test/", "file:///etc/passwd",
     "http://chat.test/api/v1/users/me", "gopher://127.0.0.1/", "//evil.example/x", "not an address", "http://["],
)  # fmt: skip
async def test_the_proxy_never_fetches_anything(bob: Sender, address: str) -> None:
    refused(await bob.opens(proxied(address)), 404, code="file_not_found")


async def test_bytes_that_are_lost_are_404_and_not_half_an_answer(
    files_app: App, ana: Sender, bob: Sender, chat: str
) -> None:
    data = (await ana.sends_file(chat, b"to be lost"))["metadata"]
    lost = update(files).where(files.c.id == data["fileId"]).values(storage_key="00/lost")
    async with files_app.services.db.unit() as unit:
        await unit.execute(lost)
    refused(await bob.opens(data["fileUrl"]), 404, code="file_not_found")
