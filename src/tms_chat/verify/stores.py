"""PostgreSQL and Redis of this run's own, on loopback, behind passwords that nobody is told, with nothing in them."""

import asyncio
import os
import pwd
import secrets
import shutil
import signal
import time
from pathlib import Path
from typing import Final

from tms_chat.bus_settings import BUS_NAME
from tms_chat.db.aside import connected
from tms_chat.db.away import POSTGRESQL_ERRORS
from tms_chat.verify.api import Failed
from tms_chat.verify.child import LOOK_SECONDS, READY_SECONDS, Child, Guardian, free_ports

POSTGRESQL: Final = "postgresql"
REDIS: Final = "redis"

BUS_AWAY_SECONDS: Final = (1.0, 4.0)
DATABASE_AWAY_SECONDS: Final = (0.2, 2.0)
CONNECT_SECONDS: Final = 5.0
CUT: Final = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = $1"
MISSING: Final = "{program} was not found: install {package} (the package of Debian and others), or leave out --with."


class OwnPostgresql:
    """In this folder, which belongs to `user` where one is needed: PostgreSQL does not run as root."""

    def __init__(self, home: Path, guardian: Guardian, user: str | None) -> None:
        password, (port,) = secrets.token_hex(16), free_ports(1)
        self.url = f"postgresql://tms:{password}@127.0.0.1:{port}/postgres"
        self._arguments = {"dsn": self.url, "ssl": False}
        self._turn = asyncio.Lock()
        password_file, data = home / "password", home / "postgresql"
        _write(password_file, password, user)
        initdb = (
            *(find("initdb", "postgresql"), "--no-sync", "--no-locale", "--encoding=UTF8", "--username=tms"),
            *("--auth=scram-sha-256", f"--pwfile={password_file}", f"--pgdata={data}"),
        )
        # No socket in the folder, whose path may be longer than such a name can be.
        options = ("listen_addresses=127.0.0.1", f"port={port}", "unix_socket_directories=")
        postgres = (find("postgres", "postgresql"), "-D", str(data), *(f"--{option}" for option in options))
        self._maker = Child("The database", guardian, home / "initdb.log", initdb, user=user)
        self._server = Child(
            "PostgreSQL", guardian, home / "postgresql.log", postgres, ends_by=signal.SIGQUIT, user=user
        )

    async def start(self) -> None:
        """Returns once it answers. Raises Failed."""
        await self._maker.complete()
        await self._server.start(self._answers)

    async def kill(self) -> None:
        """SIGKILL, and some time later it comes back on what it wrote. Raises Failed."""
        async with self._turn:
            await self._server.kill(self._answers, DATABASE_AWAY_SECONDS)

    async def cut_bus(self) -> None:
        """Every connection over which the nodes hear of each other is ended, at least one. Raises Failed."""
        async with self._turn, connected(self._arguments, CONNECT_SECONDS) as connection:
            deadline = time.monotonic() + READY_SECONDS
            while not await connection.fetchval(CUT, BUS_NAME):
                if time.monotonic() > deadline:
                    raise Failed("No node is connected to the bus.")
                await asyncio.sleep(LOOK_SECONDS)

    async def _answers(self) -> bool:
        try:
            async with connected(self._arguments, CONNECT_SECONDS):
                return True
        except POSTGRESQL_ERRORS:
            return False


class OwnRedis:
    """Keeps nothing: it comes back empty."""

    def __init__(self, home: Path, guardian: Guardian, user: str | None) -> None:
        password, (self._port,) = secrets.token_hex(16), free_ports(1)
        self.url = f"redis://:{password}@127.0.0.1:{self._port}/0"
        settings = home / "redis.conf"
        lines = ("bind 127.0.0.1", f"port {self._port}", f"requirepass {password}", 'save ""', "appendonly no")
        _write(settings, "\n".join((*lines, "")), user)
        command = (find("redis-server", "redis-server"), str(settings))
        self._server = Child("Redis", guardian, home / "redis.log", command, ends_by=signal.SIGKILL, user=user)

    async def start(self) -> None:
        """Returns once it answers. Raises Failed."""
        await self._server.start(self._answers)

    async def kill(self) -> None:
        """SIGKILL, and some seconds later an empty one is in its place. Raises Failed."""
        await self._server.kill(self._answers, BUS_AWAY_SECONDS)

    async def _answers(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self._port)
        except OSError:
            return False
        writer.close()
        return True


def unprivileged() -> str | None:
    """Who runs these when we are root; None: we do."""
    if os.geteuid() != 0:
        return None
    return "postgres" if any(entry.pw_name == "postgres" for entry in pwd.getpwall()) else "nobody"


def find(program: str, package: str) -> str:
    """Where it is; Debian keeps PostgreSQL's off PATH, one folder for each version. Raises Failed."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: (len(str(path)), path), reverse=True)
    places = (os.environ.get("PATH", os.defpath), *map(str, versions), "/usr/sbin", "/usr/local/sbin")
    found = shutil.which(program, path=os.pathsep.join(places))
    if found is None:
        raise Failed(MISSING.format(program=program, package=package))
    return found


def _write(path: Path, text: str, user: str | None) -> None:
    path.touch(mode=0o600)
    path.write_text(text)
    if user is not None:
        shutil.chown(path, user)
