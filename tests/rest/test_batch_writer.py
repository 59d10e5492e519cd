"""What both ways of writing a batch promise: the same answers, all of it or nothing, and a new try after a failure."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from tests.rest.in_process import App, on_module_loop
from tests.rest.signed_in import SignedIn, signed_in
from tms_chat.conversations.model import conversations, members
from tms_chat.core.clock import iso, now
from tms_chat.core.ids import ConversationId, MessageId, UserId, uuid7
from tms_chat.db.journal import journal
from tms_chat.identity.standing import STANDING
from tms_chat.messages.model import messages
from tms_chat.messages.render import REST
from tms_chat.messages.schema import MAX_STATUS_MEMBERS
from tms_chat.messages.sending.batch import BatchWriter, Question, Row, Rows
from tms_chat.messages.sending.deciding import KnownPeople
from tms_chat.messages.sending.opening import open_writer
from tms_chat.messages.sending.post import Shown
from tms_chat.people.model import stored_user
from tms_chat.search.model import message_search

pytestmark = on_module_loop


@dataclass
class Scene:
    """A group with two messages of Ana that Bob has not read, and a writer that has the turn to write."""

    app: App
    writer: BatchWriter
    ana: SignedIn
    bob: SignedIn
    chat: ConversationId
    newest: str

    def question(self, version: int = 0, **fields: Any) -> Question:
        """About the group and both of them."""
        seats = {(self.chat, UserId(person.id)) for person in (self.ana, self.bob)}
        return Question({self.chat: version}, seats, [], [])._replace(**fields)

    def row(self, number: int, content: str = "text", **fields: Any) -> Row:
        """A message of Bob."""
        made = Row(MessageId(uuid7()), self.chat, number, UserId(self.bob.id), "TEXT", content, '{"a":"\u00e9"}', None,
                   None, None, number, 1, content.lower())  # fmt: skip
        return made._replace(**fields)

    def rows(self, *made: Row, at: datetime | None = None) -> Rows:
        """With their numbers and Bob's position."""
        last = made[-1].number
        return Rows(at or now(), list(made), {self.chat: (last, last)}, {(self.chat, UserId(self.bob.id)): last})


@asynccontextmanager
async def scene(app: App) -> AsyncIterator[Scene]:
    ana, bob = await signed_in(app, "Ana Alpha", "Bob Beta")
    chat = ConversationId(await ana.group(bob))
    await ana.sends(chat, "one")
    newest = (await ana.sends(chat, "two"))["id"]
    writer = open_writer(app.services.db)
    try:
        async with app.services.db.writing():
            yield Scene(app, writer, ana, bob, chat, newest)
    finally:
        await writer.roll_back()
        await writer.close()


async def test_begin_locks_and_finds_what_is_asked_for(shared_app: App) -> None:
    async with scene(shared_app) as s:
        unknown = ConversationId(uuid7())
        question = s.question()
        found = await s.writer.begin(question._replace(versions={**question.versions, unknown: 0}), patient=True)
        assert found.places.keys() == {s.chat}
        place = found.places[s.chat]
        assert place[:6] == (s.chat, "group", 2, 2, 1, 2)
        assert place.people is not None
        assert [user_id for user_id, _ in place.people] == sorted([s.ana.id, s.bob.id])
        assert all(len(joined) == len(iso(now())) and joined < iso(now()) for _, joined in place.people)
        assert found.seats == {
            (s.chat, s.ana.id): (2, None, None),
            (s.chat, s.bob.id): (0, s.newest, found.seats[s.chat, UserId(s.bob.id)].late),
        }
        assert not found.seats[s.chat, UserId(s.bob.id)].late
        assert (found.tried, found.people) == (frozenset(), {})
        await s.writer.roll_back()
        known = await s.writer.begin(s.question(place.member_version), patient=True)
        assert known.places[s.chat] == place._replace(people=None)  # nothing is said twice


async def test_the_person_behind_a_token_is_found_as_a_read_would_find_them(shared_app: App) -> None:
    async with scene(shared_app) as s:
        auth = shared_app.services.auth
        claims = auth.decode(s.ana.headers["Authorization"].removeprefix("Bearer "))
        tokens = [(UserId(s.ana.id), claims.token_hash), (UserId("nobody"), "no token")]
        found = await s.writer.begin(s.question(tokens=tokens), patient=True)
        assert found.people.keys() == {claims.token_hash}
        (row,) = await shared_app.services.db.fetch(STANDING, s.ana.id, claims.token_hash)
        sender = KnownPeople().sender(found.people[claims.token_hash], Shown(claims, auth.counts))
        assert sender is not None
        assert sender.user == stored_user(row)


async def test_earlier_tries_blocks_and_names_are_found(shared_app: App) -> None:
    async with scene(shared_app) as s:
        name = str(uuid7())
        row = s.row(3, client_id=name, request_hash="0" * 64)
        await s.writer.begin(s.question(), patient=True)
        await s.writer.write(s.rows(row))
        await s.writer.commit()
        sender = UserId(s.bob.id)
        found = await s.writer.begin(
            s.question(tries=[(s.chat, sender, name), (s.chat, sender, str(uuid7()))]), patient=True
        )
        assert found.tried == {(s.chat, sender, name)}
        named = await s.writer.names([s.chat])
        assert sorted(one.names[0] for one in named[s.chat]) == ["Ana Alpha", "Bob Beta"]
        assert {one.user_id for one in named[s.chat]} == {s.ana.id, s.bob.id}
        assert not (await s.writer.blockers([s.chat])).get(s.chat)
    ana, bob = await signed_in(shared_app, "Ana", "Bob")
    pair = ConversationId(await ana.direct(bob))
    await bob.gets("POST", "/users/blocks", {"user_id": ana.id})
    async with scene(shared_app) as s:
        await s.writer.begin(Question({pair: 0}, [], [], []), patient=True)
        assert list((await s.writer.blockers([pair]))[pair]) == [bob.id]


