"""A worker that cannot be started is tried again."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable

import pytest
from structlog.testing import capture_logs

from tests.support.processes import wait_until
from tms_chat.workers import parent as parents
from tms_chat.workers.parent import Parent, Worker


async def until(is_so: Callable[[], bool]) -> None:
    await asyncio.to_thread(wait_until, is_so, seconds=30, what="it is tried")


async def test_a_worker_that_the_system_cannot_start_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parents, "FIRST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(parents, "MOST_PAUSE_SECONDS", 0.02)
    monkeypatch.setattr(parents, "PROGRAM", ("/nowhere/python",))
    with socket.socket() as listener, capture_logs() as lines:
        parent = Parent(1, listener, {})
        worker = Worker(parent, 1)
        keeping = asyncio.create_task(worker.keep())
        await until(lambda: len(lines) > 1)
        held = len(os.listdir("/proc/self/fd"))
        await until(lambda: len(lines) > 9)
        assert len(os.listdir("/proc/self/fd")) < held + 8
        assert lines[0]["event"] == "worker_not_started"
        assert lines[0]["remedy"]
        monkeypatch.setattr(parents, "PROGRAM", (sys.executable, "-c", "import time; time.sleep(60)"))
        await until(worker._launched.is_set)
        parent.stopping.set()
        worker.tell(signal.SIGTERM)
        await keeping
        assert not await worker.is_ready()
        for pair in parent._pairs:
            for end in pair:
                end.close()
