"""The HTTP long-polling transport, for clients whose way does not let a websocket through.

A session is a series of requests: GET fetches what waits, or waits itself; POST brings packets. Both carry `sid`.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any, Final, Protocol

import structlog

from tms_chat.realtime.engine.connection import LINGER_SECONDS, REASONS, Connection
from tms_chat.realtime.engine.outbox import Outbox, Prepared
from tms_chat.realtime.engine.packets import (
    CLOSE,
    NOOP,
    SEPARATOR,
    BadPacket,
    error_body,
    split_payload,
)
from tms_chat.realtime.engine.request import Request
from tms_chat.realtime.engine.server import Engine

log = structlog.get_logger(__name__)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

MOST_PACKETS: Final = 16  # in one answer: python-engineio's client takes no more
NOOP_PACKET: Final = Prepared(NOOP.encode())
CLOSE_PACKET: Final = Prepared(CLOSE.encode())
TEXT: Final = (b"content-type", b"text/plain; charset=UTF-8")
JSON: Final = (b"content-type", b"application/json")


class Prober(Protocol):
    """A websocket that tries whether it can take a session over."""

    def drop(self) -> None:
        """There is nothing to take over any more."""


class Polling:
    """Carries one session through its requests."""

    name = "polling"

    def __init__(self, sid: str, forget: Callable[[str], None]) -> None:
        self.sid = sid
        self.prober: Prober | None = None
        self.is_probed = False  # the websocket has shown that it works: no request waits any more
        self.is_posting = False
        self.is_broken = False  # it ended for what its client sent
        self.last: list[Prepared] | None = None  # what an ended session still has to say
        self._forget = forget
        self._waiter: asyncio.Future[list[Prepared]] | None = None
        self._may_read = asyncio.Event()
        self._may_read.set()

    @property
    def is_waiting(self) -> bool:
        """Whether a GET waits."""
        return self._waiter is not None

    async def take(self, outbox: Outbox) -> list[Prepared]:
        """What waits; when nothing does, what comes next."""
        if self.last is not None:
            last, self.last = self.last[:MOST_PACKETS], self.last[MOST_PACKETS:]
            if not last:
                self._forget(self.sid)
            return last or [CLOSE_PACKET]
        if outbox.items:
            return outbox.take(MOST_PACKETS)
        if self.is_probed:
            return [NOOP_PACKET]
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            return await self._waiter
        finally:
            self._waiter = None

    async def drained(self) -> None:
        """Until more of the client may be read."""
        await self._may_read.wait()

    def flush(self, outbox: Outbox) -> None:
        """To the GET that waits, if one does."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(outbox.take(MOST_PACKETS))

    def release(self) -> None:
        """Let the GET that waits go, with nothing."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result([NOOP_PACKET])

    def moved(self) -> None:
        """A websocket carries the session from now on."""
        self.release()
        self._may_read.set()
        self._forget(self.sid)

    def pause(self) -> None:
        """The next POST waits."""
        self._may_read.clear()

    def resume(self) -> None:
        """It goes on."""
        self._may_read.set()

    def end(self, last: Sequence[Prepared], reason: str) -> None:
        """The GET that waits, or one that comes within a second, brings the last words; the one after it the end."""
        self._may_read.set()
        self.is_broken = reason == "protocol"
        if REASONS[reason]:
            asyncio.get_running_loop().call_later(LINGER_SECONDS, self._forget, self.sid)
        else:
            self._forget(self.sid)
            if self.prober is not None:
                self.prober.drop()
        self.last = [*last]
        if self._waiter is not None and not self._waiter.done():
            self.last = [*last[MOST_PACKETS:]]
            self._waiter.set_result([*last[:MOST_PACKETS]] or [CLOSE_PACKET])


class PollingApp:
    """The ASGI application of the engine's path; CORS is around it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._sessions: dict[str, Connection] = {}
        self.mark = ""  # at the end of the ids of this process

    def find(self, sid: str) -> Connection | None:
        """The session that polls under this id."""
        return self._sessions.get(sid)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """GET and POST of one session, or the GET that opens one."""
        client = scope.get("client") or ("unknown", 0)
        request = Request.of(scope["scheme"], client[0], scope["query_string"], scope["headers"])
        method: str = scope["method"]
        objection = request.objection()
        if objection is not None:
            await _refuse(send, objection)
        elif request.query["transport"] != "polling":
            await _refuse(send, 3, "This is no websocket handshake: is there a proxy that drops the Upgrade header?")
        elif not self._engine.application.admits(request):
            await _refuse(send, 4)
        elif not request.sid and self._engine.is_draining:
            await _answer(send, 503, TEXT, b"This server is stopping: connect anew.", (b"retry-after", b"1"))
        elif not request.sid:
            await (self._open(request, send) if method == "GET" else _refuse(send, 2))
        else:
            connection = self._sessions.get(request.sid)
            if connection is None:
                await _refuse(send, 1)
            elif method == "GET":
                await self._get(connection, receive, send)
            elif method == "POST":
                await self._post(connection, scope, receive, send)
            else:
                await _refuse(send, 3)

    async def _open(self, request: Request, send: Send) -> None:
        sid = secrets.token_urlsafe(15) + self.mark
        self._sessions[sid] = self._engine.open(Polling(sid, self._forget), request)
        await _answer(send, 200, TEXT, self._engine.greeting(sid, upgrades=["websocket"]))

    async def _get(self, connection: Connection, receive: Receive, send: Send) -> None:
        polling = connection.carrier
        if not isinstance(polling, Polling):
            await _refuse(send, 3)
            return
        if polling.is_waiting:  # two at once: packets would be lost between them
            log.info("bad_packet", reason="a second GET at the same time")
            connection.end("protocol")
            await _refuse(send, 3)
            return
        taking = asyncio.ensure_future(polling.take(connection.outbox))
        await asyncio.sleep(0)
        if not taking.done():
            leaving = asyncio.ensure_future(_client_left(receive))
            await asyncio.wait((taking, leaving), return_when=asyncio.FIRST_COMPLETED)
            leaving.cancel()
        if not taking.done():
            taking.cancel()
            connection.end("lost")
            return
        await _answer(send, 200, TEXT, SEPARATOR.encode().join(item.packet for item in taking.result()))

    async def _post(self, connection: Connection, scope: Scope, receive: Receive, send: Send) -> None:
        polling = connection.carrier
        if not isinstance(polling, Polling) or polling.is_posting:
            log.info("bad_packet", reason="a second POST at the same time")
            connection.end("protocol")
            await _refuse(send, 3)
            return
        polling.is_posting = True
        try:
            packets = await self._packets(scope, receive)
        except BadPacket as bad:
            log.info("bad_packet", reason=str(bad))
            connection.end("protocol")
            is_large = isinstance(bad, TooLarge)
            await _answer(send, 413 if is_large else 400, JSON, error_body(3, str(bad) if is_large else None))
            return
        finally:
            polling.is_posting = False
        polling.is_posting = True
        try:
            for packet in packets:
                connection.receive(packet)
                if connection.is_busy:
                    await polling.drained()
        finally:
            polling.is_posting = False
        if polling.is_broken:
            await _refuse(send, 3)
        else:
            await _answer(send, 200, (b"content-type", b"text/html"), b"ok")

    async def _packets(self, scope: Scope, receive: Receive) -> list[str]:
        body = bytearray()
        declared = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        too_large = TooLarge(f"A Socket.IO packet is at most {self._engine.max_bytes // 1024} kB.")
        if int(declared) > self._engine.max_bytes:
            raise too_large  # before it is read
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise BadPacket("a body without an end")
            body += message.get("body", b"")
            if len(body) > self._engine.max_bytes:
                raise too_large
            if not message.get("more_body"):
                break
        try:
            packets = split_payload(body.decode())
        except UnicodeDecodeError:
            raise BadPacket("a body that is not UTF-8") from None
        if any(packet[0] == "b" for packet in packets):
            raise BadPacket("binary")
        return packets

    def _forget(self, sid: str) -> None:
        self._sessions.pop(sid, None)


class TooLarge(BadPacket):
    """A body above the bound."""


async def _client_left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _refuse(send: Send, code: int, detail: str | None = None) -> None:
    await _answer(send, 400, JSON, error_body(code, detail))


async def _answer(send: Send, status: int, kind: tuple[bytes, bytes], body: bytes, *more: tuple[bytes, bytes]) -> None:
    headers = [
        kind,
        *more,
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
