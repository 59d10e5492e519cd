"""`/messages/search`: the same hits on both databases, for every script and every sign, and only what one may read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx
import pytest
from sqlalchemy import delete, text, update

from tests.rest.in_process import App, on_module_loop
from tests.rest.shapes import MESSAGE, PAGINATION, refused, shaped
from tms_chat.conversations.model import members
from tms_chat.messages.model import hidden_messages, messages
from tms_chat.people.model import User
from tms_chat.search import matching

pytestmark = on_module_loop

HIT = MESSAGE | {"senderName": str, "conversationName": str}
PAGE = {"data": [HIT], "pagination": PAGINATION}
CORPUS = (
    "The quick brown fox jumps over the lazy dog",
    "Straßenbahn nach İstanbul um 7",
    "café, naïve, Ångström",
    "100% sure_thing \\ back\\slash",
    "100 percent surething",
    'She said "never AND always" (NEAR "home") * ^ : -',
    "今天北京的天气很好",
    "東京は寒いです。ガソリン",
    "안녕하세요 여러분",
    "Привет, Ёжик и мир",
    "ｆｕｌｌｗｉｄｔｈ ＡＢＣ",  # noqa: RUF001
    "party 🎉🎉🎉 time 👩‍👩‍👧 ❤️",
    "नमस्ते दुनिया",
    "مرحبا بالعالم",
    "x",
    "a" * 300 + "needle" + "b" * 300,
    "O'Brien; DROP TABLE messages; --",
)
#: What is asked, and the numbers in the corpus of what is found.
ASKED: tuple[tuple[str, set[int]], ...] = (
    ("quick", {0}), ("QUICK fox", {0}), ("uic", {0}), ("quick cat", set()), ("ox", {0}), ("dog lazy x", {0}),
    ("strasse", {1}), ("STRASSENBAHN", {1}), ("istanbul", {1}), ("İSTANBUL", {1}), ("7", {1}),
    ("cafe", {2}), ("CAFÉ", {2}), ("cafe\u0301", {2}), ("naive angstrom", {2}), ("\u212bngstr\u00f6m", {2}),
    ("100%", {3}), ("%", {3}), ("100", {3, 4}), ("sure_", {3}), ("_", {3}), ("%%%", set()), ("___", set()),
    ("\\", {3}), ("back\\slash", {3}), ("\\\\", set()),
    ("AND", {5}), ("NEAR(", set()), ("(NEAR", {5}), ('"never', {5}), ('"', {5}), ('"""', set()), ("*", {5}),
    ("never*", set()), ("NOT", set()), ("text:fox", set()), ("^", {5}), ("OR NOT", set()), ("fox OR dog", set()),
    ("今天", {6}), ("天", {6}), ("北京的", {6}), ("北京天气", set()), ("天气 今天", {6}), ("東京は寒い", {7}),
    ("京", {6, 7}), ("ｶﾞｿﾘﾝ", {7}), ("안녕", {8}), ("여러분", {8}), ("ежик", {9}), ("ЁЖИК мир", {9}),
    ("fullwidth abc", {10}), ("ａｂ", {10, 16}),  # noqa: RUF001
    ("🎉", {11}), ("🎉🎉🎉", {11}), ("🎉🎉🎉🎉", set()), ("❤", {11}), ("❤️", {11}), ("👩‍👩‍👧", {11}),
    ("नमस्ते", {12}), ("दु", {12}), ("مرحبا", {13}), ("x", {0, 14}), ("needle", {15}), ("a" * 150, {15}),
    ("a" * 198, {15}), ("aneedleb", {15}), ("o'brien", {16}), ("';", set()), ("--", {16}), ("; drop table", {16}),
)  # fmt: skip


class Searcher:
    """Somebody who writes and looks for it."""

    def __init__(self, app: App, user: User) -> None:
        self.app, self.user, self.headers = app, user, app.bearer(user)

    async def call(self, method: str, path: str, **request: Any) -> httpx.Response:
        return await self.app.http.request(method, f"/api/v1{path}", headers=self.headers, **request)

    async def talk(self, *others: User, name: str | None = None) -> str:
        kind = {"type": "group", "name": name} if name else {"type": "dm"}
        answer = await self.call("POST", "/conversations/", json=kind | {"member_ids": [one.id for one in others]})
        assert answer.status_code == 201, answer.text
        conversation_id: str = answer.json()["id"]
        return conversation_id

    async def say(self, conversation_id: str, *contents: str, **fields: Any) -> list[str]:
        made = []
        for content in contents:
            body = {"conversation_id": conversation_id, "content": content, **fields}
            answer = await self.call("POST", "/messages/", json=body)
            assert answer.status_code == 201, answer.text
            made.append(answer.json()["id"])
        return made

    async def search(self, query: str, **fields: Any) -> httpx.Response:
        return await self.call("POST", "/messages/search", json={"query": query, **fields})

    async def found(self, query: str, **fields: Any) -> list[str]:
        """The ids of one page, in its order."""
        return [hit["id"] for hit in shaped(await self.search(query, **fields), PAGE)["data"]]

    async def leafed(self, query: str, **fields: Any) -> tuple[list[str], int]:
        """The ids of all pages, and how many pages there were."""
        ids: list[str] = []
        cursor, pages = None, 0
        while True:
            page = shaped(await self.search(query, cursor=cursor, **fields), PAGE)
            ids += [hit["id"] for hit in page["data"]]
            cursor, pages = page["pagination"]["next_cursor"], pages + 1
            assert page["pagination"]["has_more"] == (cursor is not None)
            if cursor is None:
                return ids, pages


