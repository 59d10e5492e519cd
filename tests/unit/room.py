"""People who hear one conversation in this process, whose transports write everything down."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

from tms_chat.core.events import Event, SessionsEnded
from tms_chat.core.ids import ConversationId, UserId
from tms_chat.core.notify import Attention
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
        self.head = 0
        for name in names:
            self.enter(name)

    def enter(self, name: str, *, knows: bool = True) -> None:
        paper = Paper()
        connection = self.engine.open(paper, Request("http", "127.0.0.1", {}, []))
        connection.receive("40")
        session = Session(connection, cast(Caller, Somebody(name)))
        assert connection.let_in(session)
        self.sessions.add(session)
        self.people.arrived(session.user_id, Attention())
        if knows:
            self.publisher.enter(session, {CHAT: self.head})
        self.paper[name], self.of[name] = paper, session

    async def publish(self, *events: Event | SessionsEnded) -> None:
        await self.publisher.publish(events)
        for session in self.of.values():
            session.connection.flush()


async def _nothing_special(user_ids: Sequence[UserId]) -> Mapping[UserId, Attention]:
    return dict.fromkeys(user_ids, Attention())
