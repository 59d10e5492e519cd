"""One session: the machine that understands it, the packets that wait for it, the transport that carries it now.

Nothing is sent at once. Whoever has packets waiting stands on the engine's list, and at the end of the tick each
gets all of its packets in one write.
"""

import asyncio
import math
import secrets
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol

import structlog

from tms_chat.realtime.engine import socketio
from tms_chat.realtime.engine.machine import Action, Asked, Due, Foreign, Gone, Machine, Phase, Said
from tms_chat.realtime.engine.outbox import MAX_PACKETS_BEFORE_VOLATILE, Outbox, Prepared
from tms_chat.realtime.engine.packets import CLOSE, MESSAGE, PING, PONG, BadPacket
from tms_chat.realtime.engine.request import Request

if TYPE_CHECKING:
    from tms_chat.realtime.engine.server import Engine

log = structlog.get_logger(__name__)

#: For a client to read why, and to close by itself.
LINGER_SECONDS: Final = 1.0
#: Of one client, before its transport is read no further.
MAX_WAITING_PACKETS: Final = 16
MAX_WAITING_CHARACTERS: Final = 64 * 1024
PACKETS_IN_A_ROW: Final = 16  # are worked off before others have their turn
EVENT_START: Final = MESSAGE + socketio.EVENT
CLOSED: Final = Phase.CLOSED  # asked for each packet of each socket
PING_PACKET: Final = Prepared(PING.encode())
DISCONNECT_PACKET: Final = Prepared(socketio.disconnected())


class Carrier(Protocol):
    """A transport of a session: a websocket, or a series of HTTP requests."""

    name: str

    def flush(self, outbox: Outbox) -> None:
        """Send what waits, if the other side can take it now; else it stays in the outbox."""

    def pause(self) -> None:
        """Read nothing more of the client for now."""

    def resume(self) -> None:
        """Go on reading."""

    def end(self, last: Sequence[Prepared], reason: str) -> None:
        """Send these packets, and be closed a second later at the latest. `reason` is one of REASONS."""


#: Why a session ends, and whether its client is given a moment to close by itself.
REASONS: Final = {
    "left": False,  # the client said so
    "lost": False,  # its transport broke
    "refused": True,  # its CONNECT
    "disconnected": True,  # by the application
    "protocol": False,  # a packet that does not fit
    "slow": False,  # it takes less than there is for it
    "timeout": False,  # it does not answer
    "unauthenticated": False,  # it never said who it is
    "stopping": False,  # the server
}


