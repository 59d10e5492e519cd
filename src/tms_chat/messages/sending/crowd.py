"""Whether it pays to wait a moment for more sends before a batch begins.

A batch of one costs nearly as much as a batch of eight. Where many people send, who do not wait for each other's
answers, a pause between two batches brings more than it costs them; who sends by himself never meets it.
"""

import asyncio
from collections import deque
from time import monotonic

from tms_chat.core.ids import UserId

#: So many sends, of so many people, within this time are a crowd.
SENDS = 16
PEOPLE = 8
CROWDED_SECONDS = 0.02
#: A batch of a crowd begins this long after the last one began, or as soon as so many wait.
PACE_SECONDS = 0.006
ENOUGH = 8


class Crowd:
    """Who sent a moment ago."""

    def __init__(self) -> None:
        self._recent: deque[tuple[float, UserId]] = deque(maxlen=SENDS)
        self._began = 0.0
        self._waiting = 0
        self._enough: asyncio.Future[None] | None = None

    def arrived(self, sender_id: UserId) -> None:
        """A send is waiting."""
        self._recent.append((monotonic(), sender_id))
        self._waiting += 1
        if self._enough is not None and self._waiting >= ENOUGH:
            self._done()

    def begins(self) -> None:
        """A batch takes what waits."""
        self._began = monotonic()
        self._waiting = 0

    async def gathered(self) -> None:
        """Returns when the next batch may begin: at once, except in a crowd."""
        left = self._began + PACE_SECONDS - monotonic()
        if left <= 0 or not 0 < self._waiting < ENOUGH or not self._is_crowd():
            return
        loop = asyncio.get_running_loop()
        self._enough = loop.create_future()
        timer = loop.call_later(left, self._done)
        try:
            await self._enough
        finally:
            timer.cancel()
            self._enough = None

    def _is_crowd(self) -> bool:
        recent = self._recent
        if len(recent) < SENDS or monotonic() - recent[0][0] > CROWDED_SECONDS:
            return False
        return len({sender_id for _, sender_id in recent}) >= PEOPLE

    def _done(self) -> None:
        if self._enough is not None and not self._enough.done():
            self._enough.set_result(None)
