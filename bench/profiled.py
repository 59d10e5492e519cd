"""`tms serve` that looks at every tick of its processor time at what it is doing: where the time goes.

    python -m bench.profiled REPORT serve --port 8000

Time in C (a driver, a system call) counts for the Python function that called it. `(outside)` is the loop itself with
its system calls, and the threads of SQLite while the loop waits for them.
"""

from __future__ import annotations

import signal
import sys
from collections import Counter
from pathlib import Path
from types import FrameType

from bench.servers.launch import ROOT
from tms_chat.cli.app import app

EVERY_SECONDS = 0.001  # the kernel's tick may be longer
SHOWN = 40
PACKAGES = "site-packages/"


class Samples:
    """Where it was found: on top, and anywhere below. `file:function`, a function once a sample."""

    def __init__(self) -> None:
        self.count = 0
        self.on_top: Counter[str] = Counter()
        self.anywhere: Counter[str] = Counter()

    def take(self, _signal: int, frame: FrameType | None) -> None:
        """The handler of SIGPROF."""
        self.count += 1
        names = []
        while frame is not None:
            names.append(f"{short(frame.f_code.co_filename)}:{frame.f_code.co_qualname}")
            frame = frame.f_back
        is_outside = not names or names[0].startswith("asyncio/runners.py")
        self.on_top["(outside)" if is_outside else names[0]] += 1
        self.anywhere.update(set(names))

    def __str__(self) -> str:
        return (
            f"{self.count} samples\n\n{self._table('on top', self.on_top)}\n\n{self._table('in it', self.anywhere)}\n"
        )

    def _table(self, title: str, found: Counter[str]) -> str:
        lines = [f"{share / self.count:7.1%}  {name}" for name, share in found.most_common(SHOWN)]
        return "\n".join([title, *lines])


def short(path: str) -> str:
    """A file as one would name it: without the folders everything is in."""
    path = path.rpartition(PACKAGES)[2].removeprefix(f"{ROOT}/src/")
    return path.partition("/lib/python")[2].partition("/")[2] or path


def main() -> None:
    """Serves until it is told to stop, then writes the report."""
    report, words = Path(sys.argv[1]), sys.argv[2:]
    samples = Samples()
    signal.signal(signal.SIGPROF, samples.take)
    signal.setitimer(signal.ITIMER_PROF, EVERY_SECONDS, EVERY_SECONDS)
    try:
        app(words)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        report.write_text(str(samples))


if __name__ == "__main__":
    main()
