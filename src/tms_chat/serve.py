"""`tms serve`: one process that binds, prints the address and the next step, serves, and drains on SIGTERM."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Generator
from contextlib import AsyncExitStack
from types import FrameType

import structlog
import uvicorn
import uvloop
import websockets.http11
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import InvalidState

from tms_chat.app import create_app, log_start, open_services
from tms_chat.core.errors import StartError
from tms_chat.db.migrate import only_server
from tms_chat.http.deps import Services
from tms_chat.identity.accounts import new_setup_token
from tms_chat.logs import configure_logs
from tms_chat.realtime.server import MAX_FRAME_BYTES, SocketServer
from tms_chat.settings import MIN_HOST_KEY, Settings

log = structlog.get_logger(__name__)

DRAIN_SECONDS = 8  # container platforms kill after ten
MAX_HEADER_BYTES = 32 * 1024
MAX_HEAD_BYTES = 64 * 1024
HEAD_SLICE_BYTES = 4 * 1024
HEAD_REFUSAL = b"The request line and the headers are larger than 64 kB: delete this site's cookies and try again."
LINGER_SECONDS = 1.0
BACKLOG = 2048
# Longer than the proxies in front of us keep an idle connection: whoever closes first must be the one who reuses it,
# or a request now and then meets a closed connection and becomes a 502.
KEEP_ALIVE_SECONDS = 75
WEAK_HOST_KEY = (
    f"The key that lets the host in at /api/v1/host is shorter than {MIN_HOST_KEY} characters: set HOST_API_KEY, for "
    "example to what `openssl rand -hex 32` prints, here and at the host."
)


def serve(settings: Settings, say: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT, then drain and return. Raises StartError."""
    configure_logs(debug=settings.debug)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(settings, say))


async def _serve(settings: Settings, say: Callable[[str], None]) -> None:
    # NextAuth's chunked cookies reach us in the handshake when the host is on the same site: 32 kB, not 8.
    websockets.http11.MAX_LINE_LENGTH = MAX_HEADER_BYTES
    listener = _bind(settings.listen_host, settings.port)
    async with open_services(settings) as services, AsyncExitStack() as stack:
        stack.enter_context(only_server(services.db))
        app, sockets = create_app(services)
        config = uvicorn.Config(
            app,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=bool(settings.trusted_proxies),
            forwarded_allow_ips=settings.trusted_proxies or None,
            timeout_graceful_shutdown=DRAIN_SECONDS,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            http=HttpProtocol,
            ws=WebSocketProtocol,
            ws_max_size=MAX_FRAME_BYTES,
            ws_per_message_deflate=False,
            backlog=BACKLOG,
        )
        server = Server(config, services, sockets)
        address = _address(settings, listener)
        log_start(services, address)
        if settings.has_weak_host_key:
            log.warning("weak_host_key", remedy=WEAK_HOST_KEY)
        say(f"TMS Chat answers at {address}")
        say(await _next_step(services, address))
        sockets.start()
        services.files.start(services.db)
        if services.directory is not None:
            services.directory.start(services.online)
        services.previews.start()
        await server.serve(sockets=[listener])
    say("TMS Chat has stopped; nothing was lost.")


class HttpProtocol(HttpToolsProtocol):
    """Bounds the head of a request, which uvicorn collects without end: 431 (RFC 6585 §5) and the connection closes.

    Counted is what comes in a row without being body: the head, and then trailers or chunk extensions, which are
    collected too. It is counted in slices, not where exactly in one a head begins or ends: 60 kB pass, 68 do not.
    """

    _counted = 0
    _is_refused = False

    def data_received(self, data: bytes) -> None:
        """Bytes from the client, as many as came at once: a part of a head, or several requests."""
        for start in range(0, len(data), HEAD_SLICE_BYTES):
            if self._is_refused or self.transport.is_closing() or self.transport.get_protocol() is not self:
                return  # refused, broken, or a websocket by now
            part = data[start : start + HEAD_SLICE_BYTES]
            self._counted += len(part)
            if self._counted > MAX_HEAD_BYTES:
                self._refuse()
            else:
                super().data_received(part)

    def on_message_begin(self) -> None:
        """The parser saw the first byte of a request."""
        super().on_message_begin()
        self._counted = 0

    def on_headers_complete(self) -> None:
        """The parser saw the empty line after the headers."""
        super().on_headers_complete()
        self._counted = 0

    def on_body(self, body: bytes) -> None:
        """The parser saw a piece of a body."""
        super().on_body(body)
        self._counted = 0

    def _refuse(self) -> None:
        self._is_refused = True
        log.info("head_too_large", client=self.client[0] if self.client else None)
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is not None and not cycle.response_complete:
            # Another answer is under way, and this one would end up in the middle of it: the connection ends after that
            # one, or now, when it is the trailers of that request itself that have no end.
            cycle.keep_alive = False
            if cycle.more_body:
                self.transport.close()
            return
        head = [
            b"HTTP/1.1 431 Request Header Fields Too Large",
            b"content-type: text/plain; charset=utf-8",
            b"content-length: %d" % len(HEAD_REFUSAL),
            b"connection: close",
        ]
        self.transport.write(b"\r\n".join([*head, b"", HEAD_REFUSAL]))
        # Closed at once, with something still to be read, the connection would be reset before the answer is read.
        self.loop.call_later(LINGER_SECONDS, self.transport.close)


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """Stops a websocket that the other side is closing at the same moment without failing."""

    def shutdown(self) -> None:
        """Called for every connection when the server stops."""
        try:
            super().shutdown()
        except InvalidState:
            self.transport.close()


class Server(uvicorn.Server):
    """Ends by returning: uvicorn would raise the signal again and a clean stop would not exit with 0."""

    def __init__(self, config: uvicorn.Config, services: Services, chat_sockets: SocketServer) -> None:
        super().__init__(config)
        self._services = services
        self._chat_sockets = chat_sockets

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Beside uvicorn's own, which closes the listener first: a long poll would be waited for to its end."""
        closing = asyncio.get_running_loop().create_task(self._chat_sockets.stop())
        await super().shutdown(sockets)
        await closing

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """SIGTERM and SIGINT drain; a second SIGINT does not wait."""
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop accepting, let what is running finish."""
        self._services.draining = True
        super().handle_exit(sig, frame)


def _bind(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)  # from here on a client waits in the queue instead of being refused
    except OSError as error:
        raise StartError(
            f"The address {host}:{port} cannot be used ({error.strerror}): stop what uses it, or set HOST and PORT."
        ) from None
    listener.setblocking(False)
    return listener


def _address(settings: Settings, listener: socket.socket) -> str:
    if settings.public_url:
        return settings.public_url
    host, port = listener.getsockname()[:2]
    if host in ("0.0.0.0", "::"):
        host = "127.0.0.1"
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


async def _next_step(services: Services, address: str) -> str:
    if "local" not in services.auth.kinds:
        return "People sign in through the host product (NEXTAUTH_SECRET is set)."
    token = await new_setup_token(services.db)
    if token is None:
        return "Open it in a browser and sign in."
    return f"Make the first account, an administrator, here (works once): {address}/setup#{token}"
