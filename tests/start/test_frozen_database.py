"""PostgreSQL stops answering without going away, as on a disk that hangs: an answer in seconds, and no restart."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from tests.conftest import StartServer
from tests.socket.http import async_http
from tests.support.people import Team, checked
from tests.support.postgres import Postgres
from tests.support.processes import wait_until

SENDS = 20


@pytest.fixture
def pg_to_freeze() -> Iterator[Postgres]:
    """A cluster of its own: the other tests go on with theirs."""
    with Postgres() as pg:
        yield pg


def test_all_who_send_hear_of_it_soon_and_lose_nothing(start_server: StartServer, pg_to_freeze: Postgres) -> None:
    url = pg_to_freeze.fresh_database()
    server = start_server(DATABASE_URL=url, RATE_LIMITS="off")
    with closing(Team(server)) as team:
        chat = team.admin.direct(team.add("Bob"))
        team.admin.send(chat, "before")
        bodies = [{"conversation_id": chat, "content": f"{n}", "client_id": str(uuid.uuid4())} for n in range(SENDS)]
        with pg_to_freeze.frozen():
            started = time.monotonic()
            answers = asyncio.run(send_all(server, team.admin.token, bodies))
            assert time.monotonic() - started < 15
            # Who comes now waits for nothing: it is known.
            started = time.monotonic()
            late = asyncio.run(send_all(server, team.admin.token, bodies[:5]))
            asked = [team.admin.http.get(path) for path in ("/users/me", "/conversations/", f"/conversations/{chat}")]
            assert time.monotonic() - started < 3
            assert {status for status, _ in late} | {answer.status_code for answer in asked} == {503}
            assert {answer.headers["retry-after"] for answer in asked} == {"2"}
        assert {status for status, _ in answers} == {503}
        assert {answer["code"] for _, answer in answers} == {"unavailable"}
        wait_until(
            lambda: team.admin.http.get("/users/me").status_code == 200, seconds=10, what="the database answers again"
        )
        for body in bodies:  # what was refused may have been written, and is one message when it is tried again
            assert team.admin.http.post("/messages/", json=body).status_code in (200, 201)
        page = checked(team.admin.http.get(f"/messages/conversations/{chat}/messages?limit=100"), 200)
        assert [message["sequenceNumber"] for message in page["data"]] == list(range(SENDS + 1, 0, -1))
        assert {message["content"] for message in page["data"]} == {"before", *(body["content"] for body in bodies)}


async def send_all(server: Any, token: str, bodies: list[dict[str, str]]) -> list[tuple[int, Any]]:
    """At once."""
    async with async_http(server, token) as http:
        answers = await asyncio.gather(*(http.post("/api/v1/messages/", json=body, timeout=30) for body in bodies))
    return [(answer.status_code, answer.json()) for answer in answers]
