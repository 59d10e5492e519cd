"""A circuit breaker: after some failures in a row nobody asks for a while: a dead neighbour costs no waiting."""

import time
from collections.abc import Callable


class Breaker:
    """Closed (asking), open (not asking for `pause_seconds`), then one trial: its outcome closes or opens it again."""

    def __init__(self, failures: int, pause_seconds: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._allowed = failures
        self._pause = pause_seconds
        self._clock = clock
        self._failed = 0
        self._ask_again_at = 0.0

    @property
    def is_open(self) -> bool:
        """Whether the neighbour counts as dead, until a trial succeeds."""
        return self._failed >= self._allowed

    def admits(self) -> bool:
        """Whether to ask now. After a pause one caller may, the trial; the next ones not before its outcome.

        A trial that never tells its outcome costs one more pause.
        """
        if not self.is_open:
            return True
        if self._clock() < self._ask_again_at:
            return False
        self._ask_again_at = self._clock() + self._pause
        return True

    def succeeded(self) -> None:
        """An answer came."""
        self._failed = 0

    def failed(self) -> None:
        """No answer came; the last allowed failure, and every failed trial, begins a pause."""
        self._failed += 1
        if self.is_open:
            self._ask_again_at = self._clock() + self._pause