async def new(app: App, name: str) -> Searcher:
    return Searcher(app, await app.person(name))


async def check_corpus(ana: Searcher, ids: Sequence[str]) -> None:
    for query, numbers in ASKED:
        wanted = [ids[number] for number in sorted(numbers, reverse=True)]
        assert await ana.found(query) == wanted, query


async def test_the_same_is_found_on_both_databases(shared_app: App) -> None:
    ana, bob = await new(shared_app, "Ana"), await new(shared_app, "Bob")
    chat = await ana.talk(bob.user, name="Corpus")
    await check_corpus(ana, await ana.say(chat, *CORPUS))


async def test_the_same_is_found_without_an_index(shared_app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    ana, bob = await new(shared_app, "Ana"), await new(shared_app, "Bob")
    chat = await ana.talk(bob.user, name="Corpus")
    ids = await ana.say(chat, *CORPUS)
    monkeypatch.setattr(shared_app.services.db, "has_trigrams", False)
    await check_corpus(ana, ids)


async def test_a_hit_is_the_message_as_the_caller_sees_it_with_two_names(shared_app: App) -> None:
    ana, bob = await new(shared_app, "Ana Reyes"), await new(shared_app, "Bob Stone")
    direct, group = await ana.talk(bob.user), await ana.talk(bob.user, name="Lunch")
    (first,) = await bob.say(direct, "shall we have pancakes")
    (second,) = await ana.say(group, "pancakes it is", reply_to_id=None)
    (third,) = await bob.say(group, "more pancakes", reply_to_id=second)
    page = shaped(await ana.search("pancakes"), PAGE)
    assert [hit["id"] for hit in page["data"]] == [third, second, first]
    names = [(hit["senderName"], hit["conversationName"]) for hit in page["data"]]
    assert names == [("Bob Stone", "Lunch"), ("Ana Reyes", "Lunch"), ("Bob Stone", "Bob Stone")]
    for hit in page["data"]:
        listed = await ana.call("GET", f"/messages/conversations/{hit['conversationId']}/messages")
        same = {key: value for key, value in hit.items() if key not in ("senderName", "conversationName")}
        assert same in listed.json()["data"]
    assert [hit["conversationName"] for hit in (await bob.search("shall we")).json()["data"]] == ["Ana Reyes"]


async def test_only_what_the_caller_may_read_is_found(shared_app: App) -> None:
    ana, bob, eve = [await new(shared_app, name) for name in ("Ana", "Bob", "Eve")]
    chat = await ana.talk(bob.user, name="Secret")
    early, middle, late = await ana.say(chat, "zebra one", "zebra two", "zebra three")
    assert await eve.found("zebra") == []
    refused(await eve.search("zebra", conversation_id=chat), 404, code="conversation_not_found")
    refused(await eve.search("zebra", conversation_id="unknown"), 404, code="conversation_not_found")
    async with shared_app.services.db.unit() as unit:
        mine = (members.c.conversation_id == chat) & (members.c.user_id == bob.user.id)
        await unit.execute(update(members).where(mine).values(history_after=1))
        row = {"user_id": bob.user.id, "conversation_id": chat, "number": 2}
        await unit.execute(unit.insert(hidden_messages).values(row))
    for query in ("zebra", "ze"):
        assert await bob.found(query) == [late]
        assert await ana.found(query) == [late, middle, early]


async def test_what_is_not_in_the_window_is_not_quoted_either(shared_app: App) -> None:
    ana, bob = await new(shared_app, "Ana"), await new(shared_app, "Bob")
    chat = await ana.talk(bob.user, name="Quotes")
    (asked,) = await ana.say(chat, "a question")
    await ana.say(chat, "giraffe", reply_to_id=asked)
    assert (await bob.search("giraffe")).json()["data"][0]["replyTo"]["content"] == "a question"
    async with shared_app.services.db.unit() as unit:
        mine = (members.c.conversation_id == chat) & (members.c.user_id == bob.user.id)
        await unit.execute(update(members).where(mine).values(history_after=1))
    hit = (await bob.search("giraffe")).json()["data"][0]
    assert (hit["replyTo"], hit["replyToId"]) == (None, asked)


async def test_filters_leave_out_what_they_say(shared_app: App) -> None:
    ana, bob = await new(shared_app, "Ana"), await new(shared_app, "Bob")
    one, two = await ana.talk(bob.user, name="One"), await ana.talk(bob.user, name="Two")
    (a,) = await ana.say(one, "walrus here")
    (b,) = await bob.say(two, "walrus there")
    (c,) = await bob.say(two, "walrus.png", type="IMAGE", metadata_json={"fileName": "Walrus at the sea.png"})
    assert await ana.found("walrus") == [c, b, a]
    assert await ana.found("walrus", conversation_id=one) == [a]
    assert await ana.found("walrus", sender_id=bob.user.id) == [c, b]
    for name in ("type", "message_type", "messageType"):
        assert await ana.found("walrus", **{name: "IMAGE"}) == [c]
    assert await ana.found("at the sea", type="IMAGE") == [c]
    assert await ana.found("walrus", type="SYSTEM") == []
    newest, *_, oldest = [hit["createdAt"][:10] for hit in (await ana.search("walrus")).json()["data"]]
    for start, end in (("from_date", "to_date"), ("start_date", "end_date"), ("startDate", "endDate")):
        assert await ana.found("walrus", **{start: oldest, end: newest}) == [c, b, a]
        assert await ana.found("walrus", **{start: "2001-01-01", end: "2001-01-02"}) == []
        assert await ana.found("walrus", **{start: "0001-01-01T00:00:00", end: "9999-12-31"}) == [c, b, a]
    moment = (await ana.search("here", conversation_id=one)).json()["data"][0]["createdAt"]
    assert await ana.found("walrus", to_date=moment) == [a]
    assert await ana.found("walrus", from_date=moment) == [c, b, a]
    assert await ana.found("walrus", to_date=moment.removesuffix("Z")) == [a]  # a naive time is UTC


@pytest.mark.parametrize("query", ["okapi", "ok"])
async def test_pages_are_newest_first_and_miss_and_repeat_nothing(shared_app: App, query: str) -> None:
    ana, bob = await new(shared_app, "Ana"), await new(shared_app, "Bob")
    one, two = await ana.talk(bob.user, name="One"), await ana.talk(bob.user, name="Two")
    said = [(await ana.say((one, two)[n % 2], f"okapi {n}" if n % 3 else "nothing"))[0] for n in range(20)]
    wanted = [message_id for n, message_id in enumerate(said) if n % 3][::-1]
    for limit in (1, 5, len(wanted), 100):
        ids, pages = await ana.leafed(query, limit=limit)
        assert ids == wanted
        assert pages == -(-len(wanted) // limit)


async def test_a_short_word_is_looked_for_in_so_many_messages_at_a_time(
    shared_app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, bob = await new(shared_app, "Ana"), await new(shared_app, "Bob")
    one, two = await ana.talk(bob.user, name="One"), await ana.talk(bob.user, name="Two")
    noise = await bob.talk(await shared_app.person("Eve"), name="Noise")
    said = []
    for n in range(20):
        said += await ana.say((one, two)[n % 2], "麒麟" if n in (0, 1, 13) else "nothing")
        await bob.say(noise, "麒麟")
    monkeypatch.setattr(matching, "SCANNED", 4)
    for fields in ({}, {"limit": 1}, {"limit": 2}):
        ids, pages = await ana.leafed("麒", **fields)
        assert ids == [said[13], said[1], said[0]]
        assert pages >= 5
    ids, _ = await ana.leafed("麒", conversation_id=two)
    assert ids == [said[13], said[1]]


@pytest.mark.parametrize(
    "body",
    [
        {}, {"query": ""}, {"query": "   "}, {"query": "\u200b\ufe0f"}, {"query": "x" * 201}, {"query": "a\x00b"},
        {"query": 5}, {"query": "fine", "limit": 0}, {"query": "fine", "limit": 101}, {"query": "fine", "type": "text"},
        {"query": "fine", "cursor": "seq:1"}, {"query": "fine", "cursor": "hit:"},
        {"query": "fine", "cursor": "hit:-1"},
        {"query": "fine", "from_date": "yesterday"}, {"query": "fine", "to_date": "2026-02-31"},
        {"query": "fine", "cursor": "hit:" + "9" * 19},
    ],
)  # fmt: skip
async def test_what_is_no_search_is_refused(shared_app: App, body: dict[str, Any]) -> None:
    ana = await new(shared_app, "Ana")
    refused(await ana.call("POST", "/messages/search", json=body), 422, code="invalid")


async def test_every_trace_of_a_deleted_row_leaves_the_index(shared_app: App) -> None:
    """Also when nothing but the message is deleted, and however it came to be deleted."""
    ana, bob = await new(shared_app, "Ana"), await new(shared_app, "Bob")
    chat = await ana.talk(bob.user, name="Gone")
    (message_id,) = await ana.say(chat, "quokka")
    db = shared_app.services.db
    async with db.unit() as unit:
        await unit.execute(delete(messages).where(messages.c.id == message_id))
    assert await ana.found("quokka") == []
    async with db.read() as connection:
        left = text("SELECT count(*) FROM message_search WHERE text LIKE '%quokka%'")
        assert await connection.scalar(left) == 0
        if db.dialect == "sqlite":
            left = text("SELECT count(*) FROM message_trigrams WHERE message_trigrams MATCH '\"quo\"'")
            assert await connection.scalar(left) == 0
