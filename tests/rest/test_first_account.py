"""The first account: a link that the start prints, good once, and only while there is nobody."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from tests.conftest import StartServer
from tests.rest.in_process import App, on_module_loop
from tests.rest.shapes import LOGIN, USER, refused, shaped
from tests.rest.storage import row_counts
from tests.support.server import SETUP_LINK, TmsServer
from tms_chat.identity.accounts import NewAccount, add_account, new_setup_token
from tms_chat.people.model import users

ACCOUNT = {"email": "ada@corp.local", "password": "correct horse battery staple", "name": "  Ada   Admin "}


@pytest.fixture
def server(start_server: StartServer, database_url: str | None) -> TmsServer:
    return start_server(DATABASE_URL=database_url)


def set_up(server: TmsServer, token: str, **changes: Any) -> httpx.Response:
    body = ACCOUNT | {"token": token} | changes
    return httpx.post(f"{server.base_url}/api/v1/auth/setup", json=body, timeout=20)


def setup_required(server: TmsServer) -> bool:
    identity = httpx.get(f"{server.base_url}/api/v1/config").json()["identity"]
    assert identity["kinds"] == ["local"]
    required: bool = identity["setupRequired"]
    return required


def test_the_link_makes_one_administrator_and_then_never_anybody_again(server: TmsServer) -> None:
    token = server.setup_link.partition("#")[2]
    assert setup_required(server)
    empty = row_counts(server)
    for wrong in ("", "x", token[:-1], token + "x", token.swapcase()):
        refused(set_up(server, wrong), 400, code="setup_link_invalid")
    for bad in ({"email": "nobody"}, {"password": "short"}, {"name": " "}):
        refused(set_up(server, token, **bad), 422, code="invalid")
    assert row_counts(server) == empty

    answer = shaped(set_up(server, token), LOGIN, 201)
    assert (answer["success"], answer["user"]["role"], answer["user"]["displayName"]) == (True, "ADMIN", "Ada Admin")
    me = httpx.get(f"{server.base_url}/api/v1/users/me", headers={"Authorization": f"Bearer {answer['token']}"})
    assert shaped(me, USER) == answer["user"]
    assert not setup_required(server)
    for used in (token, "x"):
        refused(set_up(server, used, email="eve@corp.local"), 400, code="setup_link_invalid")

    server.restart()
    assert len(SETUP_LINK.findall(server.stdout)) == 1  # the second start printed none
    refused(set_up(server, token, email="eve@corp.local"), 400, code="setup_link_invalid")


@on_module_loop
async def test_of_many_who_use_the_link_at_once_exactly_one_gets_an_account(app: App) -> None:
    token = await new_setup_token(app.services.db)
    bodies = [{**ACCOUNT, "token": token, "email": f"a{number}@corp.local"} for number in range(6)]
    answers = await asyncio.gather(*(app.http.post("/api/v1/auth/setup", json=body) for body in bodies))
    assert sorted(answer.status_code for answer in answers) == [201, 400, 400, 400, 400, 400]
    (winner,) = [answer.json()["user"]["email"] for answer in answers if answer.status_code == 201]
    async with app.services.db.read() as connection:
        assert (await connection.execute(select(users.c.email, users.c.role))).all() == [(winner, "ADMIN")]


@on_module_loop
async def test_each_start_makes_a_new_link_and_the_old_one_is_worth_nothing(app: App) -> None:
    old, new = [await new_setup_token(app.services.db) for _ in range(2)]
    assert old != new
    refused(await app.http.post("/api/v1/auth/setup", json={**ACCOUNT, "token": old}), 400, code="setup_link_invalid")
    shaped(await app.http.post("/api/v1/auth/setup", json={**ACCOUNT, "token": new}), LOGIN, 201)


@on_module_loop
async def test_an_account_made_by_the_operator_closes_the_link(app: App) -> None:
    token = await new_setup_token(app.services.db)
    await add_account(app.services.db, NewAccount("op@corp.local", "correct horse", "Op"), "ADMIN")
    answer = await app.http.post("/api/v1/auth/setup", json={**ACCOUNT, "token": token})
    refused(answer, 400, code="setup_link_invalid")
    assert await new_setup_token(app.services.db) is None
