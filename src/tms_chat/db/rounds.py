"""Reads that are answered on the event loop, a few of them in each of its rounds.

Fifty people who come back at once ask for a hundred pages: one read after the other would keep everything else waiting
for a tenth of a second, the message that somebody just sent first of all. So they take turns with it, in their order.
"""

import asyncio
from collections import deque
from typing import Final

#: Of each round. What the loop does besides is not counted: reads get their part of it however busy it is.
SECONDS_A_ROUND: Final = 0.0005
SHORTEST_SECONDS: Final = 0.00002


class Rounds:
    """For the one event loop."""

    def __init__(self) -> None:
        self._left = SECONDS_A_ROUND
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
        self._usual += (max(seconds, SHORTEST_SECONDS) - self._usual) / 8
        self._call_next()

    def _call_next(self) -> None:
        if not self._is_next_called:
            self._is_next_called = True
            asyncio.get_running_loop().call_soon(self._next)

    def _next(self) -> None:
        self._is_next_called = False
        self._left = left = SECONDS_A_ROUND
        while self._waiting and left > 0:
            turn = self._waiting.popleft()
            if not turn.done():  # else whoever waited was told to go
                turn.set_result(None)
                left -= self._usual
        if self._waiting:
            self._call_next()
