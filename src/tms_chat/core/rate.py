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
    """Counts attempts per key. Keys that have recovered are forgotten, so the memory follows the busy ones only."""

    MAX_KEYS = 100_000

    def __init__(self, rate: Rate, *, enforced: bool = True, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._enforced = enforced
        self._clock = clock
        self._step = rate.seconds / rate.burst
        self._full_at: dict[str, float] = {}

    def take(self, key: str) -> int | None:
        """Count one attempt. None when it is within the rate, else the whole seconds to wait."""
        now = self._clock()
        full_at = max(self._full_at.get(key, now), now) + self._step
        wait = full_at - now - self._rate.seconds
        if wait > 1e-9:
            return math.ceil(wait) if self._enforced else None
        if len(self._full_at) >= self.MAX_KEYS:
            self._full_at = {name: at for name, at in self._full_at.items() if at > now}
        self._full_at[key] = full_at
        return None

    def give_back(self, key: str) -> None:
        """Undo one attempt: a sign-in that succeeded was not a guess."""
        if key in self._full_at:
            self._full_at[key] -= self._step
