"""PostgreSQL goes away and comes back: the server says so, loses nothing, and needs no restart."""

from __future__ import annotations

import asyncio
import os
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from signal import SIGINT
from typing import Any

import asyncpg
import httpx
import pytest

from tests.conftest import StartServer
from tests.rest.shapes import refused
from tests.support.people import Team, checked
from tests.support.postgres import Postgres, find_binaries, server_user
from tests.support.processes import bound_to_us, wait_until
from tests.support.server import TmsServer


async def ask(url: str, *statements: str) -> list[Any]:
    connection = await asyncpg.connect(url)
    try:
        return [await connection.fetchval(statement) for statement in statements]
    finally:
        await connection.close()


class Outage:
    """A PostgreSQL server that is really stopped and really started again on the same data and port."""

    def __init__(self, pg: Postgres) -> None:
        self.url = pg.fresh_database()
        self.port = pg.port
        folder, sockets = asyncio.run(ask(self.url, "SHOW data_directory", "SHOW unix_socket_directories"))
        self.folder, self.sockets = Path(folder), sockets
        self._again: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        pid = int((self.folder / "postmaster.pid").read_text().splitlines()[0])
        os.kill(pid, SIGINT)  # "fast": open connections are cut
        wait_until(lambda: not (self.folder / "postmaster.pid").exists(), seconds=20, what="PostgreSQL has stopped")

    def end(self) -> None:
        command = [str(find_binaries() / "postgres"), "-D", str(self.folder), "-p", str(self.port),
                   "-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={self.sockets}"]  # fmt: skip
        with (self.folder.parent / "log").open("ab") as log:
            self._again = subprocess.Popen(
                bound_to_us(command, signal="INT", user=server_user()),
                cwd=self.folder.parent, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip

    def close(self) -> None:
        if self._again is not None:
            self._again.send_signal(SIGINT)
            self._again.wait(20)


@pytest.fixture
def outage() -> Iterator[Outage]:
    """Of a cluster of its own: the other tests go on with theirs."""
    pg = Postgres()
    try:
        pg.start()
        made = Outage(pg)
        try:
            yield made
        finally:
            made.close()
    finally:
        pg.stop()


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def readiness(server: TmsServer) -> httpx.Response:
    return httpx.get(f"{server.base_url}/health/ready", timeout=20)


def test_stopped_and_started_again(start_server: StartServer, outage: Outage, opened: ExitStack) -> None:
    server = start_server(DATABASE_URL=outage.url)
    team = opened.enter_context(closing(Team(server)))
    bob = team.add("Bob")
    chat = team.admin.direct(bob)
    team.admin.send(chat, "before")
    body = {"conversation_id": chat, "content": "during", "client_id": str(uuid.uuid4())}

    outage.begin()
    answer = readiness(server)
    assert (answer.status_code, answer.json()["status"]) == (503, "unavailable")
    assert answer.json()["checks"]["database"]["status"] == "failed"
    assert answer.json()["checks"]["storage"]["status"] == "ok"
    assert httpx.get(f"{server.base_url}/health").status_code == 200  # the process is fine: nobody should restart it
    refused(team.admin.http.post("/messages/", json=body), 503, code="unavailable")
    refused(team.admin.http.get("/conversations/"), 503, code="unavailable")
    refused(httpx.get(f"{server.base_url}/api/v1/config"), 503, code="unavailable")
    guess = {"email": bob.email, "password": "wrong password"}
    refused(httpx.post(f"{server.base_url}/api/v1/auth/login/credentials", json=guess), 503, code="unavailable")

    outage.end()
    wait_until(lambda: readiness(server).status_code == 200, seconds=30, what="the server is ready again")
    sent = checked(team.admin.http.post("/messages/", json=body), 201)  # the retry of the message that was refused
    assert sent["sequenceNumber"] == 2
    page = checked(bob.http.get(f"/messages/conversations/{chat}/messages"), 200)
    assert [message["content"] for message in page["data"]] == ["during", "before"]
    assert "unhandled_error" not in server.stderr


def test_a_database_that_refuses_connections_is_503_and_not_500(
    start_server: StartServer, pg: Postgres, opened: ExitStack
) -> None:
    url = pg.fresh_database()
    place, _, name = url.rpartition("/")
    server = start_server(DATABASE_URL=url)
    team = opened.enter_context(closing(Team(server)))
    cut = f"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{name}'"
    asyncio.run(ask(f"{place}/postgres", f"ALTER DATABASE {name} ALLOW_CONNECTIONS false", cut))
    for _ in range(3):
        refused(team.admin.http.get("/conversations/"), 503, code="unavailable")
        assert readiness(server).status_code == 503
    asyncio.run(ask(f"{place}/postgres", f"ALTER DATABASE {name} ALLOW_CONNECTIONS true"))
    assert readiness(server).status_code == 200
    checked(team.admin.http.get("/conversations/"), 200)
    assert "unhandled_error" not in server.stderr


def test_connections_that_the_database_cut_while_idle_are_not_noticed(
    start_server: StartServer, pg: Postgres, opened: ExitStack
) -> None:
    url = pg.fresh_database()
    place, _, name = url.rpartition("/")
    server = start_server(DATABASE_URL=url)
    team = opened.enter_context(closing(Team(server)))
    for _ in range(3):
        cut = f"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{name}'"
        assert asyncio.run(ask(f"{place}/postgres", cut))[0] >= 1
        checked(team.admin.http.get("/conversations/"), 200)
