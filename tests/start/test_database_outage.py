"""PostgreSQL goes away and comes back: the server says so, loses nothing, and needs no restart."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import Any

import asyncpg
import httpx
import pytest

from tests.conftest import StartServer
from tests.rest.shapes import refused
from tests.support.people import Team, checked
from tests.support.postgres import Postgres
from tests.support.processes import wait_until
from tests.support.server import TmsServer


async def ask(url: str, *statements: str) -> list[Any]:
    connection = await asyncpg.connect(url)
    try:
        return [await connection.fetchval(statement) for statement in statements]
    finally:
        await connection.close()


@pytest.fixture
def own_pg() -> Iterator[Postgres]:
    """A cluster of its own: the other tests go on with theirs."""
    with Postgres() as pg:
        yield pg


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def readiness(server: TmsServer) -> httpx.Response:
    return httpx.get(f"{server.base_url}/health/ready", timeout=20)


def test_stopped_and_started_again(start_server: StartServer, own_pg: Postgres, opened: ExitStack) -> None:
    server = start_server(DATABASE_URL=own_pg.fresh_database())
    team = opened.enter_context(closing(Team(server)))
    bob = team.add("Bob")
    chat = team.admin.direct(bob)
    team.admin.send(chat, "before")
    body = {"conversation_id": chat, "content": "during", "client_id": str(uuid.uuid4())}

    own_pg.go_away()
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

    own_pg.come_back(wait=False)
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
