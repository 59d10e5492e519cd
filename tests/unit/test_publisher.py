"""Who hears what, in which order, and what must happen after an event also when the event itself cannot be sent."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.unit.room import CHAT, Room
from tms_chat.core.events import Event, SessionsEnded
from tms_chat.core.ids import UserId
from tms_chat.core.notify import Attention, Notice


def removal(name: str, body: Any = None, *, seq: int = 1) -> Event:
    return Event("member_removed", CHAT, body or {"removed_user_id": name, "seq": seq}, leaves=(UserId(name),))


UNSENDABLE = {"removed_user_id": object(), "seq": 1}


async def test_the_removed_hear_of_it_and_then_nothing() -> None:
    room = Room("ana", "bob")
    await room.publish(removal("bob"), Event("new_message", CHAT, {"seq": 2}))
    assert room.paper["bob"].heard == ["member_removed"]
    assert room.paper["ana"].heard == ["member_removed", "new_message"]


async def test_the_removed_leave_the_room_when_the_event_cannot_be_sent() -> None:
    room = Room("ana", "bob")
    await room.publish(removal("bob", UNSENDABLE))
    assert (room.of["bob"].conversations, room.of["ana"].conversations) == (set(), {CHAT})


async def test_what_comes_after_an_event_that_cannot_be_sent_is_done_all_the_same() -> None:
    room = Room("ana", "bob")
    await room.publish(
        removal("ana", UNSENDABLE), Event("new_message", CHAT, {"seq": 2}), SessionsEnded(UserId("ana"), None)
    )
    assert room.paper["bob"].heard == ["new_message"]
    assert room.paper["ana"].heard == ["error"]
    assert room.paper["ana"].ended == "disconnected"


async def test_an_event_is_encoded_and_framed_once_for_all() -> None:
    room = Room("ana", "bob", "cleo")
    await room.publisher.publish([Event("new_message", CHAT, {"content": "hello", "seq": 1})])
    waiting = [session.connection.outbox.items[-1] for session in room.of.values()]
    assert waiting[0] is waiting[1] is waiting[2]
    bare = {"seq": 2, "reply_to": None}
    bodies = {UserId("ana"): bare, UserId("cleo"): bare}
    await room.publisher.publish([Event("new_message", CHAT, {}, bodies_by_user=bodies)])
    assert room.of["ana"].connection.outbox.items[-1] is room.of["cleo"].connection.outbox.items[-1]
    assert room.of["bob"].connection.outbox.items[-1] is waiting[1]


async def test_those_who_are_too_slow_are_closed_and_everybody_else_misses_nothing() -> None:
    # Ended while the room was walked over, one of them once took the event away from all who came after.
    room = Room("ana", "slow", "bob", "slower", "cleo")
    for name in ("slow", "slower"):
        room.paper[name].is_stuck = True
    for number in range(1, 301):
        await room.publish(Event("new_message", CHAT, {"seq": number}, notice=Notice("message", UserId("ana"))))
    assert room.paper["slow"].ended == room.paper["slower"].ended == "slow"
    for name in ("ana", "bob", "cleo"):
        assert room.paper[name].heard.count("new_message") == 300
        assert room.paper[name].ended is None
    assert room.paper["cleo"].heard.count("notification") == 300


async def test_what_is_encoded_already_is_sent_as_it_is() -> None:
    room = Room("ana")
    await room.publish(Event("new_message", CHAT, {"seq": 1}, encoded=b'{"seq":1,"x":2}'))
    assert room.paper["ana"].packets[-1] == b'42["new_message",{"seq":1,"x":2}]'


async def test_a_notification_goes_to_those_whom_it_concerns() -> None:
    room = Room("ana", "bob", "cleo", "dora", "eva")
    room.people.arrived(UserId("ana"), Attention())
    room.people.gone(UserId("bob"))
    room.people.arrived(UserId("bob"), Attention(muted={CHAT: None}))
    room.people.gone(UserId("cleo"))
    room.people.arrived(UserId("cleo"), Attention(muted={CHAT: datetime(2020, 1, 1, tzinfo=UTC)}))
    room.people.gone(UserId("dora"))
    room.people.arrived(UserId("dora"), Attention(blocked=frozenset({UserId("ana")})))
    notice = Notice("message", UserId("ana"))
    await room.publish(Event("new_message", CHAT, {"seq": 1}, notice=notice))
    told = {name for name, paper in room.paper.items() if "notification" in paper.heard}
    assert told == {"cleo", "eva"}
    mention = Notice("message", UserId("ana"), mentioned=[UserId("bob")])
    await room.publish(Event("new_message", CHAT, {"seq": 2}, notice=mention))
    assert room.paper["bob"].heard == ["new_message", "new_message", "notification"]


async def test_who_comes_and_goes_is_noticed_by_the_next_notification() -> None:
    room = Room("ana", "bob")
    notice = Notice("message", UserId("ana"))
    await room.publish(Event("new_message", CHAT, {"seq": 1}, notice=notice))
    room.head = 1
    room.enter("cleo")
    await room.publish(removal("bob", seq=2), Event("new_message", CHAT, {"seq": 3}, notice=notice))
    assert "notification" in room.paper["cleo"].heard
    assert room.paper["bob"].heard == ["new_message", "notification", "member_removed"]


@pytest.mark.parametrize("left_out", [0, 9_000])
async def test_leaving_out_most_of_a_large_room_costs_no_more_than_telling_it(left_out: int) -> None:
    room = Room(*(f"person {number}" for number in range(10_000)))
    but = frozenset(UserId(f"person {number}") for number in range(left_out))
    started = time.process_time()
    await room.publisher.publish([Event("news", CHAT, {"seq": 1}, but=but)])
    assert time.process_time() - started < 0.5
    waiting = sum(len(session.connection.outbox.items) == 2 for session in room.of.values())
    assert waiting == 10_000 - left_out
