"""Packets that no well-behaved client sends end their socket, quietly, before the library trips over them.

Unguarded, a frame that is no packet leaves a session nobody closes; a promise of binary attachments is collected
without bound; an event that a client names `disconnect` runs our own handler while the socket stays in its rooms; a
client that ignores DISCONNECT keeps its connection; and a poll that is too large hangs for ever.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from typing import Any
from urllib.parse import parse_qs

import engineio
import socketio
import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger(__name__)

CLIENT_PACKETS = frozenset("12345")  # Engine.IO 4: close, ping, pong, message, upgrade
CONNECT, DISCONNECT, EVENT, ACK = range(4)  # Socket.IO 5; 4 is the server's CONNECT_ERROR, 5 and 6 are binary
RESERVED_EVENTS = frozenset({"connect", "connect_error", "disconnect"})
PROTOCOL_ERROR = 1002  # RFC 6455 §7.4.1
POLICY_VIOLATION = 1008
LINGER_SECONDS = 1.0  # for the client to read why
AUTHENTICATE_SECONDS = 5.0


class Connection:
    """The websocket under a socket, which the library does not close by itself."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._ending: asyncio.Task[None] | None = None
        self.is_doomed = False
        self.is_authenticated = False

    def end_soon(self) -> None:
        """Close it a second from now, whether the client agrees or not."""
        if self._ending is None:
            self._ending = asyncio.get_running_loop().create_task(self._end())

    async def _end(self) -> None:
        await asyncio.sleep(LINGER_SECONDS)
        with suppress(RuntimeError, OSError):  # the client was faster
            await self._send({"type": "websocket.close", "code": POLICY_VIOLATION})


current_connection: ContextVar[Connection | None] = ContextVar("current_connection", default=None)


class BoundedEngine(engineio.AsyncServer):  # type: ignore[misc]  # the library publishes no types
    """Ends a session without waiting for a client that polls no more: its last request would hang with it."""

    async def disconnect(self, sid: str | None = None) -> None:
        """Close one session, or all; what is still to be read has a second to be read in."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LINGER_SECONDS):
                await super().disconnect(sid)
        if sid is not None:
            self.sockets.pop(sid, None)


class GuardedServer(socketio.AsyncServer):  # type: ignore[misc]  # the library publishes no types
    """Checks each Socket.IO packet, whichever transport brought it."""

    def _engineio_server_class(self) -> type[BoundedEngine]:
        return BoundedEngine

    async def _handle_eio_message(self, eio_sid: str, data: Any) -> None:
        reason = self._objection(data)
        if reason is None:
            try:
                await super()._handle_eio_message(eio_sid, data)
                return
            except Exception:
                # Our own handlers catch their errors: this one is the library's.
                log.exception("socket_failed")
                reason = "failed"
        log.info("bad_packet", reason=reason)
        connection = current_connection.get()
        if connection is not None:
            connection.is_doomed = True
        elif eio_sid in self.eio.sockets:
            await self.eio.sockets[eio_sid].close(wait=False)

    async def _handle_connect(self, eio_sid: str, namespace: str | None, data: Any) -> None:
        if eio_sid not in self.environ:
            return  # it left before its CONNECT was looked at
        await super()._handle_connect(eio_sid, namespace, data)
        if eio_sid not in self.environ:
            # It left while its token was being checked: its session would stay without a socket.
            await self._handle_disconnect(eio_sid, namespace)

    def _objection(self, data: Any) -> str | None:
        if not isinstance(data, str):
            return "binary"
        try:
            packet = self.packet_class(encoded_packet=data)
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError) as error:
            return f"not a packet: {type(error).__name__}"
        if packet.packet_type not in (CONNECT, DISCONNECT, EVENT, ACK):
            return "not a packet for a server"
        if packet.packet_type != EVENT:
            return None
        name = packet.data[0] if isinstance(packet.data, list) and packet.data else None
        return None if isinstance(name, str) and name not in RESERVED_EVENTS else "not an event for a server"


class GuardedFrames:
    """Ends a websocket at the first frame that is not an Engine.IO packet a client may send, after a bad packet, and
    when it does not authenticate in time. Refuses polls that are too large with `too_large`, and those of a session
    that has just ended with `gone`.

    `adopt` is asked whether a websocket that upgrades this Engine.IO session belongs to an authenticated socket.
    """

    def __init__(
        self,
        app: ASGIApp,
        too_large: ASGIApp,
        gone: ASGIApp,
        adopt: Callable[[str, Connection], bool],
        path: str,
        max_bytes: int,
    ) -> None:
        self.app = app
        self.too_large = too_large
        self.gone = gone
        self.adopt = adopt
        self.path = path
        self.max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        elif scope["type"] == "http" and scope["path"].startswith(self.path):
            await self._poll(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _poll(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._is_too_large(scope):
            await self.too_large(scope, receive, send)
            return
        has_begun = False

        async def send_noted(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self.app(scope, receive, send_noted)
        except KeyError:  # how the library says that this session has just ended
            if not has_begun:
                await self.gone(scope, receive, send)

    def _is_too_large(self, scope: Scope) -> bool:
        length = Headers(scope=scope).get("content-length", "")
        return length.isdigit() and int(length[:20]) > self.max_bytes

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        connection = Connection(send)
        upgraded = engine_session(scope)

        def check_authenticated() -> None:
            if not connection.is_authenticated and not self.adopt(upgraded, connection):
                connection.end_soon()

        async def receive_checked() -> Message:
            message: Message = {"type": "websocket.receive"} if connection.is_doomed else await receive()
            if message["type"] == "websocket.receive" and (message.get("text") or "")[:1] not in CLIENT_PACKETS:
                if not connection.is_doomed:
                    log.info("bad_packet", reason="not an Engine.IO packet")
                await send({"type": "websocket.close", "code": PROTOCOL_ERROR})
                return {"type": "websocket.disconnect", "code": PROTOCOL_ERROR}
            return message

        deadline = asyncio.get_running_loop().call_later(AUTHENTICATE_SECONDS, check_authenticated)
        token = current_connection.set(connection)
        try:
            await self.app(scope, receive_checked, send)
        finally:
            current_connection.reset(token)
            deadline.cancel()


def engine_session(scope: Scope) -> str:
    """The Engine.IO session a request names, or an empty string."""
    query: bytes = scope["query_string"]
    return parse_qs(query.decode("ascii", "replace")).get("sid", [""])[0]
