"""An installation of this run's own: nodes on loopback, with what they need, in folders that go with it. All of it may
be killed."""

import random
import secrets
import shutil
import sys
import tempfile
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Final

import httpx

from tms_chat.settings import Settings, load_settings
from tms_chat.verify.api import Failed
from tms_chat.verify.child import Child, Guardian, free_ports
from tms_chat.verify.run import Kill
from tms_chat.verify.stores import POSTGRESQL, REDIS, OwnPostgresql, OwnRedis, unprivileged

PARTS: Final = (POSTGRESQL, REDIS)


class Installation:
    """`nodes` processes of `tms serve` on one database: SQLite in the folder, or, for any number, PostgreSQL: the given
    one with the given bus, or one of their own where `parts` names it. Raises Failed for what does not go together."""

    def __init__(self, given: Settings, nodes: int, parts: Collection[str]) -> None:
        is_own = POSTGRESQL in parts
        has_postgresql = is_own or given.database.dialect == POSTGRESQL
        if not set(parts) <= set(PARTS):
            raise Failed(f"--with takes {' and '.join(PARTS)}, with a comma between them.")
        if nodes > 1 and not has_postgresql:
            raise Failed("Several nodes need PostgreSQL: add --with postgresql, or set DATABASE_URL.")
        if REDIS in parts and not has_postgresql:
            raise Failed("Redis is between processes on PostgreSQL: --with postgresql,redis.")
        self._count = nodes
        self._parts = parts
        self._secret = secrets.token_hex(32)
        self._database_url = None if is_own else given.database_url or given.database_url_sync
        self._redis_url = None if is_own else given.redis_url
        self._guardian = Guardian()
        self._folder = Path()
        self._postgresql: OwnPostgresql | None = None
        self._redis: OwnRedis | None = None
        self._nodes: dict[str, Child] = {}

    @property
    def nodes(self) -> Sequence[str]:
        """Their addresses."""
        return [*self._nodes]

    @property
    def settings(self) -> Settings:
        """What they run with."""
        return load_settings(
            data_dir=self._folder / "data",
            jwt_secret=self._secret,
            database_url=self._database_url,
            database_url_sync=None,
            _env_file=None,
        )

    @property
    def kills(self) -> Mapping[str, Kill]:
        """What may be killed, and comes back. With SQLite the node is the database too."""
        kills: dict[str, Kill] = {"node": self._kill_node}
        if self._redis is not None:
            kills["bus"] = self._redis.kill
        elif self._postgresql is not None:
            kills["bus"] = self._postgresql.cut_bus
        if self._postgresql is not None:
            kills["database"] = self._postgresql.kill
        return kills

    async def start(self) -> None:
        """Returns once all are ready. Raises Failed."""
        self._folder = Path(tempfile.mkdtemp(prefix="tms-verify-"))
        user = unprivileged() if self._parts else None
        # Another user may not get to where TMPDIR is.
        home = Path(tempfile.mkdtemp(prefix="tms-verify-", dir=None if user is None else "/tmp"))
        await self._guardian.start((self._folder, home))
        if user is not None:
            shutil.chown(home, user)
        if POSTGRESQL in self._parts:
            self._postgresql = OwnPostgresql(home, self._guardian, user)
            await self._postgresql.start()
            self._database_url = self._postgresql.url
        if REDIS in self._parts:
            self._redis = OwnRedis(home, self._guardian, user)
            await self._redis.start()
            self._redis_url = self._redis.url
        for port in free_ports(self._count):  # one after the other: the first one migrates
            await self._start_node(port)

    async def stop(self) -> None:
        """All of it, however long that takes."""
        await self._guardian.close()

    async def _start_node(self, port: int) -> None:
        given = {
            "DATA_DIR": str(self._folder / "data"),
            "JWT_SECRET": self._secret,
            "RATE_LIMITS": "off",
            "LINK_PREVIEWS": "off",
        }
        if self._database_url is not None:
            given["DATABASE_URL"] = self._database_url
        if self._redis_url is not None:
            given["REDIS_URL"] = self._redis_url
        command = (sys.executable, "-m", "tms_chat", "serve", "--host", "127.0.0.1", "--port", str(port))
        address = f"http://127.0.0.1:{port}"
        node = Child("A server", self._guardian, self._folder / f"node-{port}.log", command, env=given)
        self._nodes[address] = node
        await node.start(lambda: _is_ready(address))

    async def _kill_node(self) -> None:
        """SIGKILL to one of them at random, which then comes back."""
        address, node = random.choice([*self._nodes.items()])
        await node.kill(lambda: _is_ready(address))


async def _is_ready(address: str) -> bool:
    async with httpx.AsyncClient(trust_env=False) as http:
        try:
            return (await http.get(f"{address}/health/ready")).is_success
        except httpx.TransportError:
            return False
