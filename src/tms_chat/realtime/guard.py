"""Packets that no well-behaved client sends end their socket, quietly, before the library trips over them.

Unguarded, a frame that is no packet leaves a session nobody closes; a promise of binary attachments is collected
without bound; an event that a client names `disconnect` runs our own handler while the socket stays in its rooms; and a
client that ignores DISCONNECT keeps its connection.
"""

import asyncio
from contextlib import suppress
from contextvars import ContextVar
from typing import Any

import socketio
import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger(__name__)

CLIENT_PACKETS = frozenset("12345")  # Engine.IO 4: close, ping, pong, message, upgrade
BINARY_PACKETS = ("5", "6")  # Socket.IO 5: BINARY_EVENT, BINARY_ACK
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

    def end_unless_authenticated(self) -> None:
        """Called when the time to authenticate is over."""
        if not self.is_authenticated:
            self.end_soon()

    async def _end(self) -> None:
        await asyncio.sleep(LINGER_SECONDS)
        with suppress(RuntimeError, OSError):  # the client was faster
            await self._send({"type": "websocket.close", "code": POLICY_VIOLATION})


current_connection: ContextVar[Connection | None] = ContextVar("current_connection", default=None)


class GuardedServer(socketio.AsyncServer):  # type: ignore[misc]  # the library publishes no types
    """Checks each Socket.IO packet, whichever transport brought it."""

    async def _handle_eio_message(self, eio_sid: str, data: Any) -> None:
        try:
            if not isinstance(data, str) or data.startswith(BINARY_PACKETS):
                raise ValueError("binary packets are not accepted")
            await super()._handle_eio_message(eio_sid, data)
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError) as error:
            log.info("bad_packet", reason=f"{type(error).__name__}: {error}"[:200])
            connection = current_connection.get()
            if connection is not None:
                connection.is_doomed = True
            elif eio_sid in self.eio.sockets:
                await self.eio.sockets[eio_sid].close(wait=False)

    async def _handle_event(self, eio_sid: str, namespace: str | None, id: Any, data: Any) -> None:
        if not isinstance(data, list) or not data or not isinstance(data[0], str) or data[0] in RESERVED_EVENTS:
            raise ValueError("not an event a client may send")
        await super()._handle_event(eio_sid, namespace, id, data)


class GuardedFrames:
    """Ends a websocket at the first frame that is not an Engine.IO packet a client may send, or after a bad packet."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
            return
        connection = Connection(send)
        # An upgrade from long-polling (it names its session) was authenticated there.
        connection.is_authenticated = b"sid=" in scope["query_string"]
        loop = asyncio.get_running_loop()
        deadline = loop.call_later(AUTHENTICATE_SECONDS, connection.end_unless_authenticated)

        async def receive_checked() -> Message:
            message: Message = {"type": "websocket.receive"} if connection.is_doomed else await receive()
            if message["type"] == "websocket.receive" and (message.get("text") or "")[:1] not in CLIENT_PACKETS:
                if not connection.is_doomed:
                    log.info("bad_packet", reason="not an Engine.IO packet")
                await send({"type": "websocket.close", "code": PROTOCOL_ERROR})
                return {"type": "websocket.disconnect", "code": PROTOCOL_ERROR}
            return message

        token = current_connection.set(connection)
        try:
            await self.app(scope, receive_checked, send)
        finally:
            current_connection.reset(token)
            deadline.cancel()
