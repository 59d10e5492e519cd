"""One server of several processes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.socket.host import INSIDE_A_HOST, Host, hosting
from tests.support.postgres import Postgres
from tests.support.processes import wait_until
from tests.support.server import TmsServer

COUNT = 2


def log_lines(server: TmsServer, event: str) -> list[dict[str, Any]]:
    """The lines of the log with this name, in their order."""
    lines = [json.loads(line) for line in server.stderr.splitlines() if line.startswith("{")]
    return [line for line in lines if line["event"] == event]


def children(server: TmsServer) -> list[int]:
    """The processes that serve."""
    tasks = Path(f"/proc/{server.pid}/task").glob("*/children")
    return [int(number) for task in tasks for number in task.read_text().split()]


@contextmanager
def running_workers(folder: Path, count: int, **env: str) -> Iterator[Host]:
    """All of them serve; `env` needs a DATABASE_URL."""
    server = TmsServer(folder, INSIDE_A_HOST | env, args=("--workers", str(count)))
    with hosting(server) as host:
        wait_until(lambda: len(log_lines(server, "started")) == count, seconds=30, what="all workers serve")
        yield host


@pytest.fixture(scope="session")
def host(pg: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """Shared by the tests of this folder but those of a server's life, which have one to stop and to kill."""
    with running_workers(tmp_path_factory.mktemp("workers"), COUNT, DATABASE_URL=pg.fresh_database()) as made:
        yield made
