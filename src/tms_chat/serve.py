"""`tms serve`: binds, prints the address and the next step, serves, and drains on SIGTERM. Of several processes
(`workers/`) this is what each one does."""

import asyncio
import contextlib
import gc
import signal
import socket
from collections.abc import Callable, Generator
from contextlib import AsyncExitStack
from types import FrameType
from typing import Any, cast

import structlog
import uvicorn
import uvloop

from tms_chat.app import create_app, log_start, open_services
from tms_chat.db.company import same_key
from tms_chat.db.duty import Duty
from tms_chat.db.migrate import only_server
from tms_chat.gate import Gate
from tms_chat.http.deps import Services
from tms_chat.identity.accounts import new_setup_token
from tms_chat.logs import configure_logs
from tms_chat.memory import keep_freed_memory
from tms_chat.protocol import LOOK_SECONDS, FirstBytes, HttpProtocol
from tms_chat.realtime.server import SocketServer
from tms_chat.settings import MIN_HOST_KEY, Settings
from tms_chat.workers.handover import Handover
from tms_chat.workers.listener import BACKLOG, bind
from tms_chat.workers.outfit import Outfit

log = structlog.get_logger(__name__)

DRAIN_SECONDS = 8  # container platforms kill after ten
MOVE_SECONDS = 4.0  # of them, at most, to send the sockets away
COLLECTOR_THRESHOLDS = (20_000, 20, 50)
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
    _serve_until_stopped(settings, bind(settings), say)
    say("TMS Chat has stopped; nothing was lost.")


def serve_one(settings: Settings, outfit: Outfit, say: Callable[[str], None]) -> None:
    """The same as one of several processes."""
    configure_logs(debug=settings.debug, worker=outfit.number)
    _serve_until_stopped(settings, outfit.listening(), say if outfit.is_herald else _keep_silent, outfit)


def _serve_until_stopped(
    settings: Settings, listener: socket.socket, say: Callable[[str], None], outfit: Outfit | None = None
) -> None:
    keep_freed_memory()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(settings, listener, say, outfit))


async def _serve(
    settings: Settings, listener: socket.socket, say: Callable[[str], None], outfit: Outfit | None
) -> None:
    async with open_services(settings) as services, AsyncExitStack() as stack:
        stack.enter_context(only_server(services.db))
        if settings.environment != "production":  # there JWT_SECRET has to be set
            key, is_made_here = services.own_key.raw_value, settings.jwt_secret is None
            await stack.enter_async_context(same_key(services.db, key, is_made_here=is_made_here))
        app, sockets = create_app(services)
        handover = None
        if outfit is not None:
            handover = Handover(outfit.number, *outfit.mailbox())
            sockets.polling.mark = handover.mark
        gate = Gate(sockets, settings.trusted_proxies, handover)
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
            http=FirstBytes,
            ws=cast(Any, gate),
            backlog=BACKLOG,
        )
        server = Server(config, services, sockets, outfit, handover)
        address = _address(settings, listener)
        log_start(services, address)
        if settings.has_weak_host_key:
            log.warning("weak_host_key", remedy=WEAK_HOST_KEY)
        say(f"TMS Chat answers at {address}")
        say(await _next_step(services, address))
        await sockets.start()
        duty = Duty(services.db)
        stack.push_async_callback(duty.close)
        services.files.start(services.db, duty)
        if services.directory is not None:
            services.directory.start(sockets.online_here, duty)
        services.previews.start()
        _tune_collector()
        await server.serve(sockets=[listener])


def _keep_silent(_line: str) -> None:
    """Another process says it."""


def _tune_collector() -> None:
    """What was loaded at the start stays for ever: it is taken out of every later collection, which would walk over it
    again and again. Objects of requests and sockets are freed by reference; only rarely is there a cycle to find."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTOR_THRESHOLDS)


class Server(uvicorn.Server):
    """Ends by returning: uvicorn would raise the signal again and a clean stop would not exit with 0."""

    def __init__(
        self,
        config: uvicorn.Config,
        services: Services,
        chat_sockets: SocketServer,
        outfit: Outfit | None,
        handover: Handover | None,
    ) -> None:
        super().__init__(config)
        self._services = services
        self._chat_sockets = chat_sockets
        self._outfit = outfit
        self._handover = handover

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """One of several tells its parent that it serves, and ends when there is no parent any more."""
        await super().startup(sockets)
        if self._handover is not None:
            self._handover.start(lambda: FirstBytes(self.config, self.server_state, self.lifespan.state))
        if self._outfit is not None:
            asyncio.get_running_loop().add_reader(self._outfit.alive, self._orphaned, self._outfit.alive)
            self._outfit.say_ready()

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second, as uvicorn has it."""
        if counter % int(10 * LOOK_SECONDS) == 0:
            for connection in list(self.server_state.connections):
                cast(FirstBytes | HttpProtocol, connection).look()
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Whoever comes now comes to another process; whoever is here is served until they have moved there.

        The sockets are told to move one after the other, so that a crowd does not stand at the next door at once.
        Closing the rest goes beside uvicorn's own, or a long poll would be waited for to its end.
        """
        for server in self.servers:
            server.close()
        loop = asyncio.get_running_loop()
        began = loop.time()
        await self._chat_sockets.engine.drain(MOVE_SECONDS)
        self.config.timeout_graceful_shutdown = max(1, DRAIN_SECONDS - round(loop.time() - began))
        closing = loop.create_task(self._chat_sockets.stop())
        await super().shutdown(sockets)
        await closing
        if self._handover is not None:
            self._handover.stop()

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
        self._chat_sockets.engine.is_draining = True
        super().handle_exit(sig, frame)

    def _orphaned(self, alive: int) -> None:
        asyncio.get_running_loop().remove_reader(alive)
        log.warning("parent_gone")
        self.handle_exit(signal.SIGTERM, None)


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
