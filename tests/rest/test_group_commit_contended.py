"""Sends into a conversation whose row another process has: they wait for it together, for a moment. On PostgreSQL only:
SQLite has one process, and no rows to wait for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy import text

from tests.rest.in_process import App, on_module_loop, open_app
from tests.rest.signed_in import SignedIn, signed_in
from tests.rest.test_group_commit import all_at_once, request
from tests.support.postgres import Postgres
from tms_chat.core.errors import ChatError
from tms_chat.core.events import Announcement, Event
from tms_chat.core.ids import ConversationId, UserId
from tms_chat.db.engine import Database
from tms_chat.messages.actions import send
from tms_chat.messages.schema import MAX_STATUS_MEMBERS, MessageRequest
from tms_chat.messages.sending import postgresql
from tms_chat.messages.sending.batch import Question
from tms_chat.messages.sending.committer import committer_of
from tms_chat.messages.sending.post import Held
from tms_chat.messages.sending.postgresql import PostgresqlBatchWriter

pytestmark = on_module_loop

#: Long enough for a machine that is busy with something else, and then longer than nobody would wait.
PATIENT, HASTY = "4s", "50ms"


@pytest.fixture(scope="module")
def url(pg: Postgres) -> str:
    return pg.fresh_database()


@pytest_asyncio.fixture(loop_scope="module")
async def patient(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[App]:
    monkeypatch.setitem(postgresql.WAITS, "lock_timeout", PATIENT)
    async with open_app(tmp_path / "data", url) as app:
        yield app


@pytest_asyncio.fixture(loop_scope="module")
async def hasty(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[App]:
    monkeypatch.setitem(postgresql.WAITS, "lock_timeout", HASTY)
    async with open_app(tmp_path / "data", url) as app:
        yield app


@asynccontextmanager
async def written(db: Database) -> AsyncIterator[list[int]]:
    """How many messages each transaction had."""
    sizes: list[int] = []
    publish = db.publish

    async def count(items: Sequence[Announcement]) -> None:
        if messages := sum(isinstance(item, Event) and item.name == "new_message" for item in items):
            sizes.append(messages)
        if publish is not None:
            await publish(items)

    db.publish = count
    yield sizes
    db.publish = publish


@asynccontextmanager
async def somebody_has(app: App, *conversation_ids: str, last_seq: int = 0) -> AsyncIterator[None]:
    """Another process is about to change these conversations, and does."""
    other = await asyncpg.connect(**app.services.db.url.connect)
    try:
        async with other.transaction():
            change = "UPDATE conversations SET last_seq = $2 WHERE id = ANY ($1::text[])"
            await other.execute(change, conversation_ids, last_seq)
            yield
    finally:
        await other.close()


async def somebody_waits(app: App) -> None:
    """Returns once a transaction waits for what another one has."""
    here = "JOIN pg_stat_activity USING (pid) WHERE datname = current_database()"
    async with asyncio.timeout(20):
        while True:
            async with app.services.db.read() as connection:
                if (
                    await connection.execute(text(f"SELECT count(*) FROM pg_locks {here} AND NOT granted"))
                ).scalar_one():
                    return
            await asyncio.sleep(0.01)


async def test_they_are_written_together_hold_up_nobody_and_an_end_waits_for_them(patient: App) -> None:
    db = patient.services.db
    ana, bob = await signed_in(patient, "Ana", "Bob")
    held, free = await ana.group(bob), await ana.group(bob)
    async with written(db) as sizes:
        async with somebody_has(patient, held):
            waits = asyncio.ensure_future(all_at_once([(ana, request(held, f"{n}")) for n in range(8)]))
            await somebody_waits(patient)
            assert await bob.sends(free, "free")
            closing = asyncio.ensure_future(committer_of(db).close())
            await asyncio.sleep(0.05)
            assert not closing.done()
            assert not waits.done()
        answers = await waits
        await asyncio.wait_for(closing, 10)
    assert sorted(body["sequenceNumber"] for _, body in answers) == list(range(1, 9))
    assert sizes == [1, 8]


async def test_after_a_moment_they_go_alone_and_take_the_numbers_that_come_then(hasty: App) -> None:
    ana, bob = await signed_in(hasty, "Ana", "Bob")
    chat = await ana.group(bob)
    async with written(hasty.services.db) as sizes:
        async with somebody_has(hasty, chat):
            waits = asyncio.ensure_future(all_at_once([(ana, request(chat, f"{n}")) for n in range(4)]))
            await asyncio.sleep(1.0)
            assert not waits.done()
        assert [status for status, _ in await waits] == [201] * 4
    assert sizes == [1] * 4
    assert [message["sequenceNumber"] for message in await ana.history(chat)] == [1, 2, 3, 4]


async def test_more_conversations_than_are_waited_for_at_once_get_through_as_well(patient: App) -> None:
    ana, bob = await signed_in(patient, "Ana", "Bob")
    chats = [await ana.group(bob) for _ in range(6)]
    async with somebody_has(patient, *chats):
        waits = asyncio.ensure_future(all_at_once([(bob, request(chat, "waits")) for chat in chats]))
        await somebody_waits(patient)
    assert [(status, body["sequenceNumber"]) for status, body in await waits] == [(201, 1)] * 6


async def test_two_processes_write_into_one_conversation_in_batches_and_a_removal_gets_through(patient: App) -> None:
    ours = patient.services.db
    theirs = Database(ours.url)
    ana, guest, *senders = await signed_in(patient, "Ana", "Guest", *(f"Sender {n}" for n in range(16)))
    chat = await ana.group(guest, *senders)
    is_over, goes_on = asyncio.Event(), asyncio.Semaphore(0)
    numbers: list[int] = []

    async def talk(sender: SignedIn, db: Database) -> None:
        while not is_over.is_set() and len(numbers) < 5_000:
            sent = await send(db, sender.user, MessageRequest(conversation_id=chat, content="on and on"))
            numbers.append(sent.body["sequence_number"])
            goes_on.release()

    try:
        async with written(ours) as our_sizes, written(theirs) as their_sizes, asyncio.timeout(60):
            talks = [asyncio.ensure_future(talk(one, (ours, theirs)[n % 2])) for n, one in enumerate(senders)]
            for _ in range(100):
                await goes_on.acquire()
            await ana.gets("DELETE", f"/conversations/{chat}/members/{guest.id}")
            answered = len(numbers)
            with pytest.raises(ChatError) as refusal:
                await send(theirs, guest.user, MessageRequest(conversation_id=chat, content="too late"))
            assert refusal.value.code == "conversation_not_found"
            while len(numbers) < answered + 50:
                await goes_on.acquire()
            is_over.set()
            await asyncio.gather(*talks)
    finally:
        is_over.set()
        await theirs.close()
    # One message says that the guest was removed.
    assert len(set(numbers)) == len(numbers) == max(numbers) - 1
    for sizes in (our_sizes, their_sizes):
        assert sum(sizes) > 2 * len(sizes), "they were written alone"


async def test_a_writer_that_waited_finds_the_row_as_it_was_left_and_begins_again_after_it_was_not(hasty: App) -> None:
    ana, bob = await signed_in(hasty, "Ana", "Bob")
    chat = ConversationId(await ana.group(bob))
    db = hasty.services.db
    question = Question({chat: 0}, {(chat, UserId(bob.id))}, [], [])

    def waiting(seconds: str) -> PostgresqlBatchWriter:
        postgresql.WAITS["lock_timeout"] = seconds
        return PostgresqlBatchWriter(db.postgresql_arguments, MAX_STATUS_MEMBERS, db.notice, waits=True)

    hurried, calm = waiting(HASTY), waiting(PATIENT)
    try:
        async with somebody_has(hasty, chat, last_seq=7):
            with pytest.raises(Held):
                await hurried.begin(question)
            await hurried.roll_back()
            found = asyncio.ensure_future(calm.begin(question))
            await somebody_waits(hasty)
        assert (await found).places[chat].last_seq == 7
        await calm.roll_back()
        assert (await hurried.begin(question)).places[chat].last_seq == 7
        await hurried.roll_back()
    finally:
        for writer in (hurried, calm):
            await writer.roll_back()
            await writer.close()
