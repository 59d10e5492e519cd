"""Where connections become sockets: a request that is a websocket handshake for our path is decided here."""

import asyncio
from contextlib import suppress
from typing import Any

from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from tms_chat.realtime.engine.connection import Connection
from tms_chat.realtime.engine.handshake import Head, Refused, negotiate, response_bytes
from tms_chat.realtime.engine.packets import error_body
from tms_chat.realtime.engine.polling import Polling
from tms_chat.realtime.engine.request import Request
from tms_chat.realtime.engine.websocket import WebSocket
from tms_chat.realtime.server import SocketServer
from tms_chat.workers.handover import Handover

SCHEME = "http"  # TLS ends at a proxy


class Gate:
    """Lets websockets in to the engine; stands where uvicorn expects the class of its websocket protocol."""

    def __init__(self, sockets: SocketServer, trusted_proxies: str, handover: Handover | None = None) -> None:
        self._sockets = sockets
        self._handover = handover
        self._forwarded = ProxyHeadersMiddleware(_nothing, trusted_proxies) if trusted_proxies else None

    @property
    def is_draining(self) -> bool:
        """Whether this process is about to stop."""
        return self._sockets.engine.is_draining

    def moves(self, transport: asyncio.Transport, data: bytes) -> bool:
        """Whether a connection has left for the process that its next request, which begins with `data`, is for."""
        return self._handover is not None and self._handover.move(transport, data)

    def is_for(self, path: bytes) -> bool:
        """Whether this is the socket path."""
        return self._sockets.engine.serves(path.decode("latin-1"))

    def enter(
        self, transport: asyncio.Transport, head: Head, peer: Any, rest: bytes, *, is_paused: bool = False
    ) -> None:
        """The connection becomes a websocket, which begins with `rest`, or is refused and closed. `is_paused`: it takes
        nothing more at the moment."""
        engine = self._sockets.engine
        scheme, address = self._whence(peer, head)
        request = Request.of(scheme, address, head.query, head.headers)
        handshake = negotiate(head.method, head.version, head.headers, deflate=engine.has_compression)
        candidate = self._sockets.polling.find(request.sid) if request.sid else None
        objection = self._objection(request, candidate)
        if candidate is None and engine.is_draining:
            refusal = response_bytes(503, [(b"retry-after", b"1")], b"This server is stopping: connect anew.")
        elif isinstance(handshake, Refused):
            refusal = response_bytes(handshake.status, handshake.headers, handshake.sentence.encode())
        elif objection is not None:
            refusal = response_bytes(400, [(b"content-type", b"application/json")], error_body(objection))
        else:
            socket = WebSocket(transport, engine.max_bytes, deflates=handshake.deflates, is_paused=is_paused)
            transport.set_protocol(socket)
            answer = response_bytes(handshake.status, handshake.headers)
            if candidate is not None:
                transport.write(answer)
                socket.probe(candidate)
            else:
                socket.open(engine, request, answer)
            if rest:
                socket.data_received(rest)
            return
        transport.write(refusal)
        transport.close()

    def _objection(self, request: Request, candidate: Connection | None) -> int | None:
        """The number of the error that speaks against this handshake; `candidate` is the session it names."""
        objection = request.objection()
        if objection is not None:
            return objection
        if request.query["transport"] != "websocket":
            return 3
        if request.sid and candidate is None:
            return 1
        carrier = candidate.carrier if candidate is not None else None
        if carrier is not None and (not isinstance(carrier, Polling) or carrier.prober is not None):
            return 3  # one websocket at a time takes a session over
        return None if self._sockets.admits(request) else 4

    def _whence(self, peer: Any, head: Head) -> tuple[str, str]:
        if self._forwarded is None:
            return SCHEME, peer[0] if peer else "unknown"
        scope: Any = {"type": "http", "scheme": SCHEME, "client": peer, "headers": head.headers}
        with suppress(StopIteration):  # it waits for nothing, so one step is all of it
            self._forwarded(scope, _nothing, _nothing).send(None)  # type: ignore[arg-type]
        return scope["scheme"], scope["client"][0] if scope["client"] else "unknown"


async def _nothing(*_: Any) -> None:
    pass
