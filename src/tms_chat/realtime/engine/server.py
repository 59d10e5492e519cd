"""The engine: every session of this process, one timer and one flush for all of them."""

import asyncio
import random
from collections.abc import Coroutine
from typing import Any, Protocol

import structlog

from tms_chat.realtime.engine.connection import Carrier, Connection
from tms_chat.realtime.engine.packets import open_packet
from tms_chat.realtime.engine.request import Request
from tms_chat.realtime.engine.wheel import TimerWheel

log = structlog.get_logger(__name__)

CONNECT_SECONDS = 5.0  # for a client to say who it is
TICK_SECONDS = 1.0
MOVES_PER_SECOND = 500
MOVE_STEP_SECONDS = 0.05


class Application(Protocol):
    """What is served over the sockets."""

    def admits(self, request: Request) -> bool:
        """Whether the page this request comes from may open a session."""

    def greet(self, connection: Connection, auth: Any) -> bool:
        """Somebody wants in, with what their CONNECT carries. True: `let_in`, `refuse` or `ask` of the connection is
        called, now or later; False asks `connect`."""

    async def connect(self, connection: Connection, auth: Any) -> str | None:
        """The same in a task of its own: call `let_in`, or give the message of the refusal."""

    async def event(self, connection: Connection, name: str, arguments: tuple[Any, ...]) -> Any:
        """An event of somebody who was let in; what is returned is the acknowledgement. Raises nothing."""

    def gone(self, connection: Connection) -> None:
        """Somebody who was let in has left; told once."""

    def other_namespace(self, namespace: str) -> str:
        """The sentence for a client that connects to another namespace than the default one."""


class Engine:
    """`ping_interval` and `ping_timeout` in seconds, `max_bytes` of a frame or a request body."""

    def __init__(
        self,
        application: Application,
        *,
        path: str,
        ping_interval: float = 25.0,
        ping_timeout: float = 20.0,
        max_bytes: int = 128 * 1024,
        has_compression: bool = False,
    ) -> None:
        self.application = application
        self.path = path
        self.ping_interval = ping_interval
        self.ping_timeout = ping_timeout
        self.max_bytes = max_bytes
        self.has_compression = has_compression
        self.is_draining = False  # no new sessions: their clients are better off elsewhere
        self._sessions: set[Connection] = set()
        self._dirty: list[Connection] = []
        self._tasks: set[asyncio.Task[Any]] = set()
        self._wheel: TimerWheel[Connection] = TimerWheel(
            min(TICK_SECONDS, ping_interval / 4, ping_timeout / 4), Connection.beat
        )
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        """Needs the running loop."""
        self._loop = asyncio.get_running_loop()
        self._wheel.start()

    async def drain(self, seconds: float) -> None:
        """End every session, one after the other in no order, within so many seconds: a few at once when there are few.
        Their clients connect anew, to whoever answers then, and do not all do it at the same moment."""
        self.is_draining = True
        leaving = [*self._sessions]
        random.shuffle(leaving)
        steps = max(1, round(min(seconds, len(leaving) / MOVES_PER_SECOND) / MOVE_STEP_SECONDS))
        for step in range(steps):
            if step:
                await asyncio.sleep(MOVE_STEP_SECONDS)
            for connection in leaving[step::steps]:
                connection.end("stopping")

    async def stop(self) -> None:
        """End every session; their clients connect anew, to whoever answers then."""
        for connection in list(self._sessions):
            connection.end("stopping")
        self._wheel.stop()
        await asyncio.sleep(0)

    def open(self, carrier: Carrier, request: Request) -> Connection:
        """A new session, whose client has a few seconds to say who it is."""
        connection = Connection(self, carrier, request)
        self._sessions.add(connection)
        connection.slot = self._wheel.schedule(connection, min(CONNECT_SECONDS, self.ping_interval))
        return connection

    def serves(self, path: str) -> bool:
        """Whether requests and handshakes for this path are the engine's."""
        return path == self.path or path.startswith(f"{self.path}/")

    def greeting(self, sid: str, *, upgrades: list[str]) -> bytes:
        """The first packet of a session."""
        return open_packet(
            sid, upgrades=upgrades, interval=self.ping_interval, timeout=self.ping_timeout, max_bytes=self.max_bytes
        ).encode()

    def forget(self, connection: Connection) -> None:
        """A session has ended."""
        self._sessions.discard(connection)
        self._wheel.cancel(connection, connection.slot)

    def schedule(self, connection: Connection, seconds: float) -> None:
        """Its next deadline, instead of the one it has."""
        self._wheel.cancel(connection, connection.slot)
        connection.slot = self._wheel.schedule(connection, seconds)

    def ticks(self) -> int:
        """The time, in ticks of the wheel."""
        return self._wheel.ticks

    def connect_seconds_left(self, connection: Connection) -> float:
        """How long a client still has to say who it is."""
        return CONNECT_SECONDS - (self._wheel.ticks - connection.opened_at) * self._wheel.tick_seconds

    def wants_flush(self, connection: Connection) -> None:
        """It has packets: at the end of this tick they leave."""
        if not self._dirty:
            (self._loop or asyncio.get_running_loop()).call_soon(self._flush)
        self._dirty.append(connection)

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run something for a session; it is not collected before it is done."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def __len__(self) -> int:
        return len(self._sessions)

    def _flush(self) -> None:
        dirty, self._dirty = self._dirty, []
        for connection in dirty:
            try:
                connection.flush()
            except Exception:
                log.exception("flush_failed")  # the others' packets must leave all the same
                connection.end("lost")
