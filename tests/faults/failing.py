"""`tms` with failpoints and bugs: a program, run instead of the real one. What is shipped knows nothing of them.

A file `failpoint` in the working folder names what happens from then on. The process kills itself at the next commit
that has something to tell: `after_commit`, before anybody is told; `after_publish`, when sockets were written to and
the request is not answered. Or it has a bug, each of which the checker must find: see BUGS.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from signal import SIGKILL
from typing import Any

from tms_chat.cli import main
from tms_chat.core.events import Announcement
from tms_chat.db.engine import Database
from tms_chat.messages.sending.sqlite import SqliteBatchWriter
from tms_chat.realtime.publisher import Publisher

FAILPOINT = Path("failpoint")
#: For what was written to reach the network.
MOMENT_SECONDS = 0.05
#: One in so many is spoiled.
SELDOM = 7

BUGS = {
    "lost": "acknowledges sends that it rolls back",
    "gaps": "tells nobody",
    "duplicated": "tells it twice",
    "reordered": "tells it after the next",
    "leaked": "leaves the removed in the room",
}

_publish, _emit, _take_out = Database.publish_committed, Publisher._emit, Publisher._take_out
_commit = SqliteBatchWriter._commit
_emitted, _committed = count(1), count(1)
_kept: list[Any] = []


def is_on(what: str) -> bool:
    return FAILPOINT.exists() and FAILPOINT.read_text() == what


def die() -> None:
    FAILPOINT.unlink()
    os.kill(os.getpid(), SIGKILL)


async def publish(self: Database, events: Sequence[Announcement]) -> None:
    if is_on("after_commit"):
        die()
    await _publish(self, events)
    if is_on("after_publish"):
        await asyncio.sleep(MOMENT_SECONDS)
        die()


def emit(self: Publisher, event: Any, *rest: Any) -> None:
    is_chosen = next(_emitted) % SELDOM == 0
    if is_chosen and is_on("gaps"):
        return
    if is_chosen and is_on("reordered"):
        _kept.append((event, *rest))
        return
    _emit(self, event, *rest)
    if is_chosen and is_on("duplicated"):
        _emit(self, event, *rest)
    while _kept:
        _emit(self, *_kept.pop())


def take_out(self: Publisher, *about: Any) -> Any:
    return [] if is_on("leaked") else _take_out(self, *about)


def commit(self: SqliteBatchWriter) -> None:
    if next(_committed) % SELDOM == 0 and is_on("lost"):
        assert self._connection is not None
        self._connection.rollback()
    else:
        _commit(self)


if __name__ == "__main__":
    for owner, name, spoiled in (
        (Database, "publish_committed", publish), (Publisher, "_emit", emit), (Publisher, "_take_out", take_out),
        (SqliteBatchWriter, "_commit", commit),
    ):  # fmt: skip
        setattr(owner, name, spoiled)
    main()
