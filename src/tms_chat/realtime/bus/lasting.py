"""What the buses over a network have in common: what waits, one task that sends it, one that listens, and patience."""

import asyncio
import contextlib
import random
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import structlog

from tms_chat.realtime.bus.port import MAX_WAITING, MAX_WAITING_BYTES, Receive, size

log = structlog.get_logger(__name__)

FIRST_PAUSE_SECONDS: Final = 0.1
LONGEST_PAUSE_SECONDS: Final = 2.0
#: Longer than that neither connecting nor sending is waited for.
PATIENCE_SECONDS: Final = 3.0
GOODBYE_SECONDS: Final = 0.5


class LastingBus(ABC):
    """Connects for ever. `ERRORS` is what a broken connection raises."""

    label: str
    max_bytes: int
    reaches_others = True
    ERRORS: tuple[type[Exception], ...] = (OSError,)

    def __init__(self) -> None:
        self._receive: Receive | None = None
        self._waiting: deque[str] = deque()
        self._bytes = 0  # of what waits
        self._dropped = 0  # since everything was sent
        self._has_news = asyncio.Event()
        self._listening = asyncio.Event()
        self._all_sent = asyncio.Event()
        self._all_sent.set()
        self._tasks: list[asyncio.Task[None]] = []
        self._is_broken = False

    async def start(self, receive: Receive) -> None:
        """See `port.Bus`."""
        self._receive = receive
        self._begin()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._listening.wait()

    def send(self, message: str) -> None:
        """See `port.Bus`."""
        self._waiting.append(message)
        self._bytes += size(message)
        while len(self._waiting) > MAX_WAITING or self._bytes > MAX_WAITING_BYTES:
            self._take_first()
            if self._dropped == 0:
                log.warning("bus_full", bus=self.label, waiting=len(self._waiting))
            self._dropped += 1
        self._all_sent.clear()
        self._has_news.set()

    def restart(self) -> None:
        """See `port.Bus`."""
        for task in self._tasks:
            task.cancel()
        self._begin()

    async def stop(self) -> None:
        """See `port.Bus`."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE_SECONDS):
                await self._all_sent.wait()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def heard(self, message: str) -> None:
        """For the implementation: this came."""
        if self._receive is not None:
            try:
                self._receive(message)
            except Exception:
                log.exception("bus_message_failed")

    @abstractmethod
    async def listen(self) -> None:
        """Connect, call `is_listening`, and hear until the connection breaks."""

    @abstractmethod
    async def speak(self) -> None:
        """Connect, and send what `news` gives until the connection breaks."""

    def is_listening(self) -> None:
        """For the implementation: from now on nothing is missed."""
        self._listening.set()
        if self._is_broken:
            self._is_broken = False
            log.info("bus_back", bus=self.label)

    async def news(self) -> Sequence[str]:
        """What waits, once there is something; `sent` says that it left."""
        while not self._waiting:
            self._has_news.clear()
            await self._has_news.wait()
        await asyncio.sleep(0)  # what is said in this tick leaves together
        return [*self._waiting]

    def sent(self, messages: Sequence[str]) -> None:
        """For the implementation: these are on their way."""
        for message in messages:
            if self._waiting and self._waiting[0] is message:  # else it was dropped meanwhile
                self._take_first()
        if not self._waiting:
            self._all_sent.set()
            if self._dropped:
                log.warning("bus_messages_dropped", bus=self.label, dropped=self._dropped)
                self._dropped = 0

    def _take_first(self) -> None:
        self._bytes -= size(self._waiting.popleft())

    def _begin(self) -> None:
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._for_ever(self.listen)), loop.create_task(self._for_ever(self.speak))]

    async def _for_ever(self, work: Callable[[], Awaitable[None]]) -> None:
        pause = FIRST_PAUSE_SECONDS
        while True:
            began = asyncio.get_running_loop().time()
            try:
                await work()
                reason = "closed"
            except self.ERRORS as error:
                reason = f"{type(error).__name__}: {error}"[:200]
            except Exception:
                log.exception("bus_failed", bus=self.label)
                reason = "failed"
            if not self._is_broken:
                self._is_broken = True
                log.warning("bus_broken", bus=self.label, reason=reason)
            if asyncio.get_running_loop().time() - began > LONGEST_PAUSE_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
