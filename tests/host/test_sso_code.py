"""One-time codes: what a host puts into the callback's address instead of a token."""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import asyncpg
import httpx
import pytest

from tests.host.conftest import OpenOffice
from tests.host.host import Host
from tests.host.office import SSO_HEADER, Office, claims_of
from tests.host.test_login import auth_refused
from tests.host.webhook import tell
from tests.rest.shapes import LOGIN, USER, shaped


def new_code(office: Office, token: str) -> str:
    answer = office.anonymous.post("/auth/sso/code", headers={SSO_HEADER: token})
    body = shaped(answer, {"code": str, "expiresIn": int})
    assert body["expiresIn"] == 60
    code: str = body["code"]
    return code


def exchange(office: Office, code: str) -> httpx.Response:
    return office.anonymous.post("/auth/sso/exchange", json={"code": code})


def check_refused(answer: httpx.Response) -> None:
    body = answer.json()
    assert (answer.status_code, body["detail"]["error"]) == (400, "invalid_sso_code"), answer.text
    assert body["detail"].keys() == {"error", "message", "hint"}
    assert "token" not in body


def test_a_code_is_a_session_once(office: Office, host: Host) -> None:
    ana = host.add("Ana Reyes")
    token = host.token(ana, seconds=1800)
    code = new_code(office, token)
    answer = shaped(exchange(office, code), LOGIN)
    assert answer["user"]["id"] == ana.id
    assert claims_of(answer["token"])["exp"] == pytest.approx(claims_of(token)["exp"], abs=1)
    assert shaped(office.me(answer["token"]), USER)["id"] == ana.id
    check_refused(exchange(office, code))
    assert office.me(answer["token"]).status_code == 200


def test_of_ten_who_use_a_code_at_once_one_gets_in(office: Office, host: Host) -> None:
    code = new_code(office, host.token(host.add("Ana Reyes")))
    with ThreadPoolExecutor(10) as threads:
        answers = list(threads.map(lambda _: exchange(office, code), range(10)))
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 9


def test_nonsense_is_no_code(office: Office) -> None:
    for code in ("", "nonsense", "x" * 255):
        check_refused(exchange(office, code))


def test_a_code_needs_a_token_of_the_host(office: Office, host: Host) -> None:
    answer = office.anonymous.post("/auth/sso/code")
    auth_refused(answer, "missing_session_token", "token_missing")
    expired = host.token(host.add("Ana Reyes"), seconds=-60)
    answer = office.anonymous.post("/auth/sso/code", headers={SSO_HEADER: expired})
    auth_refused(answer, "invalid_jwt_token", "token_expired")


@pytest.mark.parametrize("ended", ["signed out", "deactivated and back"])
def test_a_code_ends_with_the_session_it_stands_for(office: Office, host: Host, ended: str) -> None:
    ana = office.add("Ana Reyes")
    code = new_code(office, host.token(host.person(ana.id), age=5))
    if ended == "signed out":
        news = [{"id": ana.id, "version": 1, "signedOut": True}]
    else:
        news = [{"id": ana.id, "version": number, "isActive": number == 2} for number in (1, 2)]
    for item in news:
        assert tell(office, item).status_code == 200
    check_refused(exchange(office, code))


def test_a_code_survives_a_restart(open_office: OpenOffice, host: Host, database: Callable[[], str | None]) -> None:
    office = open_office(DATABASE_URL=database())
    used, unused = (new_code(office, host.token(host.add("Ana Reyes"))) for _ in range(2))
    assert exchange(office, used).status_code == 200
    office.server.restart()
    assert exchange(office, unused).status_code == 200
    check_refused(exchange(office, used))
    check_refused(exchange(office, unused))


def test_a_code_is_over_after_sixty_seconds(office: Office, host: Host) -> None:
    old, young = (new_code(office, host.token(host.add("Ana Reyes"))) for _ in range(2))
    # Instead of waiting, the clocks of the codes are put back.
    put_back(office, old, 60)
    put_back(office, young, 50)
    check_refused(exchange(office, old))
    assert exchange(office, young).status_code == 200


def put_back(office: Office, code: str, seconds: int) -> None:
    """Let the code be so many seconds older."""
    name, url = hashlib.sha256(code.encode()).hexdigest(), office.server.env.get("DATABASE_URL")
    if url:
        earlier = f"expires_at = expires_at - interval '{seconds} seconds'"
        done = asyncio.run(on_postgresql(url, f"UPDATE sso_codes SET {earlier} WHERE code_hash = $1", name))
        assert done == "UPDATE 1"
    else:
        earlier = f"expires_at = strftime('%Y-%m-%dT%H:%M:%f000Z', expires_at, '-{seconds} seconds')"
        with closing(sqlite3.connect(office.server.folder / "data" / "tms-chat.sqlite3")) as database, database:
            assert database.execute(f"UPDATE sso_codes SET {earlier} WHERE code_hash = ?", (name,)).rowcount == 1


async def on_postgresql(url: str, statement: str, value: str) -> str:
    connection = await asyncpg.connect(url)
    try:
        done: str = await connection.execute(statement, value)
        return done
    finally:
        await connection.close()
