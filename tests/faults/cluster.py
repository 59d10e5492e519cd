"""What is broken in the rows: one process or several, on SQLite or PostgreSQL, with one bus or the other."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from signal import SIGTERM
from subprocess import TimeoutExpired
from typing import Final

from tests.faults.waiting import until
from tests.socket.host import INSIDE_A_HOST
from tests.support.postgres import Postgres
from tests.support.redis import RedisServer
from tests.support.server import TMS, TmsServer

#: Starts `tms` with failpoints in it; see there.
FAILING: Final = (sys.executable, str(Path(__file__).with_name("failing.py")))
#: For what comes over its bus.
DISTURBED: Final = Path(__file__).parents[1] / "bus" / "disturbed"
SECRET: Final = "our own secret, for tests: 0123456789abcdef"


@dataclass(frozen=True)
class Setup:
    """An installation that a row is run on."""

    name: str
    label: str
    database: str
    nodes: int = 1
    with_redis: bool = False


SQLITE: Final = Setup("sqlite", "SQLite", "sqlite")
POSTGRESQL: Final = Setup("postgresql", "PostgreSQL", "postgresql")
TWO: Final = Setup("two", "PostgreSQL, two processes", "postgresql", 2)
REDIS: Final = Setup("redis", "PostgreSQL and Redis, two processes", "postgresql", 2, with_redis=True)


class Cluster:
    """The nodes of one installation. With `failing` each can be told to die at a certain place, see `dies`, and with
    `disturbed` what comes over its bus can be spoiled, see `disturb`."""

    def __init__(
        self,
        folder: Path,
        setup: Setup,
        pg: Postgres | None,
        *,
        redis: RedisServer | None = None,
        env: dict[str, str] | None = None,
        env_of_last: dict[str, str] | None = None,
        failing: bool = False,
        disturbed: bool = False,
        command: Sequence[str] = (),
    ) -> None:
        self.setup = setup
        self.pg = pg
        self.redis = redis
        settings = INSIDE_A_HOST | {"JWT_SECRET": SECRET} | (env or {})
        if pg is not None:
            settings["DATABASE_URL"] = pg.fresh_database()
        if redis is not None:
            settings["REDIS_URL"] = redis.url
        program = (*command, *(FAILING if failing else (str(TMS),)))
        self.nodes = []
        for number in range(setup.nodes):
            home = folder / f"node{number}"
            spoiled = {"PYTHONPATH": str(DISTURBED), "BUS_FAULT": str(home / "fault")} if disturbed else {}
            self.nodes.append(TmsServer(home, settings | spoiled, command=program))
        self.nodes[-1].env |= env_of_last or {}

    @property
    def first(self) -> TmsServer:
        """A node, where it does not matter which."""
        return self.nodes[0]

    @property
    def ports(self) -> list[int]:
        """Of all nodes."""
        return [node.port for node in self.nodes]

    async def start(self) -> None:
        """All of them, one after the other: the first migrates the database."""
        for node in self.nodes:
            await self.up(node)

    async def come_back(self) -> None:
        """All of them at once, after they were killed."""
        await asyncio.gather(*map(self.up, self.nodes))

    async def up(self, node: TmsServer, *, seconds: float = 60) -> None:
        """Start this one; returns once it is ready, and leaves the event loop free meanwhile."""
        node.launch()
        await until(lambda: asyncio.to_thread(node.is_ready), seconds=seconds, what="the node is ready")

    async def dies(self, node: TmsServer, where: str) -> None:
        """Arm a failpoint; returns once the process has killed itself there."""
        (node.folder / "failpoint").write_text(where)
        await until(lambda: _has_ended(node), seconds=30, what=f"it dies {where}")

    def disturb(self, node: TmsServer, how: str) -> None:
        """One of the words in tests/bus/disturbed, or nothing, from now on."""
        (node.folder / "fault").write_text(how)

    async def restart(self, node: TmsServer) -> int:
        """As an operator does: SIGTERM, and start again once it has drained. Its exit code."""
        os.kill(node.pid, SIGTERM)
        await until(lambda: _has_ended(node), seconds=30, what="it has drained and ended")
        code = node.wait(seconds=0)
        await self.up(node)
        return code

    def close(self) -> None:
        """No process is left."""
        for node in self.nodes:
            node.close()


def _has_ended(node: TmsServer) -> bool:
    with suppress(TimeoutExpired):
        node.wait(seconds=0)
        return True
    return False