class Connection:
    """A client, as the application sees it. `session` is the application's own."""

    __slots__ = (
        "__weakref__",
        "_has_ended",
        "_inbox",
        "_is_dirty",
        "_is_known",
        "_waiting_characters",
        "_worker",
        "carrier",
        "engine",
        "is_busy",
        "machine",
        "opened_at",
        "outbox",
        "request",
        "session",
        "slot",
    )

    def __init__(self, engine: "Engine", carrier: Carrier, request: Request) -> None:
        self.engine = engine
        self.carrier = carrier
        self.request: Request | None = request  # until its CONNECT was decided
        self.machine = Machine()
        self.outbox = Outbox()
        self.session: Any = None
        self.opened_at = engine.ticks()
        self.slot = -1  # of the timer wheel
        self.is_busy = False  # so much of it waits that no more should be read
        # What waits for the event before it, as it came: parsed it may be twenty times as large.
        self._inbox: deque[str] | None = None
        self._waiting_characters = 0
        self._worker: asyncio.Task[None] | None = None
        self._is_dirty = False
        self._is_known = False  # to the application
        self._has_ended = False

    @property
    def is_connected(self) -> bool:
        """Whether the application let it in and it is still there."""
        return self.machine.phase is Phase.CONNECTED

    def send(self, item: Prepared) -> None:
        """Queue a packet. What may be lost is dropped for a slow client; one that is too slow for the rest is closed:
        it catches up after it has connected anew, while a gap might go unnoticed."""
        if self.machine.phase is CLOSED:
            return
        outbox = self.outbox
        if len(outbox.items) >= MAX_PACKETS_BEFORE_VOLATILE or outbox.size + item.size > outbox.MAX_BYTES:
            if item.is_volatile:
                return
            if outbox.is_full_for(item):
                self.carrier.flush(outbox)  # it may be a busy tick and not a slow client
                if outbox.items and outbox.is_full_for(item):
                    # Ended at the end of the tick: whoever sends walks over a room, which must stay as it is.
                    self.machine.close()
                    outbox.take()
                    self._wants_flush()
                    return
        outbox.items.append(item)
        outbox.size += item.size
        if not self._is_dirty:
            self._is_dirty = True
            self.engine.wants_flush(self)

    def flush(self) -> None:
        """At the end of a tick."""
        self._is_dirty = False
        if self.machine.phase is CLOSED:
            self.end("slow")  # nothing happens when it has ended otherwise
        elif self.outbox.items:
            self.carrier.flush(self.outbox)

    def receive(self, packet: str) -> None:
        """One Engine.IO packet of the client; what does not fit ends the session, quietly.

        Events are worked off one at a time, from the moment the client is let in, and what comes after one waits behind
        it: also a goodbye, for whoever says something and leaves wants it done. A flood waits in the client's socket
        and not in our memory.
        """
        if self._has_ended:
            return
        if self._inbox is not None:
            if packet == PONG:  # in time, whatever the events before it wait for
                self._understand(packet)
            else:
                self._wait(packet)
        elif packet.startswith(EVENT_START) and self.machine.phase is not Phase.OPENED:
            self._inbox = deque()
            self._wait(packet)
            self._begin()
        else:
            action = self._understand(packet)
            if action is not None:
                self._act(action)

    def let_in(self, session: Any) -> bool:
        """The application's word on a CONNECT; the answer is the first packet. False when the client has left."""
        if not self.machine.let_in():
            return False
        self.session = session
        self.request = None
        self._is_known = True
        self.engine.schedule(self, self.engine.ping_interval)
        self.send(Prepared(socketio.connected(secrets.token_urlsafe(15))))
        self._begin()
        return True

    def refuse(self, message: str) -> None:
        """The other word on a CONNECT."""
        self.send(Prepared(socketio.refused(message)))
        self.end("refused")

    def ask(self, auth: Any) -> None:
        """Let the application take its time to decide on a CONNECT."""
        self.engine.spawn(self._ask(auth))

    def beat(self) -> None:
        """Its deadline has come."""
        engine = self.engine
        left = engine.connect_seconds_left(self) if not self.is_connected else math.inf
        if left <= 0:
            self.end("unauthenticated")
            return
        match self.machine.beat():
            case Due.PING:
                self.send(PING_PACKET)
                engine.schedule(self, min(left, engine.ping_timeout))
            case Due.REST:
                engine.schedule(self, min(left, max(0.0, engine.ping_interval - engine.ping_timeout)))
            case Due.TIMEOUT:
                self.end("timeout")

    def disconnect(self) -> None:
        """The application ends it: the client is told, and has a moment to close."""
        if self.machine.phase is Phase.CONNECTED:
            self.send(DISCONNECT_PACKET)
            self.end("disconnected")

    def end(self, reason: str) -> None:
        """Close it, whoever wants that; the application is told once, and the client gets what waits for it."""
        if self._has_ended:
            return
        if reason == "lost" and self._inbox:
            self._wait(CLOSE)  # what its client said before that is still done
            return
        self._has_ended = True
        self.machine.close()
        self.engine.forget(self)
        last = self.outbox.take()
        if self._inbox is not None:
            self._inbox.clear()
        if reason != "left":
            log.debug("socket_ended", reason=reason)
        if self._is_known:
            self.engine.application.gone(self)
            self.session = None  # they hold each other: without the collector both are gone at once
        self.carrier.end([] if reason in ("slow", "lost") else last, reason)

    def _wants_flush(self) -> None:
        if not self._is_dirty:
            self._is_dirty = True
            self.engine.wants_flush(self)

    def _act(self, action: Action) -> None:
        match action:
            case Asked(auth):
                if not self.engine.application.greet(self, auth):
                    self.ask(auth)
            case Foreign(namespace):
                sentence = self.engine.application.other_namespace(namespace)
                self.send(Prepared(socketio.refused(sentence, namespace)))
            case Gone():
                self.end("left")

    async def _ask(self, auth: Any) -> None:
        refusal = await self.engine.application.connect(self, auth)
        if refusal is not None:
            self.refuse(refusal)

    def _understand(self, packet: str) -> Action:
        try:
            return self.machine.receive(packet)
        except BadPacket as bad:
            log.info("bad_packet", reason=str(bad))
            self.end("protocol")
            return None

    def _wait(self, packet: str) -> None:
        assert self._inbox is not None
        self._inbox.append(packet)
        self._waiting_characters += len(packet)
        if not self.is_busy and self._has_enough:
            self.is_busy = True
            self.carrier.pause()

    @property
    def _has_enough(self) -> bool:
        inbox = self._inbox
        return inbox is not None and (
            len(inbox) >= MAX_WAITING_PACKETS or self._waiting_characters >= MAX_WAITING_CHARACTERS
        )

    def _begin(self) -> None:
        if self._inbox and self._worker is None and self.machine.phase is Phase.CONNECTED:
            self._worker = self.engine.spawn(self._work(self._inbox))

    async def _work(self, inbox: deque[str]) -> None:
        try:
            await self._work_off(inbox)
        except Exception:
            log.exception("socket_failed")  # a socket that nobody listens to would be worse than none
            inbox.clear()
            self.end("lost")
        self._inbox = self._worker = None

    async def _work_off(self, inbox: deque[str]) -> None:
        done = 0
        while inbox:
            packet = inbox.popleft()
            self._waiting_characters -= len(packet)
            if self.is_busy and not self._has_enough:
                self.is_busy = False
                self.carrier.resume()
            action = self._understand(packet)
            if isinstance(action, Said):
                answer = await self.engine.application.event(self, action.name, action.arguments)
                if action.ack is not None:
                    self.send(Prepared(socketio.acknowledgement(action.ack, socketio.encode(answer))))
            elif action is not None:
                self._act(action)
            done += 1
            if not done % PACKETS_IN_A_ROW:
                await asyncio.sleep(0)
