"""`/messages/link-preview`, and previews that come to messages in the background, in this process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import select, update

from tests.rest.in_process import App, on_module_loop, open_app
from tests.rest.shapes import TEXT, refused, shaped
from tests.support.website import Website, page, website
from tms_chat.core.clock import now
from tms_chat.core.events import Announcement, Event
from tms_chat.people.model import User
from tms_chat.previews.model import link_previews
from tms_chat.previews.service import MAX_QUEUE
from tms_chat.previews.store import FAILURE_KEPT, KEPT

pytestmark = on_module_loop

PREVIEW = {"url": str, "title": TEXT, "description": TEXT, "image": TEXT, "favicon": TEXT, "domain": str}
HTML = '<title>Wiki</title><meta name="description" content="All of it"><meta property="og:image" content="/i.png">'


class Talk:
    """A site, an application that may look at it, and two people who write."""

    def __init__(self, app: App, site: Website, user: User, other: User, conversation_id: str) -> None:
        self.app, self.site, self.user, self.other, self.conversation_id = app, site, user, other, conversation_id
        self.headers = app.bearer(user)
        self.told: list[Event] = []
        publish = app.services.db.publish
        assert publish is not None

        async def listen(announced: Sequence[Announcement]) -> None:
            self.told += [one for one in announced if isinstance(one, Event)]
            await publish(announced)

        app.services.db.publish = listen

    async def call(self, method: str, path: str, **request: Any) -> httpx.Response:
        return await self.app.http.request(method, f"/api/v1{path}", headers=self.headers, **request)

    async def preview(self, url: str) -> httpx.Response:
        return await self.call("GET", "/messages/link-preview", params={"url": url})

    async def send(self, content: str, **fields: Any) -> str:
        body = {"conversation_id": self.conversation_id, "content": content, **fields}
        answer = await self.call("POST", "/messages/", json=body)
        assert answer.status_code == 201, answer.text
        message_id: str = answer.json()["id"]
        return message_id

    async def message(self, message_id: str) -> dict[str, Any]:
        body: dict[str, Any] = (await self.call("GET", f"/messages/{message_id}")).json()
        return body

    async def metadata(self, message_id: str) -> dict[str, Any]:
        found: dict[str, Any] = (await self.message(message_id))["metadata"]
        return found

    async def quiet(self) -> None:
        """Returns when nothing is under way."""
        previews = self.app.services.previews
        async with asyncio.timeout(10):
            while previews.is_working:  # noqa: ASYNC110  (what it waits for is inside the product)
                await asyncio.sleep(0.01)

    def events(self, message_id: str) -> list[Event]:
        return [event for event in self.told if event.name == "link_preview" and event.body["message_id"] == message_id]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def open_talk(database: Any, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Talk]:
    async with website() as site:
        folder: Path = tmp_path_factory.mktemp("previews")
        async with open_app(folder, database(), link_preview_hosts=(site.place,)) as app:
            app.services.previews.start()
            ana, bob = await app.person("Ana"), await app.person("Bob")
            body = {"type": "dm", "member_ids": [bob.id]}
            answer = await app.http.post("/api/v1/conversations/", json=body, headers=app.bearer(ana))
            yield Talk(app, site, ana, bob, answer.json()["id"])


@pytest.fixture
def talk(open_talk: Talk, request: pytest.FixtureRequest) -> Talk:
    """With a page of its own for each test: `/<name of the test>`."""
    open_talk.site.pages[path_of(request)] = page(HTML)
    return open_talk


@pytest.fixture
def url(open_talk: Talk, request: pytest.FixtureRequest) -> str:
    return open_talk.site.url(path_of(request))


def path_of(request: pytest.FixtureRequest) -> str:
    return f"/{request.node.originalname}"


def times_asked(talk: Talk, url: str) -> int:
    return sum(head.startswith(f"GET {url.partition(talk.site.place)[2]} ") for head in talk.site.asked)


async def test_a_preview_says_what_the_page_says_of_itself(talk: Talk, url: str) -> None:
    assert shaped(await talk.preview(url), PREVIEW) == {
        "url": url, "title": "Wiki", "description": "All of it", "image": talk.site.url("/i.png"), "favicon": None,
        "domain": "127.0.0.1",
    }  # fmt: skip
    for _ in range(2):
        await talk.preview(url)
    assert times_asked(talk, url) == 1


async def test_after_a_day_it_is_looked_at_again(talk: Talk, url: str) -> None:
    await talk.preview(url)
    await aged(talk, url, KEPT)
    await talk.preview(url)
    assert times_asked(talk, url) == 2


async def test_a_failure_is_left_alone_for_an_hour(talk: Talk, url: str) -> None:
    talk.site.pages.clear()
    for _ in range(3):
        refused(await talk.preview(url), 422, code="link_unreachable")
    assert times_asked(talk, url) == 1
    await aged(talk, url, FAILURE_KEPT)
    talk.site.pages[url.partition(talk.site.place)[2]] = page(HTML)
    assert (await talk.preview(url)).json()["title"] == "Wiki"


async def aged(talk: Talk, url: str, age: Any) -> None:
    async with talk.app.services.db.unit() as unit:
        old = update(link_previews).where(link_previews.c.url == url).values(fetched_at=now() - age)
        assert await unit.change(old) == 1


@pytest.mark.parametrize(
    "bad",
    ["http://127.0.0.1/", "http://localhost:22/", "http://169.254.169.254/", "http://[::1]/", "ftp://a.example/", "x",
     "http://u:p@example.org/", "http://2130706433/", "file:///etc/passwd"],
)  # fmt: skip
async def test_what_is_not_public_is_refused(talk: Talk, bad: str) -> None:
    refused(await talk.preview(bad), 422, code="link_refused")


@pytest.mark.parametrize("query", ["", "?url=", "?url=" + "a" * 2049, "?url=%00"])
async def test_what_is_no_link_is_invalid(talk: Talk, query: str) -> None:
    refused(await talk.call("GET", f"/messages/link-preview{query}"), 422, code="invalid")


async def test_many_who_ask_at_once_ask_the_page_once(talk: Talk, url: str) -> None:
    answers = await asyncio.gather(*(talk.preview(url) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {200}
    assert times_asked(talk, url) == 1


async def test_a_message_gets_its_preview_later_as_a_numbered_change(talk: Talk, url: str) -> None:
    message_id = await talk.send(f"look: {url}, and https://second.example/", metadata_json={"mine": 1})
    await talk.quiet()
    found = await talk.message(message_id)
    preview = shaped(await talk.preview(url), PREVIEW)
    assert found["metadata"] == {"mine": 1, "linkPreview": preview}
    assert (found["isEdited"], found["updatedAt"]) == (False, None)
    (event,) = talk.events(message_id)
    sent = next(one for one in talk.told if one.name == "new_message" and one.body["id"] == message_id)
    assert event.body == {
        "conversation_id": talk.conversation_id, "seq": sent.body["seq"] + 1, "message_id": message_id,
        "metadata_json": found["metadata"],
    }  # fmt: skip
    assert times_asked(talk, url) == 1


async def test_a_client_cannot_say_what_a_link_leads_to(talk: Talk) -> None:
    lie = {"linkPreview": {"url": "https://bank.example/", "title": "Your bank"}, "other": True}
    assert await talk.metadata(await talk.send("hello", metadata_json=lie)) == {"other": True}


async def test_an_edit_takes_the_preview_away_and_brings_the_new_one(talk: Talk, url: str) -> None:
    message_id = await talk.send(f"first {url}")
    await talk.quiet()
    for content, has_preview, numbers in ((f"still {url}", True, 1), ("no link", False, 1), (f"again {url}", True, 2)):
        answer = await talk.call("PUT", f"/messages/{message_id}", json={"content": content})
        assert answer.status_code == 200, answer.text
        await talk.quiet()
        assert ("linkPreview" in await talk.metadata(message_id)) == has_preview, content
        assert len(talk.events(message_id)) == numbers


async def test_a_message_that_is_deleted_meanwhile_gets_none_and_leaves_none(talk: Talk, url: str) -> None:
    gate = asyncio.Event()

    async def late(writer: asyncio.StreamWriter) -> None:
        await gate.wait()
        writer.write(page(HTML))

    talk.site.pages[url.partition(talk.site.place)[2]] = late
    message_id = await talk.send(f"gone {url}")
    answer = await talk.call("DELETE", f"/messages/{message_id}", json={"delete_for_everyone": True})
    assert answer.status_code == 200
    gate.set()
    await talk.quiet()
    assert await talk.metadata(message_id) == {}
    assert talk.events(message_id) == []
    assert not await is_kept(talk, url)


async def test_a_link_that_is_taken_back_is_not_kept(talk: Talk, url: str) -> None:
    for path, answer in ((url, page(HTML)), (f"{url}-away", page("", status="404 Not Found"))):
        talk.site.pages[path.partition(talk.site.place)[2]] = answer
        message_id = await talk.send(f"oh {path}")
        await talk.quiet()
        assert await is_kept(talk, path)
        answered = await talk.call("PUT", f"/messages/{message_id}", json={"content": "never mind"})
        assert answered.status_code == 200
        await talk.quiet()
        assert not await is_kept(talk, path)


async def test_deleting_for_everyone_forgets_where_the_link_led(talk: Talk, url: str) -> None:
    message_id = await talk.send(f"gone {url}")
    await talk.quiet()
    await talk.call("DELETE", f"/messages/{message_id}", json={"delete_for_everyone": True})
    assert not await is_kept(talk, url)


async def is_kept(talk: Talk, url: str) -> bool:
    async with talk.app.services.db.read() as connection:
        return (await connection.execute(select(link_previews).where(link_previews.c.url == url))).first() is not None


@pytest.mark.parametrize("html", ["", "<p>nothing said</p>"])
async def test_a_page_that_says_nothing_is_no_preview(talk: Talk, url: str, html: str) -> None:
    url += f"?{len(html)}"
    talk.site.pages[url.partition(talk.site.place)[2]] = page(html)
    message_id = await talk.send(url)
    await talk.quiet()
    assert await talk.metadata(message_id) == {}


async def test_other_kinds_of_messages_and_other_links_ask_nobody(talk: Talk, url: str) -> None:
    for content, kind in ((url, "IMAGE"), ("http://10.0.0.1/", "TEXT"), ("http://u:p@127.0.0.1/", "TEXT")):
        message_id = await talk.send(content, type=kind)
        await talk.quiet()
        assert await talk.metadata(message_id) == {}
    assert times_asked(talk, url) == 0


async def test_a_slow_page_delays_no_message_and_no_other_page(talk: Talk, url: str) -> None:
    gate = asyncio.Event()

    async def late(writer: asyncio.StreamWriter) -> None:
        await gate.wait()
        writer.write(page(HTML))

    for n in range(MAX_QUEUE // 50):
        talk.site.pages[f"/slow{n}"] = late
    slow = [await talk.send(talk.site.url(f"/slow{n}")) for n in range(MAX_QUEUE // 50)]
    assert [await talk.metadata(message_id) for message_id in slow] == [{}] * len(slow)
    assert sum(head.startswith("GET /slow") for head in talk.site.asked) <= 1  # one at a time to one host
    gate.set()
    await talk.quiet()
    assert all(["linkPreview" in await talk.metadata(message_id) for message_id in slow])


async def test_switched_off_nobody_is_asked(tmp_path: Path, database_url: str | None, open_talk: Talk) -> None:
    site = open_talk.site
    site.pages["/off"] = page(HTML)
    async with open_app(tmp_path, database_url, link_previews="off", link_preview_hosts=(site.place,)) as app:
        app.services.previews.start()
        ana = await app.person("Ana")
        answer = await app.http.get(
            "/api/v1/messages/link-preview", params={"url": site.url("/off")}, headers=app.bearer(ana)
        )
        refused(answer, 422, code="link_refused")
    assert times_asked(open_talk, site.url("/off")) == 0
