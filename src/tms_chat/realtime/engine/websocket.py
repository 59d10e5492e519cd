"""The websocket transport: it takes the connection over from the HTTP server after the handshake (RFC 6455)."""

import asyncio
import secrets
from collections.abc import Sequence
from typing import Final

import structlog

from tms_chat.realtime.engine.connection import LINGER_SECONDS, REASONS, Connection
from tms_chat.realtime.engine.deflate import inflate
from tms_chat.realtime.engine.frames import (
    BINARY,
    CLOSE,
    PING,
    TEXT,
    FrameError,
    FrameReader,
    Message,
    close_frame,
    pong_frame,
    text_frame,
)
from tms_chat.realtime.engine.outbox import Outbox, Prepared
from tms_chat.realtime.engine.packets import PROBE, PROBE_ANSWER, UPGRADE
from tms_chat.realtime.engine.polling import Polling
from tms_chat.realtime.engine.request import Request
from tms_chat.realtime.engine.server import Engine

log = structlog.get_logger(__name__)

#: Of what one client sent, worked off before others have their turn; compressed, it may be a hundred times as much.
PART_BYTES: Final = 16 * 1024
DEFLATED_PART_BYTES: Final = 1024
UPGRADE_SECONDS: Final = 10.0
#: Close codes (RFC 6455 §7.4.1 and the registry it founds).
CODES: Final = {
    "left": 1000,
    "refused": 1000,
    "disconnected": 1000,
    "protocol": 1002,
    "timeout": 1008,
    "unauthenticated": 1008,
    "stopping": 1012,
    "slow": 1013,
}


class _Joined:
    """The frames that were joined last: a thousand sockets of a room mostly wait for the same packets."""

    __slots__ = ("_data", "_items")

    def __init__(self) -> None:
        self._items: Sequence[Prepared] = ()
        self._data = b""

    def frames(self, items: Sequence[Prepared]) -> bytes:
        """The same bytes for the very same packets."""
        if items != self._items:  # compared by identity, without calling anything
            self._data = b"".join([item.frame() for item in items])
            self._items = items
        return self._data


_joined = _Joined()


