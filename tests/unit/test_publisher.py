"""Who hears what, in which order, and what must happen after an event also when the event itself cannot be sent."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from tms_chat.core.events import Event, SessionsEnded
from tms_chat.core.ids import ConversationId, UserId
from tms_chat.core.notify import Attention, Notice
from tms_chat.identity.caller import Caller
from tms_chat.realtime.engine.connection import Connection
from tms_chat.realtime.engine.outbox import Outbox, Prepared
from tms_chat.realtime.engine.request import Request
from tms_chat.realtime.engine.server import Engine
from tms_chat.realtime.missed import Missed
from tms_chat.realtime.people import People
from tms_chat.realtime.publisher import Publisher
from tms_chat.realtime.sessions import Session, Sessions

CHAT = ConversationId("chat")


class Paper:
    """A transport that writes everything down."""

    name = "paper"

    def __init__(self) -> None:
        self.packets: list[bytes] = []
        self.ended: str | None = None
        self.is_stuck = False

    def flush(self, outbox: Outbox) -> None:
        if self.is_stuck:
            return
        self.packets += [item.packet for item in outbox.take()]

    def pause(self) -> None:
        pass

    def resume(self) -> None:
        pass

    def end(self, last: Sequence[Prepared], reason: str) -> None:
        self.packets += [item.packet for item in last]
        self.ended = reason

    @property
    def heard(self) -> list[str]:
        return [json.loads(packet[2:])[0] for packet in self.packets if packet.startswith(b"42")]


class Letting:
    """An application that lets everybody in."""

    def __init__(self, room: Room) -> None:
        self._room = room

    def admits(self, request: Request) -> bool:
        return True

    def greet(self, connection: Connection, auth: Any) -> bool:
        return False

    async def connect(self, connection: Connection, auth: Any) -> str | None:
        return None

    async def event(self, connection: Connection, name: str, arguments: tuple[Any, ...]) -> Any:
        return {}

    def gone(self, connection: Connection) -> None:
        self._room.sessions.remove(connection.session)

    def other_namespace(self, namespace: str) -> str:
        return "No."


class Somebody:
    """As much of a caller as a session asks for."""

    def __init__(self, name: str) -> None:
        self.id = UserId(name)


class Room:
    """People who hear one conversation."""

    def __init__(self, *names: str) -> None:
        self.engine = Engine(Letting(self), path="/socket.io")
        self.sessions = Sessions()
        self.people = People(self.sessions, _nothing_special)
        self.publisher = Publisher(self.sessions, self.people, Missed())
        self.paper: dict[str, Paper] = {}
        self.of: dict[str, Session] = {}
        for name in names:
            self.enter(name)

    def enter(self, name: str) -> None:
        paper = Paper()
        connection = self.engine.open(paper, Request("http", "127.0.0.1", {}, []))
        connection.receive("40")
        session = Session(connection, cast(Caller, Somebody(name)))
        assert connection.let_in(session)
        self.sessions.add(session)
        self.people.arrived(session.user_id, Attention())
        self.publisher.enter(session, [CHAT])
        self.paper[name], self.of[name] = paper, session

    async def publish(self, *events: Event | SessionsEnded) -> None:
        await self.publisher.publish(events)
        for session in self.of.values():
            session.connection.flush()


async def _nothing_special(_user_id: UserId) -> Attention:
    return Attention()


def removal(name: str, body: Any = None) -> Event:
    return Event("member_removed", CHAT, body or {"removed_user_id": name, "seq": 1}, leaves=(UserId(name),))


UNSENDABLE = {"removed_user_id": object()}


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
    for number in range(300):
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
    room.enter("cleo")
    await room.publish(removal("bob"), Event("new_message", CHAT, {"seq": 3}, notice=notice))
    assert "notification" in room.paper["cleo"].heard
    assert room.paper["bob"].heard == ["new_message", "notification", "member_removed"]


@pytest.mark.parametrize("left_out", [0, 9_000])
async def test_leaving_out_most_of_a_large_room_costs_no_more_than_telling_it(left_out: int) -> None:
    room = Room(*(f"person {number}" for number in range(10_000)))
    but = frozenset(UserId(f"person {number}") for number in range(left_out))
    started = time.perf_counter()
    await room.publisher.publish([Event("news", CHAT, {"seq": 1}, but=but)])
    assert time.perf_counter() - started < 0.5
    waiting = sum(len(session.connection.outbox.items) == 2 for session in room.of.values())
    assert waiting == 10_000 - left_out
