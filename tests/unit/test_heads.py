"""How far conversations are is said again: to each socket once a turn, of those with news, and to nobody in a hurry."""

from __future__ import annotations

import asyncio
import json
from itertools import count
from typing import Any

import pytest

from tests.unit.room import CHAT, Paper, Room
from tms_chat.core.events import Event
from tms_chat.core.ids import ConversationId
from tms_chat.realtime.heads import TICKS, Heads, turn_of

OTHER = ConversationId("another")


def hellos(paper: Paper) -> list[Any]:
    said = [json.loads(packet[2:]) for packet in paper.packets if packet.startswith(b"42")]
    return [body for name, body in said if name == "hello"]


def a_turn(room: Room, heads: Heads) -> None:
    for _ in range(TICKS):
        heads.tell()
    for session in room.of.values():
        session.connection.flush()


async def test_everybody_is_told_once_a_turn_how_far_the_newest_event_is() -> None:
    room = Room(*(f"person {number}" for number in range(200)))
    heads = Heads(room.sessions, room.publisher, "the epoch")
    a_turn(room, heads)
    assert not any(hellos(paper) for paper in room.paper.values())  # nothing happened
    room.publisher.enter(room.of["person 0"], {OTHER: 7})  # and there never does
    await room.publish(Event("new_message", CHAT, {"seq": 1}), Event("new_message", CHAT, {"seq": 2}))
    a_turn(room, heads)
    told = {"epoch": "the epoch", "heads": {CHAT: 2}}
    assert all(hellos(paper) == [told] for paper in room.paper.values())
    turns = [turn_of(session) for session in room.of.values()]
    assert max(turns.count(tick) for tick in range(TICKS)) < 40  # they do not all come together


async def test_whoever_has_left_is_told_nothing_and_nobody_of_what_was_long_ago() -> None:
    room = Room("ana", "bob")
    heads = Heads(room.sessions, room.publisher, "e")
    await room.publish(Event("new_message", CHAT, {"seq": 1}))
    await room.publish(Event("member_removed", CHAT, {"seq": 2}, leaves=(room.of["bob"].user_id,)))
    a_turn(room, heads)
    assert (hellos(room.paper["ana"]), hellos(room.paper["bob"])) == ([{"epoch": "e", "heads": {CHAT: 2}}], [])
    a_turn(room, Heads(room.sessions, room.publisher, "e", seconds_a_turn=0))
    assert len(hellos(room.paper["ana"])) == 1
    assert not room.publisher.news


async def test_it_is_the_first_thing_that_a_slow_client_is_not_sent() -> None:
    room = Room("ana", "slow")
    room.paper["slow"].is_stuck = True
    for number in range(1, 41):
        await room.publish(Event("new_message", CHAT, {"seq": number}))
    waiting = len(room.of["slow"].connection.outbox.items)
    a_turn(room, Heads(room.sessions, room.publisher, "e"))
    assert len(room.of["slow"].connection.outbox.items) == waiting
    assert len(hellos(room.paper["ana"])) == 1


async def test_turns_come_by_themselves_and_a_failure_ends_none(monkeypatch: pytest.MonkeyPatch) -> None:
    room = Room("ana")
    heads, told = Heads(room.sessions, room.publisher, "e", seconds_a_turn=0.05), asyncio.Event()
    to_socket, failures = room.publisher.to_socket, [RuntimeError("once")]

    def once_not(*args: Any, **options: Any) -> None:
        if failures:
            raise failures.pop()
        to_socket(*args, **options)
        told.set()

    monkeypatch.setattr(room.publisher, "to_socket", once_not)
    heads.start()
    async with asyncio.timeout(20):
        for seq in count(1):
            await room.publish(Event("new_message", CHAT, {"seq": seq}))
            await asyncio.sleep(0.01)
            if told.is_set():
                break
    await heads.stop()
