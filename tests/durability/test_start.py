"""Starting: several at once on one fresh database, and one on a database from the future."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.durability.ledger import ask
from tests.socket.host import HOST_SECRET, Host
from tests.support.people import host_person
from tests.support.processes import wait_until
from tests.support.server import TmsServer


@pytest.fixture
def servers(tmp_path: Path, database_url: str | None) -> Iterator[list[TmsServer]]:
    """Three servers that were not started, for one fresh database; with SQLite they share the data folder."""
    data = tmp_path / "first" / "data"
    env = {"NEXTAUTH_SECRET": HOST_SECRET, "RATE_LIMITS": "off", "DATA_DIR": str(data)}
    if database_url is not None:
        env["DATABASE_URL"] = database_url
    servers = [TmsServer(tmp_path / name, env) for name in ("first", "second", "third")]
    yield servers
    for server in servers:
        server.close()


async def test_servers_that_start_at_once_on_a_fresh_database_migrate_it_once(servers: list[TmsServer]) -> None:
    for server in servers:
        server.launch()
    wait_until(lambda: all(map(is_ready, servers)), seconds=45, what="all of them are ready")
    assert {"error", "Traceback"}.isdisjoint(" ".join(server.stderr for server in servers).split())
    assert len({epoch_of(server) for server in servers}) == 1
    assert len(await ask(servers[0], "SELECT version_num FROM alembic_version")) == 1
    # They really are on one database: who is known to one is known to all.
    for server in servers:
        host_person(server, HOST_SECRET, "ana", "Ana").close()
    assert await ask(servers[0], "SELECT id FROM users") == [("ana",)]


async def test_a_database_with_a_newer_schema_is_refused_with_one_sentence_and_left_alone(host: Host) -> None:
    server = host.server
    ana, bob = host.add("Ana"), host.add("Bob")
    conversation_id = ana.direct(bob)
    ana.send(conversation_id, "still here afterwards")
    assert server.stop() == 0
    before = server.stderr
    current = await ask(server, "SELECT version_num FROM alembic_version")
    await ask(server, "UPDATE alembic_version SET version_num = '9999'")
    server.launch()
    assert server.wait() == 1
    said = server.stderr.removeprefix(before).strip()
    assert len(said.splitlines()) == 1
    assert said.startswith("tms: ")
    assert "9999" in said
    assert "newer" in said
    assert await ask(server, "SELECT version_num FROM alembic_version") == [("9999",)]
    await ask(server, f"UPDATE alembic_version SET version_num = '{current[0][0]}'")
    server.start()
    page = ana.http.get(f"/messages/conversations/{conversation_id}/messages").json()
    assert [message["content"] for message in page["data"]] == ["still here afterwards"]


def is_ready(server: TmsServer) -> bool:
    """Whether it answers and says so."""
    try:
        return httpx.get(f"{server.base_url}/health/ready", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def epoch_of(server: TmsServer) -> str:
    """The name of the history it serves."""
    epoch: str = httpx.get(f"{server.base_url}/api/v1/config").json()["epoch"]
    return epoch
