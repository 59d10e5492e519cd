"""Token buckets as one number per key (the generic cell rate algorithm, ITU-T I.371 §B): bounded, exact, no timers."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rate:
    """`burst` at once, refilled evenly: `burst` in `seconds`."""

    burst: int
    seconds: float


class Limiter:
    """Counts per key. Keys that have recovered are forgotten, and above a bound the oldest: memory stays bounded."""

    MAX_KEYS = 100_000

    def __init__(self, rate: Rate, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._clock = clock
        self._step = rate.seconds / rate.burst
        self._full_at: dict[str, float] = {}
        #: How often was counted for whom, for somebody who takes it away now and then; None while nobody does.
        self.spent: dict[str, int] | None = None

    def wait(self, key: str) -> int | None:
        """None when one more is within the rate, else the whole seconds until it is. Counts nothing."""
        now = self._clock()
        wait = max(self._full_at.get(key, now), now) + self._step - now - self._rate.seconds
        return math.ceil(wait) if wait > 1e-9 else None

    def count(self, key: str) -> None:
        """Count one, within the rate or not; above it the bucket stays full."""
        self.add(key, 1)
        if self.spent is not None:
            self.spent[key] = self.spent.get(key, 0) + 1

    def add(self, key: str, times: int) -> None:
        """The same for what was counted elsewhere."""
        now = self._clock()
        full_at = max(self._full_at.pop(key, now), now) + times * self._step
        if len(self._full_at) >= self.MAX_KEYS:
            self._forget(now)
        self._full_at[key] = min(full_at, now + self._rate.seconds)

    def _forget(self, now: float) -> None:
        self._full_at = {key: at for key, at in self._full_at.items() if at > now}
        for key in list(self._full_at)[: max(0, len(self._full_at) - self.MAX_KEYS * 9 // 10)]:
            del self._full_at[key]
