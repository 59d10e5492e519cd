"""One thread for what waits for a disk, asked from the event loop: SQLite's own connections block.

A hop there and back costs a tenth of what an executor's does, which matters where a whole transaction takes as long.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, TypeVar

Result = TypeVar("Result")


class Worker:
    """Runs what it is given, one after the other. The thread starts with the first and never keeps the process."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._jobs: SimpleQueue[tuple[Callable[[], Any], asyncio.AbstractEventLoop, asyncio.Future[Any]] | None]
        self._jobs = SimpleQueue()
        self._thread: threading.Thread | None = None

    def run(self, job: Callable[[], Result]) -> "asyncio.Future[Result]":
        """Its result, or what it raised; it runs to its end whether or not somebody still waits."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
            self._thread.start()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()
        self._jobs.put((job, loop, future))
        return future

    async def close(self) -> None:
        """After what was given."""
        if self._thread is not None:
            self._jobs.put(None)
            await asyncio.to_thread(self._thread.join, 5.0)
            self._thread = None

    def _work(self) -> None:
        while (given := self._jobs.get()) is not None:
            job, loop, future = given
            result, error = None, None
            try:
                result = job()
            except BaseException as raised:
                error = raised
            with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile: nobody waits
                loop.call_soon_threadsafe(_settle, future, result, error)


def _settle(future: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    if future.done():
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(result)
