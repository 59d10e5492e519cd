"""Whose turn it is: for each key one at a time, in the order in which they asked.

A turn is handed from one to the next without a moment in between in which it is nobody's, so that it can be taken when
it is free, without waiting: `asyncio.Lock` cannot say that somebody is about to get it.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)


class Turns(Generic[Key]):
    """For the one event loop; keys that nobody holds take no memory."""

    def __init__(self) -> None:
        self._waiting: dict[Key, deque[asyncio.Future[None]]] = {}

    def take_if_free(self, key: Key) -> bool:
        """Take the turn when nobody has it, and say so."""
        if key in self._waiting:
            return False
        self._waiting[key] = deque()
        return True

    def ask(self, key: Key) -> asyncio.Future[None]:
        """Wait for the turn, which somebody has: the future is done when it is ours, and must then be given back."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[key].append(future)
        return future

    def give_back(self, key: Key) -> None:
        """To the one who has waited longest."""
        waiting = self._waiting[key]
        while waiting:
            future = waiting.popleft()
            if not future.done():
                future.set_result(None)
                return
        del self._waiting[key]

    async def take(self, key: Key) -> None:
        """Wait for it, and have it."""
        if self.take_if_free(key):
            return
        future = self.ask(key)
        try:
            await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled():
                self.give_back(key)  # it was ours already, in the moment we were told to go
            raise

    @asynccontextmanager
    async def turn(self, key: Key) -> AsyncIterator[None]:
        """Hold it for a while."""
        await self.take(key)
        try:
            yield
        finally:
            self.give_back(key)