class WebSocket(asyncio.Protocol):
    """One websocket. It carries a session from its beginning, or takes one over from long-polling."""

    __slots__ = (
        "_candidate",
        "_code",
        "_connection",
        "_deflates",
        "_is_held",
        "_is_paused",
        "_reader",
        "_rest",
        "_transport",
        "_turn",
    )

    name = "websocket"

    def __init__(
        self, transport: asyncio.Transport, max_bytes: int, *, deflates: bool = False, is_paused: bool = False
    ) -> None:
        self._transport = transport
        self._deflates = deflates
        self._reader = FrameReader(max_bytes, inflate if deflates else None)
        self._connection: Connection | None = None
        self._candidate: Connection | None = None  # the session that polls, until the client says to take it over
        self._is_paused = is_paused  # the transport takes nothing more
        self._is_held = False  # nothing more is to be read
        self._rest = b""  # what is here and was not read yet
        self._turn: asyncio.Handle | None = None  # to read on
        self._code: int | None = None  # of the close frame that was sent

    def open(self, engine: Engine, request: Request, answer: bytes) -> None:
        """Carry a new session. `answer` is that of the handshake: it leaves in one write with the first packet."""
        self._connection = engine.open(self, request)
        greeting = engine.greeting(secrets.token_urlsafe(15), upgrades=[])
        self._transport.write(answer + text_frame(greeting))

    def probe(self, candidate: Connection) -> None:
        """Wait for the client to try this transport, and then to move its session here."""
        self._candidate = candidate
        assert isinstance(candidate.carrier, Polling)
        candidate.carrier.prober = self
        asyncio.get_running_loop().call_later(UPGRADE_SECONDS, self._give_up)

    def data_received(self, data: bytes) -> None:
        """Bytes of the client. More than a part wait for their turn, and the client for them."""
        if self._rest or len(data) > self._part_bytes:
            self._rest += data
            self._transport.pause_reading()
            self._read_on()
        else:
            self._read(data)

    @property
    def _part_bytes(self) -> int:
        return DEFLATED_PART_BYTES if self._deflates else PART_BYTES

    def _read_on(self) -> None:
        if self._turn is None and not self._is_held:
            self._turn = asyncio.get_running_loop().call_soon(self._read_part)

    def _read_part(self) -> None:
        self._turn = None
        if self._is_held:
            return
        part, self._rest = self._rest[: self._part_bytes], self._rest[self._part_bytes :]
        self._read(part)
        if self._rest:
            self._read_on()
        else:
            self._go_on()

    def _read(self, data: bytes) -> None:
        if self._code is not None and self._connection is None:
            return
        try:
            messages, broken = self._reader.feed(data), None
        except FrameError as error:
            messages, broken = error.messages, error
        self._take(messages)
        if broken is not None:
            log.info("bad_frame", reason=broken.reason)
            self._fail(broken.code)

    def _take(self, messages: list[Message]) -> None:
        ping: bytes | None = None
        for opcode, payload in messages:
            if opcode == TEXT:
                assert isinstance(payload, str)
                self._packet(payload)
            elif opcode == PING:
                assert isinstance(payload, bytes)
                ping = payload
            elif opcode == BINARY:
                log.info("bad_packet", reason="binary")
                self._fail(1003)
            elif opcode == CLOSE:
                self._closed()
        # Of several the last is answered (section 5.5.3), and none whose answer would have to wait: a flood of them
        # must not fill our memory.
        if ping is not None and not self._is_paused and self._code is None:
            self._transport.write(pong_frame(ping))

    def pause_writing(self) -> None:
        """The client takes less than there is: from here on its packets wait in its outbox."""
        self._is_paused = True

    def resume_writing(self) -> None:
        """It has caught up."""
        self._is_paused = False
        if self._connection is not None:
            self._connection.flush()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self._rest = b""
        self._is_paused = True
        connection = self._let_go()
        if connection is not None:
            connection.end("lost")

    def flush(self, outbox: Outbox) -> None:
        """Everything in one write."""
        if self._is_paused or self._code is not None:
            return
        # Without the function that takes and the one that writes: of a message to a thousand they are a tenth.
        items, outbox.items, outbox.size = outbox.items, [], 0
        if self._deflates:
            self._write(items)
        else:
            self._transport.write(_joined.frames(items))

    def pause(self) -> None:
        """Leave what the client sends in its socket."""
        self._is_held = True
        if not self._transport.is_closing():
            self._transport.pause_reading()

    def resume(self) -> None:
        """Read on."""
        self._is_held = False
        if self._rest:
            self._read_on()
        else:
            self._go_on()

    def _go_on(self) -> None:
        if not self._is_held and not self._transport.is_closing():
            self._transport.resume_reading()

    def end(self, last: Sequence[Prepared], reason: str) -> None:
        """With a close frame; the transport is gone a second later, whatever the client does."""
        if self._transport.is_closing():
            return
        if last and self._code is None:
            self._write(last)
        loop = asyncio.get_running_loop()
        if REASONS[reason]:
            loop.call_later(LINGER_SECONDS, self._say_goodbye, CODES[reason], "")
        else:
            self._say_goodbye(CODES.get(reason, 1000), reason)

    def _write(self, items: Sequence[Prepared]) -> None:
        if self._deflates:
            self._transport.write(b"".join([item.deflated() for item in items]))
        else:
            self._transport.write(_joined.frames(items))

    def _packet(self, packet: str) -> None:
        if self._connection is not None:
            self._connection.receive(packet)
        elif self._candidate is not None:
            self._take_over(self._candidate, packet)

    def _take_over(self, candidate: Connection, packet: str) -> None:
        polling = candidate.carrier
        assert isinstance(polling, Polling)
        if packet == PROBE:
            self._transport.write(text_frame(PROBE_ANSWER.encode()))
            polling.is_probed = True
            polling.release()
        elif packet == UPGRADE and polling.is_probed:
            self._candidate, self._connection = None, candidate
            candidate.carrier = self
            polling.moved()
            if polling.last is not None:
                self.end(polling.last, "refused")  # it ended meanwhile: here come its last words
                return
            if candidate.is_busy:
                self.pause()
            candidate.flush()
        else:
            log.info("bad_packet", reason="not an upgrade")
            self._fail(1002)

    def drop(self) -> None:
        """The session it was to take over is gone."""
        self._fail(1000)

    def _give_up(self) -> None:
        if self._candidate is not None:
            self._fail(1008)

    def _closed(self) -> None:
        """The client closes: its close frame is answered once."""
        connection = self._let_go()
        if self._code is None:
            self._code = 1000
            self._transport.write(close_frame(1000, ""))
        self._transport.close()
        asyncio.get_running_loop().call_later(LINGER_SECONDS, self._transport.abort)  # also when nobody reads it
        if connection is not None:
            connection.end("lost")

    def _let_go(self) -> Connection | None:
        """Whom it carried. A session that it was to take over polls on."""
        connection, candidate = self._connection, self._candidate
        self._connection = self._candidate = None
        if candidate is not None and isinstance(candidate.carrier, Polling) and candidate.carrier.prober is self:
            candidate.carrier.prober = None
            candidate.carrier.is_probed = False
        return connection

    def _fail(self, code: int) -> None:
        connection = self._let_go()
        self._say_goodbye(code, "")
        if connection is not None:
            connection.end("protocol")

    def _say_goodbye(self, code: int, reason: str) -> None:
        if self._transport.is_closing():
            return
        if self._code is None:
            self._code = code
            self._transport.write(close_frame(code, reason))
        if code == CODES["stopping"]:
            self._transport.close()
        asyncio.get_running_loop().call_later(LINGER_SECONDS, self._transport.abort)