async def test_all_of_it_is_there_after_the_commit_and_nothing_after_a_roll_back(shared_app: App) -> None:
    async with scene(shared_app) as s:
        at = now()
        for is_kept in (False, True):
            await s.writer.begin(s.question(), patient=True)
            rows = s.rows(s.row(3, "Three"), s.row(4, "F\u00f6ur \U0001f44b", reply_to_id=MessageId(s.newest)), at=at)
            await s.writer.write(rows)
            await (s.writer.commit() if is_kept else s.writer.roll_back())
            async with shared_app.services.db.read() as connection:
                here = conversations.c.id == s.chat
                counted = select(conversations.c.last_seq, conversations.c.last_number, conversations.c.last_message_at)
                after = tuple((await connection.execute(counted.where(here))).one())
                stored = select(messages).where(messages.c.conversation_id == s.chat).order_by(messages.c.number)
                found = (await connection.execute(stored)).all()
                assert [row.number for row in found] == ([1, 2, 3, 4] if is_kept else [1, 2])
                if not is_kept:
                    assert after[:2] == (2, 2)
                    continue
                assert after == (4, 4, at)
                assert [tuple(row)[:8] for row in found[2:]] == [
                    (row.id, s.chat, row.number, s.bob.id, "TEXT", row.content, {"a": "\u00e9"}, answered)
                    for row, answered in zip(rows.messages, (None, s.newest), strict=True)
                ]
                assert {(row.created_at, row.is_edited, row.updated_at, row.deleted_at) for row in found[2:]} == {
                    (at, False, None, None)
                }
                told = select(journal.c.seq, journal.c.kind, journal.c.message_id, journal.c.data).where(
                    journal.c.conversation_id == s.chat, journal.c.seq > 2
                )
                assert sorted(tuple(row) for row in await connection.execute(told)) == [
                    (row.seq, "new_message", row.id, {}) for row in rows.messages
                ]
                searched = select(message_search.c.message_id, message_search.c.text).where(
                    message_search.c.conversation_id == s.chat, message_search.c.number > 2
                )
                assert [tuple(row) for row in await connection.execute(searched.order_by(message_search.c.id))] == [
                    (row.id, row.text) for row in rows.messages
                ]
                mine = select(members.c.read_number, members.c.read_at, members.c.delivered_number).where(
                    members.c.conversation_id == s.chat, members.c.user_id == s.bob.id
                )
                assert tuple((await connection.execute(mine)).one()) == (4, at, 4)


async def test_quotes_are_found_where_they_have_to_be_with_whoever_may_not_see_them(shared_app: App) -> None:
    ana, bob = await signed_in(shared_app, "Ana Alpha", "Bob Beta")
    chat, elsewhere = [ConversationId(await ana.group(bob)) for _ in range(2)]
    first = MessageId((await ana.sends(chat, "one"))["id"])
    await bob.gets("DELETE", f"/messages/conversations/{chat}/clear")
    second = MessageId((await ana.sends(chat, "two"))["id"])
    fetched = await ana.gets("GET", f"/messages/{first}")
    wrong = [(elsewhere, first), (chat, MessageId(uuid7())), (ConversationId(uuid7()), second)]
    async with scene(shared_app) as s:
        await s.writer.begin(Question({chat: 0}, [], [], []), patient=True)
        assert await s.writer.quotes(wrong) == {}
        found = await s.writer.quotes([(chat, first), (chat, second), *wrong])
    assert {answered: quote.late for answered, quote in found.items()} == {
        (chat, first): {bob.id},
        (chat, second): set(),
    }
    quote = found[chat, first]
    assert quote.sender_id == ana.id
    shown = orjson.loads(quote.render(REST))
    assert shown == fetched | {"statuses": [], "status": "sent"}
    assert list(shown) == list(fetched)


async def test_after_an_error_it_can_begin_again(shared_app: App) -> None:
    async with scene(shared_app) as s:
        await s.writer.begin(s.question(), patient=True)
        with pytest.raises(Exception, match=r"(?i)unique"):
            await s.writer.write(s.rows(s.row(2)))  # there is one with this number
        await s.writer.roll_back()
        found = await s.writer.begin(s.question(), patient=True)
        assert found.places[s.chat].last_number == 2


async def test_members_are_listed_up_to_the_fifty_of_statuses(shared_app: App) -> None:
    ana, bob = await signed_in(shared_app, "Ana", "Bob")
    crowd = await shared_app.people(MAX_STATUS_MEMBERS - 1)
    for count in (MAX_STATUS_MEMBERS, MAX_STATUS_MEMBERS + 1):
        others = [*crowd, bob.id][: count - 1]
        body = {"type": "group", "name": "Crowd", "member_ids": others}
        chat = ConversationId((await ana.gets("POST", "/conversations/", body))["id"])
        async with scene(shared_app) as s:
            found = await s.writer.begin(Question({chat: 0}, [], [], []), patient=True)
            people = found.places[chat].people
            assert (people is None) is (count > MAX_STATUS_MEMBERS)
            assert people is None or {user_id for user_id, _ in people} == {ana.id, *others}
