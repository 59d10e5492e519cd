"""The parent of the workers: binds once, starts them, starts anew what ends, passes signals on. It serves nothing.

Workers are programs of their own, not forks: nothing that a thread or a library held in the parent is copied. They
accept from the parent's listener, so whatever one of them does not take another one takes, and while one restarts no
client is refused. With the parent gone, however it went, they drain and end: each holds the reading end of a pipe whose
other end is the parent's alone.
"""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any, Final

import structlog

from tms_chat.core.errors import StartError
from tms_chat.logs import configure_logs
from tms_chat.settings import Settings
from tms_chat.workers.listener import bind
from tms_chat.workers.outfit import Outfit

log = structlog.get_logger(__name__)

FIRST_PAUSE_SECONDS: Final = 0.5
MOST_PAUSE_SECONDS: Final = 15.0
STEADY_SECONDS: Final = 60.0  # whoever served so long had another reason to end than the last one
STOP_SECONDS: Final = 12.0  # a worker drains in eight
READY_SECONDS: Final = 60.0
MAIL_BYTES: Final = 1024 * 1024
REMEDY: Final = "Give it memory, processes and open files, and let an update of the program end; it is tried again."
PROGRAM: Final = (sys.executable, "-m", "tms_chat.cli.worker")


def serve_many(settings: Settings, overrides: Mapping[str, Any], say: Callable[[str], None]) -> None:
    """Serve with `settings.workers` processes until SIGTERM or SIGINT. SIGHUP restarts them one by one.

    `overrides` are the settings that do not come from the environment. Raises StartError, and SystemExit when the first
    worker cannot start, which has said why.
    """
    if settings.database.path is not None:
        raise StartError(
            "Several workers need PostgreSQL, because a SQLite file is served by one process: set DATABASE_URL to "
            "postgresql://…, or leave out --workers and WORKERS."
        )
    configure_logs(debug=settings.debug)
    asyncio.run(Parent(settings.workers, bind(settings), overrides).run())
    say("TMS Chat has stopped; nothing was lost.")


