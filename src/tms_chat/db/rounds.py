"""Reads that are answered on the event loop, a few of them in each of its rounds.

Fifty people who come back at once ask for a hundred pages: one read after the other would keep everything else waiting
for a tenth of a second, the message that somebody just sent first of all. So they take turns with it, in their order,
and get what it leaves: while there is something else to do, a tenth of the time.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Final

#: The most of one round.
SECONDS_A_ROUND: Final = 0.0005
#: For every second that everything else takes, so long as there is something.
SHARE: Final = 1 / 9
#: A round in which everything else took no longer was empty: whoever waits for a disk or a network needs no loop.
EMPTY_SECONDS: Final = 0.00005
SHORTEST_SECONDS: Final = 0.00002


class Rounds:
    """For the one event loop. `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._left = SECONDS_A_ROUND
        self._began = clock()
        self._taken = 0.0  # by reads, since then
        self._usual = SECONDS_A_ROUND / 4  # until it is known
        self._is_next_called = False
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def is_used_up(self) -> bool:
        """Whether this round has no time left for another read."""
        return self._left <= 0

    async def wait(self) -> None:
        """Until a round has time; its part is kept for whoever waited longest."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        await turn

    def took(self, seconds: float) -> None:
        """A read was done."""
        self._left -= seconds
        self._taken += seconds
        self._usual += (max(seconds, SHORTEST_SECONDS) - self._usual) / 8
        self._call_next()

    def _call_next(self) -> None:
        if not self._is_next_called:
            self._is_next_called = True
            asyncio.get_running_loop().call_soon(self._next)

    def _next(self) -> None:
        self._is_next_called = False
        now = self._clock()
        others = now - self._began - self._taken
        self._began, self._taken = now, 0.0
        is_empty = others <= EMPTY_SECONDS
        self._left = SECONDS_A_ROUND if is_empty else min(self._left + others * SHARE, SECONDS_A_ROUND)
        left = self._left
        while self._waiting and left > 0:
            turn = self._waiting.popleft()
            if not turn.done():  # else whoever waited was told to go
                turn.set_result(None)
                left -= self._usual
        if self._waiting or self._left < SECONDS_A_ROUND:
            self._call_next()
