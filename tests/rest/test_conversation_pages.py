"""The list of conversations: its order, and pages that lose and repeat nothing."""

from __future__ import annotations

from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import update

from tests.rest.in_process import App, on_module_loop
from tests.rest.shapes import CONVERSATIONS, refused, shaped
from tms_chat.conversations.model import conversations
from tms_chat.core.clock import now
from tms_chat.people.model import User

pytestmark = on_module_loop


class Reader:
    """One person and the conversations they made: eight used, in this order, and five never used."""

    def __init__(self, app: App, user: User) -> None:
        self.app, self.user = app, user
        self.headers = app.bearer(user)
        self.expected: list[str] = []

    async def fill(self) -> None:
        used: list[str] = []
        unused: list[str] = []
        for number in range(13):
            other = await self.app.person(f"Other {number}")
            dm = number % 2 == 0
            body = {"type": "dm"} if dm else {"type": "group", "name": f"Group {number}"}
            made = await self.post("/conversations/", body | {"member_ids": [other.id]})
            (used if number < 8 else unused).append(made["id"])
        # The oldest conversation is written to last: activity counts, not age.
        for conversation_id in reversed(used):
            await self.post("/messages/", {"conversation_id": conversation_id, "content": "hello"})
        self.expected = used + unused[::-1]

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = await self.app.http.post(f"/api/v1{path}", json=body, headers=self.headers)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def page(self, **params: Any) -> Any:
        answer = await self.app.http.get("/api/v1/conversations/", params=params, headers=self.headers)
        return shaped(answer, CONVERSATIONS)


async def new_reader(app: App) -> Reader:
    made = Reader(app, await app.person("Ana"))
    await made.fill()
    return made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def reader(shared_app: App) -> Reader:
    """For tests that only look."""
    return await new_reader(shared_app)


def ids(page: Any) -> list[str]:
    return [row["id"] for row in page["data"]]


async def test_last_activity_comes_first_and_never_used_ones_last_newest_first(reader: Reader) -> None:
    page = await reader.page()
    assert ids(page) == reader.expected
    assert page["pagination"] == {"next_cursor": None, "has_more": False, "limit": 50}


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 8, 12, 13, 14])
async def test_pages_by_cursor_and_by_offset_lose_and_repeat_nothing(reader: Reader, limit: int) -> None:
    by_cursor: list[str] = []
    cursor: str | None = None
    for offset in range(0, 13, limit):
        page = await reader.page(limit=limit, **({"cursor": cursor} if cursor else {}))
        assert ids(page) == ids(await reader.page(limit=limit, offset=offset))
        by_cursor += ids(page)
        cursor = page["pagination"]["next_cursor"]
        assert page["pagination"]["has_more"] is (cursor is not None) is (offset + limit < 13)
    assert by_cursor == reader.expected
    assert ids(await reader.page(limit=limit, offset=13)) == []


async def test_page_two_is_not_page_one(reader: Reader) -> None:
    first = await reader.page(limit=3)
    second = await reader.page(limit=3, cursor=first["pagination"]["next_cursor"])
    assert not set(ids(first)) & set(ids(second))


async def test_conversations_of_the_same_moment_are_not_lost_between_pages(app: App) -> None:
    reader = await new_reader(app)
    at = now()
    async with reader.app.services.db.unit() as unit:
        await unit.execute(update(conversations).values(last_message_at=at, created_at=at))
    listed: list[str] = []
    cursor = None
    while True:
        page = await reader.page(limit=4, **({"cursor": cursor} if cursor else {}))
        listed += ids(page)
        cursor = page["pagination"]["next_cursor"]
        if cursor is None:
            break
    assert sorted(listed) == sorted(reader.expected)


async def test_a_message_between_two_pages_loses_no_other_conversation(app: App) -> None:
    reader = await new_reader(app)
    first = await reader.page(limit=5)
    await reader.post("/messages/", {"conversation_id": reader.expected[9], "content": "now it is used"})
    rest = await reader.page(cursor=first["pagination"]["next_cursor"])
    assert set(ids(first)) | set(ids(rest)) >= set(reader.expected) - {reader.expected[9]}
    assert not set(ids(first)) & set(ids(rest))


@pytest.mark.parametrize("type_", ["dm", "group"])
async def test_one_type_can_be_listed_alone_and_paged(reader: Reader, type_: str) -> None:
    page = await reader.page(type=type_)
    assert {row["type"] for row in page["data"]} == {type_}
    assert ids(page) == [id_ for id_ in reader.expected if id_ in set(ids(page))]
    first = await reader.page(type=type_, limit=2)
    second = await reader.page(type=type_, limit=2, cursor=first["pagination"]["next_cursor"])
    assert ids(first) + ids(second) == ids(page)[:4]


async def test_only_ones_own_conversations_are_listed(reader: Reader) -> None:
    stranger = Reader(reader.app, await reader.app.person("Stranger"))
    assert ids(await stranger.page()) == []
    assert ids(await stranger.page(offset=1)) == []


async def test_a_cursor_of_somebody_else_shows_nothing_of_theirs(reader: Reader) -> None:
    cursor = (await reader.page(limit=1))["pagination"]["next_cursor"]
    stranger = Reader(reader.app, await reader.app.person("Stranger"))
    assert ids(await stranger.page(cursor=cursor)) == []


async def test_the_row_shows_the_last_message_as_text_with_the_sender_under_both_names(reader: Reader) -> None:
    last = (await reader.page(limit=1))["data"][0]["lastMessage"]
    assert (last["content"], last["type"], last["encrypted"]) == ("hello", "TEXT", False)
    assert last["sender_id"] == last["senderId"] == reader.user.id


async def test_the_last_messages_content_is_a_string_also_when_there_is_no_text(app: App) -> None:
    reader = await new_reader(app)
    for type_ in ("IMAGE", "FILE", "VOICE", "CALL"):
        await reader.post("/messages/", {"conversation_id": reader.expected[5], "type": type_})
        row = (await reader.page(limit=1))["data"][0]
        assert (row["id"], row["lastMessage"]["content"], row["lastMessage"]["type"]) == (reader.expected[5], "", type_)


@pytest.mark.parametrize(
    "params",
    [{"limit": 0}, {"limit": 101}, {"limit": "many"}, {"offset": -1}, {"offset": 10**30}, {"type": "channel"},
     {"cursor": ""}, {"cursor": "seq:1"}, {"cursor": "used~yesterday~x"}, {"cursor": "used~2026-01-01T00:00:00~x"},
     {"cursor": "other~2026-01-01T00:00:00Z~x"}, {"cursor": "used~0001-01-01T00:00:00+14:00~x"},
     {"cursor": "used~9999-12-31T23:59:59-14:00~x"}, {"cursor": "used~\x00~\x00"}, {"cursor": "x" * 401}],
    ids=str,
)  # fmt: skip
async def test_a_page_that_does_not_exist_is_refused(shared_app: App, reader: Reader, params: dict[str, Any]) -> None:
    answer = await shared_app.http.get("/api/v1/conversations/", params=params, headers=reader.headers)
    refused(answer, 422, code="invalid")
