"""Several processes that start at once on one fresh database: it is migrated once, whoever comes first."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen, TimeoutExpired

import httpx
import pytest

from tests.durability.ledger import ask
from tests.socket.host import HOST_SECRET
from tests.support.people import host_person
from tests.support.postgres import Postgres
from tests.support.processes import PATH, bound_to_us, wait_until
from tests.support.server import TMS, TmsServer

SERVERS = ("first", "second", "third")


@pytest.fixture
def three(tmp_path: Path) -> Iterator[Callable[..., list[TmsServer]]]:
    """Three servers with these settings, each on a port of its own; none is started yet."""
    servers: list[TmsServer] = []

    def make(**env: str) -> list[TmsServer]:
        settings = {"NEXTAUTH_SECRET": HOST_SECRET, "RATE_LIMITS": "off", **env}
        servers.extend(TmsServer(tmp_path / name, settings) for name in SERVERS)
        return servers

    yield make
    for server in servers:
        server.close()


async def test_servers_that_start_at_once_on_postgresql_migrate_it_once(
    pg: Postgres, three: Callable[..., list[TmsServer]]
) -> None:
    servers = three(DATABASE_URL=pg.fresh_database(), JWT_SECRET=secrets.token_hex(32))
    for server in servers:
        server.launch()
    wait_until(lambda: all(map(is_ready, servers)), seconds=60, what="all of them are ready")
    assert not [server for server in servers if ended_with(server) is not None]
    assert {"error", "Traceback"}.isdisjoint(" ".join(server.stderr for server in servers).split())
    assert len({epoch_of(server) for server in servers}) == 1
    assert len(await ask(servers[0], "SELECT version_num FROM alembic_version")) == 1
    # They really are on one database: who is known to one is known to all.
    for server in servers:
        host_person(server, HOST_SECRET, "ana", "Ana").close()
    assert await ask(servers[0], "SELECT id FROM users") == [("ana",)]


def test_of_servers_that_start_at_once_on_one_sqlite_file_one_serves_and_the_others_say_why(
    tmp_path: Path, three: Callable[..., list[TmsServer]]
) -> None:
    servers = three(DATA_DIR=str(tmp_path / "data"))
    for server in servers:
        server.launch()
    wait_until(
        lambda: sum(map(is_ready, servers)) == 1 and [*map(ended_with, servers)].count(1) == 2,
        seconds=60,
        what="one is ready and the others have ended with 1",
    )
    (serving,) = (server for server in servers if ended_with(server) is None)
    for refused in servers:
        if refused is not serving:
            assert refused.stderr.startswith("tms: ")
            assert len(refused.stderr.strip().splitlines()) == 1
            assert "DATA_DIR" in refused.stderr
    epoch = epoch_of(serving)
    # What ends without saying goodbye leaves no lock behind.
    serving.kill()
    refused = next(server for server in servers if server is not serving)
    refused.start()
    assert epoch_of(refused) == epoch


def test_commands_that_start_with_the_server_on_a_fresh_sqlite_file_migrate_it_once(
    tmp_path: Path, three: Callable[..., list[TmsServer]]
) -> None:
    server = three(DATA_DIR=str(tmp_path / "data"))[0]
    server.launch()
    command = bound_to_us([str(TMS), "user", "list"], signal="KILL")
    env = {"PATH": PATH, **server.env}
    commands = [
        Popen(command, cwd=server.folder, env=env, stdin=DEVNULL, stdout=PIPE, stderr=PIPE, text=True) for _ in range(3)
    ]
    for process in commands:
        _, said = process.communicate(timeout=60)
        assert (process.returncode, said) == (0, "")
    wait_until(lambda: is_ready(server), seconds=60, what="the server is ready")
    assert "Traceback" not in server.stderr


def is_ready(server: TmsServer) -> bool:
    """Whether it answers and says so."""
    try:
        return httpx.get(f"{server.base_url}/health/ready", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def ended_with(server: TmsServer) -> int | None:
    """Its exit code, None while it runs."""
    with suppress(TimeoutExpired):
        return server.wait(seconds=0)
    return None


def epoch_of(server: TmsServer) -> str:
    """The name of the history it serves."""
    epoch: str = httpx.get(f"{server.base_url}/api/v1/config").json()["epoch"]
    return epoch
