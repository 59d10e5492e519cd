"""One timer for all sockets: a wheel of slots that turns by one each tick. Deadlines are late, never early."""

import asyncio
from collections.abc import Callable
from math import ceil
from typing import Generic, TypeVar

import structlog

log = structlog.get_logger(__name__)

T = TypeVar("T")

SLOTS = 128


class TimerWheel(Generic[T]):
    """Calls `due(item)` when the time of an item has come; a deadline is at most two ticks late.

    An item stands in one slot at a time, as its owner remembers: `schedule` gives the slot, `cancel` takes it.
    """

    def __init__(self, tick_seconds: float, due: Callable[[T], None]) -> None:
        self.tick_seconds = tick_seconds
        self._due = due
        self._slots: list[set[T]] = [set() for _ in range(SLOTS)]
        self.ticks = 0
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin to turn, on the running loop's monotonic clock."""
        self._timer = asyncio.get_running_loop().call_later(self.tick_seconds, self._turn)

    def stop(self) -> None:
        """Turn no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def schedule(self, item: T, seconds: float) -> int:
        """Put an item where it is due so many seconds from now, at most one turn of the wheel; its slot."""
        # One more than it takes, because of the tick that is under way nobody knows how much is left.
        ticks = min(ceil(seconds / self.tick_seconds) + 1, SLOTS - 1)
        slot = (self.ticks + ticks) % SLOTS
        self._slots[slot].add(item)
        return slot

    def cancel(self, item: T, slot: int) -> None:
        """Take an item out of its slot; nothing happens when it was due already."""
        self._slots[slot].discard(item)

    def _turn(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self.tick_seconds, self._turn)
        self.ticks += 1
        items = self._slots[self.ticks % SLOTS]
        while items:  # one by one: what is due for one item may cancel another, or give it a later deadline
            try:
                self._due(items.pop())
            except Exception:
                log.exception("deadline_failed")  # the others' deadlines have come as well
