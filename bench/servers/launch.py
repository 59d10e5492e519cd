"""Starts the servers that are compared, on the core that is theirs, and stops them."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGTERM

import httpx

from bench.processes import SERVER_CORE, Cpu, cpu_of, cpu_of_family, memory_of, on_core
from bench.seeding import seed_ours, seed_plain
from bench.world import SECRET, World, token
from tests.support.postgres import Postgres
from tests.support.processes import PATH, bound_to_us, free_port, wait_until

ROOT = Path(__file__).parents[2]
#: The largest that the settings take: everything is counted, and nobody is refused.
FAST = "999999/s burst 999999"
RATES = ("SENDS", "CHANGES", "TYPING", "SEARCHES", "UPLOADS", "HANDSHAKES", "FAILED_HANDSHAKES")
OURS = ("ours-sqlite", "ours-postgresql")
ALL = (*OURS, "python", "node")


@dataclass
class Running:
    """A server that answers. `database` is PostgreSQL's first process, when it uses one."""

    name: str
    port: int
    pid: int
    database: int | None

    def cpu(self) -> Cpu:
        """What the server itself has used so far."""
        return cpu_of(self.pid)

    def database_cpu(self) -> Cpu:
        """What its database has used beside it; SQLite is a part of the server."""
        return cpu_of_family(self.database) if self.database is not None else Cpu()

    def memory(self) -> int:
        """Bytes of the server, without its database."""
        return memory_of(self.pid)


@dataclass
class Hall:
    """The databases of all servers, with the world in them. `open()` before, `close()` after everything."""

    folder: Path
    names: tuple[str, ...]
    world: World
    postgres: Postgres | None = None
    #: Where ours write down where their time went; None: they run as always.
    profiles: Path | None = None
    databases: dict[str, str] = field(default_factory=dict)

    def open(self) -> None:
        """Makes and fills the databases."""
        if self.names != ("ours-sqlite",):
            self.postgres = Postgres()
            with on_core(SERVER_CORE):
                self.postgres.start()
        for name in self.names:
            (self.folder / name).mkdir()
            if name == "ours-sqlite":
                asyncio.run(seed_ours(None, self.folder / name, self.world))
                continue
            assert self.postgres is not None
            url = self.databases[name] = self.postgres.fresh_database()
            asyncio.run(seed_ours(url, self.folder / name, self.world) if name in OURS else seed_plain(url, self.world))

    def close(self) -> None:
        """Ends PostgreSQL."""
        if self.postgres is not None:
            self.postgres.stop()

    @contextmanager
    def serving(self, name: str) -> Iterator[Running]:
        """One server, new and warm enough to answer a request."""
        port = free_port()
        with (self.folder / f"{name}.log").open("ab") as log, on_core(SERVER_CORE):
            process = subprocess.Popen(
                bound_to_us(self._command(name, port), signal="KILL"),
                cwd=ROOT, env={"PATH": PATH, **self._environment(name)},
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        try:
            wait_until(lambda: self._answers(process, port), seconds=30, what=f"{name} answers; see {log.name}")
            database = self.postgres.pid if name in self.databases and self.postgres is not None else None
            yield Running(name, port, process.pid, database)
        finally:
            process.send_signal(SIGTERM)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _command(self, name: str, port: int) -> list[str]:
        if name == "node":
            return [str(ROOT / "scripts/node.sh"), "node", str(ROOT / "bench/servers/node/server.mjs"), str(port)]
        if name == "python":
            return [sys.executable, "-m", "bench.servers.plain", str(port)]
        if self.profiles is not None:
            tms = [sys.executable, "-m", "bench.profiled", str(self.profiles / f"{name}.txt")]
        else:
            tms = [str(Path(sys.executable).with_name("tms"))]
        return [*tms, "serve", "--host", "127.0.0.1", "--port", str(port)]

    def _environment(self, name: str) -> Mapping[str, str]:
        if name not in OURS:
            return {"DATABASE_URL": self.databases[name], "SECRET": SECRET, "NODE_ENV": "production"}
        settings = {f"RATE_{rate}": FAST for rate in RATES} | {"RATE_ADDRESS_FACTOR": "1000"}
        settings |= {"NEXTAUTH_SECRET": SECRET, "DATA_DIR": str(self.folder / name)}
        # Exported switches of the interpreter, for whoever tries them: the comparison is without.
        settings |= {key: value for key, value in os.environ.items() if key.startswith("PYTHON")}
        return settings | ({"DATABASE_URL": self.databases[name]} if name in self.databases else {})

    def _answers(self, process: subprocess.Popen[bytes], port: int) -> bool:
        if process.poll() is not None:
            raise RuntimeError(f"a server ended with {process.returncode}; its log is in {self.folder}")
        headers = {"Authorization": f"Bearer {token(self.world.people()[0])}"}
        try:
            address = f"http://127.0.0.1:{port}/api/v1/conversations/?limit=1"
            return httpx.get(address, headers=headers, timeout=5).status_code == 200
        except httpx.TransportError:
            return False
