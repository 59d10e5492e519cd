"""`python -m tms_chat.verify.guardian FOLDER…`: outlives a run, however that ends, and clears up after it.

A line `PID SIGNAL` says what runs and what ends it, `PID 0` that it has ended. When the input is at its end, so is the
run: what still runs is ended, and the folders are removed.
"""

import os
import shutil
import signal
import sys
import time
from collections.abc import Iterable, Sequence
from typing import Final

STOP_SECONDS: Final = 15.0
LOOK_SECONDS: Final = 0.05


def guard(lines: Iterable[str], folders: Sequence[str]) -> None:
    """Returns when nothing is left."""
    running: dict[int, int] = {}
    for line in lines:
        pid, ends_by = map(int, line.split())
        running.pop(pid, None)
        if ends_by:
            running[pid] = ends_by
    for pid, ends_by in running.items():
        _send(pid, ends_by)
    deadline = time.monotonic() + STOP_SECONDS
    while any(_send(pid, 0) for pid in running) and time.monotonic() < deadline:
        time.sleep(LOOK_SECONDS)
    for pid in running:
        _send(pid, signal.SIGKILL)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def _send(pid: int, number: int) -> bool:
    """Whether there is such a process; 0 only asks."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    guard(sys.stdin, sys.argv[1:])