class Parent:
    """Of `count` workers; see `serve_many`."""

    def __init__(self, count: int, listener: socket.socket, overrides: Mapping[str, Any]) -> None:
        self._listener = listener
        self._settings = dict(overrides)
        self._pairs = [socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in range(count)]
        for post, _ in self._pairs:
            post.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, MAIL_BYTES)
        self._alive = os.pipe()
        self._workers = [Worker(self, number) for number in range(1, count + 1)]
        self._rolling: asyncio.Task[None] | None = None
        self.stopping = asyncio.Event()

    async def run(self) -> None:
        """Until it is told to stop. Raises SystemExit."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop)
        loop.add_signal_handler(signal.SIGHUP, self._roll)
        # The first one alone: it brings the database up to date, and what is wrong is said once.
        await self._workers[0].launch(is_herald=True)
        code = None if await self._workers[0].is_ready() else await self._workers[0].ended()
        if code is not None and not self.stopping.is_set():
            sys.exit(code if code > 0 else 1)
        keepers = [loop.create_task(worker.keep()) for worker in self._workers]
        log.info("workers", count=len(self._workers), pid=os.getpid())
        await self.stopping.wait()
        await asyncio.gather(*keepers)

    def outfit(self, number: int, ready: int, *, is_herald: bool) -> Outfit:
        """Of the worker with this number."""
        return Outfit(
            number=number,
            listener=self._listener.fileno(),
            posts=tuple(post.fileno() for post, _ in self._pairs),
            mail=self._pairs[number - 1][1].fileno(),
            alive=self._alive[0],
            ready=ready,
            is_herald=is_herald,
            settings=self._settings,
        )

    def _stop(self) -> None:
        self.stopping.set()
        for worker in self._workers:
            worker.tell(signal.SIGTERM)

    def _roll(self) -> None:
        if self._rolling is None or self._rolling.done():
            self._rolling = asyncio.get_running_loop().create_task(self._restart_all())

    async def _restart_all(self) -> None:
        log.info("restarting_workers")
        for worker in self._workers:
            if not await worker.restart() or self.stopping.is_set():
                return
        log.info("restarted_workers")


class Worker:
    """One process after another, under one number."""

    def __init__(self, parent: Parent, number: int) -> None:
        self._parent = parent
        self._number = number
        self._process: asyncio.subprocess.Process | None = None
        self._ready: asyncio.Future[bool] | None = None
        self._is_wanted_to_end = False
        self._launched = asyncio.Event()

    async def launch(self, *, is_herald: bool = False) -> None:
        """Start it; whether it got as far as serving is told by `is_ready`. Raises OSError."""
        reading, writing = os.pipe()
        outfit = self._parent.outfit(self._number, writing, is_herald=is_herald)
        self._is_wanted_to_end = False
        try:
            # A group of its own: Ctrl-C in a terminal is for the parent, who passes it on.
            self._process = await asyncio.create_subprocess_exec(
                *PROGRAM, outfit.as_text(), pass_fds=outfit.descriptors, process_group=0
            )
        except BaseException:
            os.close(reading)
            raise
        finally:
            os.close(writing)
        loop = asyncio.get_running_loop()
        self._ready = loop.create_future()
        self._launched.set()
        loop.add_reader(reading, self._heard, reading, self._ready)
        if self._parent.stopping.is_set():
            self.tell(signal.SIGTERM)

    async def is_ready(self) -> bool:
        """Whether it serves; False when it ended before it did."""
        return self._ready is not None and await asyncio.shield(self._ready)

    async def ended(self) -> int:
        """Its exit code; negative for a signal."""
        assert self._process is not None
        return await self._process.wait()

    async def keep(self) -> None:
        """There is one until the parent stops, and none after that."""
        pause = FIRST_PAUSE_SECONDS
        while not self._parent.stopping.is_set():
            began = monotonic()
            try:
                if self._process is None or self._process.returncode is not None:
                    await self.launch()
            except OSError as error:
                log.error("worker_not_started", worker=self._number, why=str(error), restarts_in=pause, remedy=REMEDY)
            else:
                code = await self._wait()
                if self._parent.stopping.is_set():
                    return
                if self._is_wanted_to_end:
                    continue
                if monotonic() - began > STEADY_SECONDS:
                    pause = FIRST_PAUSE_SECONDS
                log.error("worker_ended", worker=self._number, why=_why(code), restarts_in=pause)
            await self._pause(pause)
            pause = min(2 * pause, MOST_PAUSE_SECONDS)

    async def restart(self) -> bool:
        """End it, and wait until the next one serves."""
        self._is_wanted_to_end = True
        self._launched.clear()
        self.tell(signal.SIGTERM)
        try:
            async with asyncio.timeout(READY_SECONDS):
                await self._launched.wait()
                is_ready = await self.is_ready()
        except TimeoutError:
            is_ready = False
        if not is_ready:
            log.error("restart_stopped", worker=self._number, remedy="See its last lines; the others go on.")
        return is_ready

    def tell(self, number: signal.Signals) -> None:
        """Send a signal, if it runs."""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(number)

    async def _wait(self) -> int:
        """Until it ends; once the parent stops, not for ever."""
        ending = asyncio.ensure_future(self.ended())
        stopping = asyncio.ensure_future(self._parent.stopping.wait())
        await asyncio.wait((ending, stopping), return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not ending.done():
            _, late = await asyncio.wait((ending,), timeout=STOP_SECONDS)
            if late:
                log.error("worker_killed", worker=self._number)
                self.tell(signal.SIGKILL)
        return await ending

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._parent.stopping.wait()
        except TimeoutError:
            pass

    def _heard(self, reading: int, ready: asyncio.Future[bool]) -> None:
        asyncio.get_running_loop().remove_reader(reading)
        is_ready = os.read(reading, 1) != b""
        os.close(reading)
        if not ready.done():
            ready.set_result(is_ready)


def _why(code: int) -> str:
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name
