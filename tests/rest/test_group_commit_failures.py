"""When sends that are written together meet a database that refuses, waits or is gone, and a process that ends."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import uuid4

import asyncpg
from sqlalchemy import text

from tests.rest.in_process import App, on_module_loop
from tests.rest.shapes import refused
from tests.rest.signed_in import signed_in
from tests.rest.test_group_commit import all_at_once, request
from tms_chat.core.events import Announcement
from tms_chat.core.ids import ConversationId
from tms_chat.db.engine import BUSY_TIMEOUT_MS
from tms_chat.messages.sending.committer import committer_of

pytestmark = on_module_loop


@asynccontextmanager
async def poisoned(app: App) -> AsyncIterator[None]:
    """The database itself refuses a message with one text, as nothing that we check would."""
    db = app.services.db
    if db.dialect == "sqlite":
        on = ["""CREATE TRIGGER poison BEFORE INSERT ON messages WHEN new.content = 'poison'
                 BEGIN SELECT RAISE(ABORT, 'poison'); END"""]  # fmt: skip
        off = ["DROP TRIGGER poison"]
    else:
        on = [
            """CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS
               $$ BEGIN IF new.content = 'poison' THEN RAISE 'poison'; END IF; RETURN new; END $$""",
            "CREATE TRIGGER poison BEFORE INSERT ON messages FOR EACH ROW EXECUTE FUNCTION poison()",
        ]
        off = ["DROP TRIGGER poison ON messages", "DROP FUNCTION poison"]
    for statements, is_over in ((on, False), (off, True)):
        if is_over:
            yield
        async with db.unit() as unit:
            for statement in statements:
                await unit.execute(text(statement))


async def test_one_that_the_database_refuses_does_not_take_the_others_with_it(shared_app: App) -> None:
    ana, bob = await signed_in(shared_app, "Ana", "Bob")
    chat = await ana.group(bob)
    async with poisoned(shared_app):
        contents = [f"fine {number}" for number in range(8)]
        contents[5] = "poison"
        answers = await all_at_once([(bob, request(chat, content)) for content in contents])
        refused(await ana.ask("POST", "/messages/", request(chat, "poison")), 500, code="internal")
    assert [status for status, _ in answers] == [201] * 5 + [500] + [201] * 2
    stored = await ana.history(chat)
    assert sorted(message["content"] for message in stored) == sorted(set(contents) - {"poison"})
    assert [message["sequenceNumber"] for message in stored] == list(range(1, 8))


@asynccontextmanager
async def somebody_holds(app: App, conversation_id: str) -> AsyncIterator[None]:
    """Another process has locked the row of this conversation, which on SQLite is the whole database."""
    url = app.services.db.url
    if url.path is not None:
        connection = sqlite3.connect(url.path, isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            connection.execute("ROLLBACK")
            connection.close()
        return
    other = await asyncpg.connect(**url.connect)
    try:
        async with other.transaction():
            await other.execute("SELECT 1 FROM conversations WHERE id = $1 FOR UPDATE", conversation_id)
            yield
    finally:
        await other.close()


async def test_a_conversation_that_another_process_holds_waits_and_on_postgresql_alone(shared_app: App) -> None:
    ana, bob = await signed_in(shared_app, "Ana", "Bob")
    held, free = await ana.group(bob), await ana.group(bob)
    async with somebody_holds(shared_app, held):
        waits = asyncio.ensure_future(ana.ask("POST", "/messages/", request(held, "waits")))
        free_too = asyncio.ensure_future(bob.ask("POST", "/messages/", request(free, "free")))
        if shared_app.services.db.dialect == "postgresql":
            assert (await asyncio.wait_for(free_too, 5)).status_code == 201
        await asyncio.sleep(0.1)
        assert not waits.done()
    assert (await waits).status_code == 201
    assert (await free_too).status_code == 201
    assert await ana.sends(held, "and on")


async def test_two_processes_that_lock_crosswise_do_not_wait_for_each_other_for_ever(shared_app: App) -> None:
    db = shared_app.services.db
    if db.dialect == "sqlite":
        return  # one writer at a time: there is nothing to lock crosswise
    ana, bob = await signed_in(shared_app, "Ana", "Bob")
    chats = sorted([await ana.group(bob) for _ in range(2)])
    other = await asyncpg.connect(**db.url.connect)
    try:
        for _ in range(5):
            transaction = other.transaction()
            await transaction.start()
            await other.execute("UPDATE conversations SET name = name WHERE id = $1", chats[1])
            ours = asyncio.ensure_future(all_at_once([(ana, request(chat, "crosswise")) for chat in chats]))
            await asyncio.sleep(0.02)
            await other.execute("UPDATE conversations SET name = name WHERE id = $1", chats[0])
            await transaction.commit()
            assert [status for status, _ in await asyncio.wait_for(ours, 10)] == [201, 201]
    finally:
        await other.close()


async def test_a_crash_after_the_commit_and_before_anybody_is_told_loses_nothing(shared_app: App) -> None:
    ana, bob = await signed_in(shared_app, "Ana", "Bob")
    chat = await ana.group(bob)
    body = request(chat, "told by nobody", client_id=str(uuid4()))
    publish = shared_app.services.db.publish

    async def crash(_: Sequence[Announcement]) -> None:
        raise ConnectionResetError("the process ends here")

    shared_app.services.db.publish = crash
    try:
        first = await ana.gets("POST", "/messages/", body)
    finally:
        shared_app.services.db.publish = publish
    again = await ana.ask("POST", "/messages/", body)
    assert (again.status_code, again.json()["id"]) == (200, first["id"])
    assert [message["id"] for message in await bob.history(chat)] == [first["id"]]
    assert (await ana.sends(chat, "goes on"))["sequenceNumber"] == 2


async def test_an_end_writes_what_waits(app: App) -> None:
    ana, bob = await signed_in(app, "Ana", "Bob")
    chat = await ana.group(bob)
    db = app.services.db
    asked = [asyncio.ensure_future(ana.ask("POST", "/messages/", request(chat, f"{n}"))) for n in range(20)]
    async with db.turns.turn(ConversationId(chat)):  # a change of this conversation is under way
        await asyncio.sleep(0.05)
        closing = asyncio.ensure_future(committer_of(db).close())
        await asyncio.sleep(0.05)
        assert not closing.done()
    await asyncio.wait_for(closing, 5)
    assert {answer.status_code for answer in await asyncio.gather(*asked)} == {201}


async def test_a_database_that_is_held_for_long_is_503_for_all_who_wait_and_no_longer_than_that(app: App) -> None:
    if app.services.db.dialect == "postgresql":
        return  # its outages: tests/start/test_database_outage.py
    ana, bob = await signed_in(app, "Ana", "Bob")
    chat = await ana.group(bob)
    nearly_twice = 1.9 * BUSY_TIMEOUT_MS / 1000
    async with somebody_holds(app, chat):
        asked = all_at_once([(ana, request(chat, f"{n}")) for n in range(20)])
        answers = await asyncio.wait_for(asked, nearly_twice)
        assert {(status, body["code"]) for status, body in answers} == {(503, "unavailable")}
    assert (await ana.sends(chat, "at once"))["sequenceNumber"] == 1
