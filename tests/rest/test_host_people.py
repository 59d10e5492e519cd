"""People of the host product: its tokens are enough, their first request makes them known here."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import func, select

from tests.rest.in_process import OWN_ORIGIN, App, on_module_loop, open_app
from tests.rest.shapes import CONVERSATION, MESSAGE, USER, refused, shaped
from tests.unit.signing import sign
from tms_chat.core.ids import UserId
from tms_chat.identity.accounts import close_account
from tms_chat.people.model import users

pytestmark = on_module_loop
SECRET, NEXT_SECRET = "the host's secret of the tests 0123", "the host's next secret 0123456789"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def app(database: Callable[[], str | None], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[App]:
    rotation = {"NEXTAUTH_SECRET": SECRET, "nextauth_secrets": json.dumps([NEXT_SECRET])}
    async with open_app(tmp_path_factory.mktemp("host") / "data", database(), **rotation) as app:
        yield app


def bearer(user_id: str, secret: str = SECRET, **claims: Any) -> dict[str, str]:
    """A token as the host signs it; a claim that is None is left out."""
    now = int(time.time())
    said = {"id": user_id, "email": f"{user_id}@corp.local", "name": "Ana Reyes", "role": "MEMBER", "iat": now}
    said |= {"exp": now + 3600} | claims
    token = sign({"alg": "HS256"}, {name: value for name, value in said.items() if value is not None}, secret)
    return {"Authorization": f"Bearer {token}"}


async def me(app: App, headers: dict[str, str]) -> Any:
    return shaped(await app.http.get("/api/v1/users/me", headers=headers), USER)


async def stored(app: App, user_id: str) -> int:
    async with app.services.db.read() as connection:
        statement = select(func.count()).select_from(users).where(users.c.id == user_id)
        return (await connection.execute(statement)).scalar_one()


async def test_the_first_request_makes_the_person_known_with_the_hosts_id(app: App) -> None:
    headers = bearer("clx1", role="LEADER", image="https://host.example/a.png", hierarchyLevel="OF1")
    assert await stored(app, "clx1") == 0
    user = await me(app, headers)
    assert user["id"] == user["tmsUserId"] == "clx1"
    assert (user["email"], user["displayName"], user["role"]) == ("clx1@corp.local", "Ana Reyes", "LEADER")
    assert (user["isLeader"], user["isActive"], user["image"]) == (True, True, "https://host.example/a.png")
    assert user["lastSyncedAt"] is not None
    assert await stored(app, "clx1") == 1


async def test_any_request_may_be_the_first(app: App) -> None:
    body = {"type": "dm", "member_ids": [(await me(app, bearer("first-other")))["id"]]}
    answer = await app.http.post("/api/v1/conversations/", json=body, headers=bearer("first-writer"))
    chat = shaped(answer, CONVERSATION, 201)
    sent = await app.http.post(
        "/api/v1/messages/", json={"conversation_id": chat["id"], "content": "hi"}, headers=bearer("first-other")
    )
    shaped(sent, MESSAGE, 201)


async def test_twenty_first_requests_at_once_store_one_person(app: App) -> None:
    headers = bearer("crowd")
    people = await asyncio.gather(*(me(app, headers) for _ in range(20)))
    assert all(person == people[0] for person in people)
    assert await stored(app, "crowd") == 1


async def test_a_newer_token_brings_a_new_name_role_address_and_picture(app: App) -> None:
    now = int(time.time())
    await me(app, bearer("moves", name="Old Name", iat=now - 100))
    newer = bearer("moves", name="New Name", role="LEADER", iat=now - 50, email="new@corp.local", image="/new.png")
    user = await me(app, newer)
    assert (user["displayName"], user["role"], user["email"], user["image"]) == (
        "New Name", "LEADER", "new@corp.local", "/new.png",
    )  # fmt: skip
    assert user["isLeader"] is True  # as for somebody who was a leader from the first sight
    other = await app.http.get("/api/v1/users/?q=new name", headers=bearer("onlooker"))
    assert [found["id"] for found in shaped(other, [USER])] == ["moves"]


async def test_an_older_token_takes_nothing_back(app: App) -> None:
    now = int(time.time())
    await me(app, bearer("stays", name="New Name", role="ADMIN", iat=now - 50))
    user = await me(app, bearer("stays", name="Old Name", role="MEMBER", iat=now - 100))
    assert (user["displayName"], user["role"]) == ("New Name", "ADMIN")


async def test_a_demotion_at_the_host_counts_at_once(app: App) -> None:
    now = int(time.time())
    assert (await me(app, bearer("boss", role="ADMIN", iat=now - 100)))["role"] == "ADMIN"
    assert (await me(app, bearer("boss", role="MEMBER", iat=now - 50)))["role"] == "MEMBER"


async def test_both_secrets_of_a_rotation_are_accepted_and_no_other(app: App) -> None:
    for secret in (SECRET, NEXT_SECRET):
        assert (await me(app, bearer("rotating", secret=secret)))["id"] == "rotating"
    forged = bearer("forger", secret="a secret of somebody else 0123456789")
    refused(await app.http.get("/api/v1/users/me", headers=forged), 401, code="token_invalid")
    assert await stored(app, "forger") == 0


@pytest.mark.parametrize(
    ("claims", "code"),
    [({"exp": 1000}, "token_expired"), ({"iat": 4102444000}, "token_invalid"), ({"isAdmin": True}, "token_invalid"),
     ({"exp": None}, "token_invalid"), ({"id": None}, "token_invalid"), ({"email": None}, "token_invalid"),
     ({"id": "a\x00b"}, "token_invalid"), ({"name": "a\ud800b"}, "token_invalid"),
     ({"id": "x" * 256}, "token_invalid")],
    ids=lambda value: str(value)[:24].encode("ascii", "replace").decode(),
)  # fmt: skip
async def test_a_token_that_is_refused_makes_nobody_known(app: App, claims: dict[str, Any], code: str) -> None:
    async with app.services.db.read() as connection:
        before = (await connection.execute(select(func.count()).select_from(users))).scalar_one()
    answer = await app.http.get("/api/v1/users/me", headers=bearer("refused", **claims))
    refused(answer, 401, code=code)
    async with app.services.db.read() as connection:
        assert (await connection.execute(select(func.count()).select_from(users))).scalar_one() == before


async def test_the_same_token_twice_is_fine_and_log_out_ends_it_also_before_it_was_ever_used(app: App) -> None:
    headers = bearer("leaver")
    await me(app, headers)
    await me(app, headers)
    assert (await app.http.post("/api/v1/auth/logout", headers=headers)).status_code == 200
    refused(await app.http.get("/api/v1/users/me", headers=headers), 401, code="token_invalid")
    await me(app, bearer("leaver", jti="another session"))


async def test_who_is_deactivated_here_is_refused_though_the_host_vouches(app: App) -> None:
    await me(app, bearer("gone"))
    await close_account(app.services.db, UserId("gone"))
    for headers in (bearer("gone"), bearer("gone", name="New Name", iat=int(time.time()) + 5)):
        refused(await app.http.get("/api/v1/users/me", headers=headers), 401, code="token_invalid")


async def test_local_accounts_are_off(app: App) -> None:
    identity = (await app.http.get("/api/v1/config")).json()["identity"]
    host = {"name": "your account", "signInUrl": None, "passwords": False}
    assert identity == {"kinds": ["host"], "setupRequired": False, "host": host}
    account = {"token": "x", "email": "a@b.local", "password": "correct horse", "name": "A"}
    bodies: dict[str, Any] = {
        "login/credentials": {"email": "a@b.local", "password": "x"}, "setup": account, "signup": account,
        "invitations/check": {"token": "x"}, "invitations": {},
        "password": {"current_password": "x", "new_password": "correct horse"},
    }  # fmt: skip
    for path, body in bodies.items():
        answer = await app.http.post(f"/api/v1/auth/{path}", json=body, headers=bearer("admin", role="ADMIN"))
        refused(answer, 403, code="local_accounts_off")


async def test_a_host_token_in_our_cookie_is_no_session_of_ours(app: App) -> None:
    token = bearer("cookie")["Authorization"].removeprefix("Bearer ")
    headers = {"cookie": f"tms_session={token}", "origin": OWN_ORIGIN}
    refused(await app.http.post("/api/v1/auth/session", headers=headers), 401, code="token_invalid")
    refused(await app.http.post("/api/v1/auth/session", headers=headers | {"origin": "null"}), 403)
