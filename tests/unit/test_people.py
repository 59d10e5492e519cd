"""What connected people want to hear of: known while they have a socket, and never older than their last change."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from tms_chat.core.errors import ChatError
from tms_chat.core.ids import ConversationId, UserId
from tms_chat.core.notify import Attention
from tms_chat.identity.caller import Caller
from tms_chat.realtime.engine.connection import Connection
from tms_chat.realtime.people import People
from tms_chat.realtime.sessions import Session, Sessions

ANA, BOB, CLEO = UserId("ana"), UserId("bob"), UserId("cleo")
CHAT, OTHER = ConversationId("chat"), ConversationId("other")
NOTHING_SPECIAL = Attention()


class Somebody:
    """As much of a caller as a session asks for."""

    def __init__(self, user_id: UserId) -> None:
        self.id = user_id


class Store:
    """What is committed, handed out when the gate is open; the look at it happens before."""

    def __init__(self) -> None:
        self.committed: dict[UserId, Attention] = {}
        self.reads = 0
        self.error: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()

    async def load(self, user_ids: Sequence[UserId]) -> dict[UserId, Attention]:
        self.reads += 1
        if self.error is not None:
            raise self.error
        seen = {user_id: self.committed.get(user_id, NOTHING_SPECIAL) for user_id in user_ids}
        await self.gate.wait()
        return seen

    def block(self, blocker: UserId, *blocked: UserId) -> None:
        self.committed[blocker] = Attention(blocked=frozenset(blocked))


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def sessions() -> Sessions:
    return Sessions()


@pytest.fixture
def people(store: Store, sessions: Sessions) -> People:
    return People(sessions, store.load)


def connect(sessions: Sessions, user_id: UserId) -> None:
    sessions.add(Session(cast(Connection, None), cast(Caller, Somebody(user_id))))


async def arrive(store: Store, people: People, user_id: UserId) -> None:
    """What is read of everybody who arrives."""
    people.arrived(user_id, (await store.load([user_id]))[user_id])


async def test_who_is_not_connected_is_not_read_and_not_kept(store: Store, people: People) -> None:
    await people.changed(ANA)
    assert store.reads == 0
    people.arrived(ANA, Attention())  # and left before it was read
    assert people.get(ANA) is None


async def test_a_change_while_the_arrival_reads_is_not_lost(store: Store, sessions: Sessions, people: People) -> None:
    connect(sessions, ANA)
    store.gate.clear()
    arriving = asyncio.create_task(arrive(store, people, ANA))
    await asyncio.sleep(0)
    store.block(ANA, BOB)
    changing = asyncio.create_task(people.changed(ANA))
    await asyncio.sleep(0)
    store.gate.set()
    await asyncio.gather(arriving, changing)
    assert people.blockers_of(BOB) == {ANA}


async def test_what_an_arrival_read_before_a_change_does_not_undo_it(
    store: Store, sessions: Sessions, people: People
) -> None:
    connect(sessions, ANA)
    read_before = (await store.load([ANA]))[ANA]
    store.block(ANA, BOB)
    await people.changed(ANA)
    people.arrived(ANA, read_before)
    assert people.blockers_of(BOB) == {ANA}


async def test_blockers_follow_every_change_and_the_last_socket(
    store: Store, sessions: Sessions, people: People
) -> None:
    for user_id in (ANA, CLEO):
        connect(sessions, user_id)
        store.block(user_id, BOB)
        await arrive(store, people, user_id)
    assert people.blockers_of(BOB) == {ANA, CLEO}
    store.block(ANA, CLEO)
    await people.changed(ANA)
    assert (people.blockers_of(BOB), people.blockers_of(CLEO)) == ({CLEO}, {ANA})
    people.gone(ANA)
    people.gone(CLEO)
    assert not people.blockers_of(BOB)
    assert not people.blockers_of(CLEO)


@pytest.mark.parametrize("error", [ChatError("unavailable"), RuntimeError("nobody expected it")])
async def test_a_change_that_could_not_be_read_is_read_later(
    store: Store, sessions: Sessions, people: People, error: Exception
) -> None:
    connect(sessions, ANA)
    await arrive(store, people, ANA)
    store.block(ANA, BOB)
    store.error = error
    await people.changed(ANA)
    await people.catch_up()
    assert not people.blockers_of(BOB)
    store.error = None
    await people.catch_up()
    assert people.blockers_of(BOB) == {ANA}
    reads = store.reads
    await people.catch_up()
    assert store.reads == reads


@pytest.mark.parametrize("error", [ChatError("unavailable"), RuntimeError("nobody expected it")])
async def test_everybody_is_read_again_now_or_later(
    store: Store, sessions: Sessions, people: People, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tms_chat.realtime.people.READ_AT_ONCE", 2)
    everybody = [ANA, CLEO, UserId("dora"), UserId("eve"), UserId("finn")]
    for user_id in everybody:
        connect(sessions, user_id)
        await arrive(store, people, user_id)
        store.block(user_id, BOB)
    store.error = error
    await people.read_again()
    assert not people.blockers_of(BOB)
    store.error, store.reads = None, 0
    await people.catch_up()
    assert people.blockers_of(BOB) == {*everybody}
    assert store.reads == 3


async def test_many_who_ask_to_read_everybody_again_are_answered_by_two_readings(
    store: Store, sessions: Sessions, people: People
) -> None:
    connect(sessions, ANA)
    await arrive(store, people, ANA)
    store.reads = 0
    store.gate.clear()
    asking = [asyncio.create_task(people.read_again()) for _ in range(20)]
    await asyncio.sleep(0)
    store.gate.set()
    await asyncio.gather(*asking)
    assert store.reads == 2  # the first began before the last one asked


async def test_reading_everybody_again_does_not_undo_what_changed_meanwhile(
    store: Store, sessions: Sessions, people: People
) -> None:
    connect(sessions, ANA)
    await arrive(store, people, ANA)
    store.block(ANA, BOB)  # and the news of it was lost
    slow = store.gate = asyncio.Event()
    reading = asyncio.create_task(people.read_again())
    await asyncio.sleep(0)
    del store.committed[ANA]
    store.gate = asyncio.Event()
    store.gate.set()
    await people.changed(ANA)
    slow.set()
    await reading
    assert not people.blockers_of(BOB)
    store.block(ANA, CLEO)  # which of the two was newer nobody knew: it is read once more
    await people.catch_up()
    assert people.blockers_of(CLEO) == {ANA}


async def test_leaving_a_conversation_ends_its_mute_and_no_other(
    store: Store, sessions: Sessions, people: People
) -> None:
    connect(sessions, ANA)
    store.committed[ANA] = Attention(muted={CHAT: None, OTHER: None})
    await arrive(store, people, ANA)
    people.left(ANA, CHAT)
    people.left(BOB, CHAT)
    known = people.get(ANA)
    assert known is not None
    assert known.muted == {OTHER: None}


def test_a_mute_ends_when_its_time_comes() -> None:
    until = datetime(2026, 1, 31, 12, tzinfo=UTC)
    attention = Attention(muted={CHAT: until})
    assert attention.is_muted(CHAT, until - timedelta(seconds=1))
    assert not attention.is_muted(CHAT, until)
    assert not attention.is_muted(OTHER, until - timedelta(seconds=1))
