"""What must happen after an event happens, also when the event itself cannot be sent."""

from __future__ import annotations

import time
from typing import Any, cast

import pytest
import socketio

from tms_chat.core.events import Event, SessionsEnded
from tms_chat.core.ids import ConversationId, UserId
from tms_chat.core.notify import Attention
from tms_chat.identity.caller import Caller
from tms_chat.people.model import User
from tms_chat.realtime.people import People
from tms_chat.realtime.publisher import Publisher, Sids, conversation_room
from tms_chat.realtime.sessions import Session, Sessions

CHAT = ConversationId("chat")


class BrokenServer:
    """A Socket.IO server that cannot send `member_removed`, whoever it is for."""

    def __init__(self) -> None:
        self.rooms: set[tuple[str, str]] = set()
        self.sent: list[str] = []
        self.closed: list[str] = []

    async def emit(self, name: str, body: dict[str, Any], room: str, skip_sid: object = None) -> None:
        if name == "member_removed":
            raise RuntimeError("cannot be sent")
        self.sent.append(name)

    async def enter_room(self, sid: str, room: str) -> None:
        self.rooms.add((sid, room))

    async def leave_room(self, sid: str, room: str) -> None:
        self.rooms.discard((sid, room))

    async def disconnect(self, sid: str) -> None:
        self.closed.append(sid)


class Somebody:
    """As much of a caller as a session asks for."""

    def __init__(self, name: str) -> None:
        self.id = UserId(name)
        self.user = cast(User, None)


async def nothing_special(_user_id: UserId) -> Attention:
    return Attention()


@pytest.fixture
async def room() -> tuple[BrokenServer, Publisher, dict[str, Session]]:
    """Ana and Bob hear one conversation."""
    server, sessions = BrokenServer(), Sessions()
    publisher = Publisher(server, sessions, People(sessions, nothing_special))
    people = {name: Session(f"socket of {name}", cast(Caller, Somebody(name))) for name in ("ana", "bob")}
    for session in people.values():
        sessions.add(session)
        await publisher.enter(session, [CHAT])
    return server, publisher, people


def removal(name: str) -> Event:
    return Event("member_removed", CHAT, {"removed_user_id": name}, leaves=(UserId(name),))


async def test_the_removed_leave_the_room_when_the_event_cannot_be_sent(
    room: tuple[BrokenServer, Publisher, dict[str, Session]],
) -> None:
    server, publisher, people = room
    await publisher.publish([removal("bob")])
    assert server.rooms == {("socket of ana", conversation_room(CHAT))}
    assert (people["bob"].conversations, people["ana"].conversations) == (set(), {CHAT})


async def test_what_comes_after_an_event_that_cannot_be_sent_is_done_all_the_same(
    room: tuple[BrokenServer, Publisher, dict[str, Session]],
) -> None:
    server, publisher, _ = room
    await publisher.publish(
        [removal("bob"), removal("ana"), Event("new_message", CHAT, {}), SessionsEnded(UserId("bob"), None)]
    )
    assert server.rooms == set()
    assert server.sent == ["new_message", "error"]
    assert server.closed == ["socket of bob"]


async def test_leaving_out_most_of_a_large_room_costs_no_more_than_telling_it() -> None:
    server, sent = socketio.AsyncServer(async_mode="asgi"), list[str]()

    async def note(eio_sid: str, _packet: object) -> None:
        sent.append(eio_sid)

    server._send_eio_packet = note
    sids = []
    for number in range(10_000):
        sid = await server.manager.connect(f"e{number}", "/")
        await server.manager.enter_room(sid, "/", "room")
        sids.append(sid)
    started = time.perf_counter()
    await server.emit("news", {}, room="room", skip_sid=Sids(sids[5:]))
    assert sent == ["e0", "e1", "e2", "e3", "e4"]
    assert time.perf_counter() - started < 0.2
