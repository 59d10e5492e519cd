"""Sessions: the cookie that survives a reload, log-out, a changed password, the key that signs."""

from __future__ import annotations

import stat
import time
from http.cookies import Morsel, SimpleCookie
from pathlib import Path

import httpx
import orjson
import pytest
from joserfc import jws

from tests.rest.in_process import OWN_ORIGIN, App, on_module_loop, open_app
from tests.rest.shapes import DONE, LOGIN, refused, shaped
from tms_chat.core.ids import UserId
from tms_chat.identity.accounts import NewAccount, add_account, set_password
from tms_chat.identity.sessions import issue
from tms_chat.identity.tokens import OWN_TYPE
from tms_chat.people.model import User

pytestmark = on_module_loop
PASSWORD = "correct horse battery staple"
SESSION = "/api/v1/auth/session"
OWN_PAGE = {"origin": OWN_ORIGIN}


async def account(app: App, email: str) -> User:
    return await add_account(app.services.db, NewAccount(email, PASSWORD, "Somebody"), "MEMBER")


async def sign_in(app: App, email: str, password: str = PASSWORD, base: str = OWN_ORIGIN) -> httpx.Response:
    body = {"email": email, "password": password}
    answer = await app.http.post(f"{base}/api/v1/auth/login/credentials", json=body)
    shaped(answer, LOGIN)
    return answer


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def status(app: App, token: str) -> int:
    return (await app.http.get("/api/v1/users/me", headers=bearer(token))).status_code


def cookie(answer: httpx.Response, name: str = "tms_session") -> Morsel[str]:
    (header,) = (line for line in answer.headers.get_list("set-cookie") if line.startswith(f"{name}="))
    return SimpleCookie(header)[name]


async def resume(app: App, token: str, headers: dict[str, str]) -> httpx.Response:
    return await app.http.post(SESSION, headers={"cookie": f"tms_session={token}"} | headers)


async def test_the_cookie_is_for_no_script_no_other_site_and_no_other_path(shared_app: App) -> None:
    await account(shared_app, "cookie@corp.local")
    plain = await sign_in(shared_app, "cookie@corp.local")
    over_tls = await sign_in(shared_app, "cookie@corp.local", base="https://chat.test")
    assert len(plain.headers.get_list("set-cookie")) == 2
    for name, path in (("tms_session", "/api/v1/auth"), ("tms_files", "/api/v1/files")):
        found = cookie(plain, name)
        assert found.value == plain.json()["token"]
        assert (found["httponly"], found["samesite"].lower(), found["path"]) == (True, "lax", path)
        assert (found["secure"], found["domain"], found["max-age"]) == ("", "", str(7 * 24 * 3600))
        assert cookie(over_tls, name)["secure"] is True


async def test_after_a_reload_the_cookie_gives_the_token_back(shared_app: App) -> None:
    ana = await account(shared_app, "reload@corp.local")
    token = (await sign_in(shared_app, "reload@corp.local")).json()["token"]
    answer = await resume(shared_app, token, OWN_PAGE)
    assert shaped(answer, LOGIN)["user"]["id"] == ana.id
    assert answer.json()["token"] == cookie(answer).value == token  # still young: the same


@pytest.mark.parametrize("origin", [None, "null", "https://evil.example", f"{OWN_ORIGIN}.evil", "https://chat.test"])
async def test_a_page_that_is_not_ours_gets_nothing_for_the_cookie(shared_app: App, origin: str | None) -> None:
    token = issue(shared_app.services.own_key, (await shared_app.person("Ana")).id)
    answer = await resume(shared_app, token, {} if origin is None else {"origin": origin})
    refused(answer, 403, code="origin_not_allowed")
    assert token not in answer.text
    assert "set-cookie" not in answer.headers


async def test_without_a_cookie_or_with_a_bad_one_there_is_no_session(shared_app: App) -> None:
    refused(await shared_app.http.post(SESSION, headers=OWN_PAGE), 401, code="token_missing")
    for bad in ("", "x", "a.b.c", "x" * 20_000):
        refused(await resume(shared_app, bad, OWN_PAGE), 401)
    expired = jws.serialize_compact(
        {"alg": "HS256", "typ": OWN_TYPE},
        orjson.dumps({"iss": "tms-chat", "aud": "tms-chat", "sub": "u", "sid": "s", "iat": 1000, "exp": 2000}),
        shared_app.services.own_key,
    )
    refused(await resume(shared_app, expired, OWN_PAGE), 401, code="token_expired")


async def test_the_cookie_alone_opens_nothing_else_than_the_way_out(shared_app: App) -> None:
    token = issue(shared_app.services.own_key, (await shared_app.person("Ana", role="ADMIN")).id)
    headers = {"cookie": f"tms_session={token}"} | OWN_PAGE
    for method, path in (
        ("GET", "/users/me"), ("GET", "/auth/invitations"), ("POST", "/auth/password"),
        ("POST", "/auth/invitations"), ("GET", "/conversations/"),
    ):  # fmt: skip
        answer = await shared_app.http.request(method, f"/api/v1{path}", headers=headers)
        refused(answer, 401, code="token_missing")
    elsewhere = headers | {"origin": "https://evil.example"}
    refused(await shared_app.http.post("/api/v1/auth/logout", headers=elsewhere), 403, code="origin_not_allowed")
    assert await status(shared_app, token) == 200
    shaped(await shared_app.http.post("/api/v1/auth/logout", headers=headers), DONE)
    assert await status(shared_app, token) == 401


async def test_a_session_older_than_a_day_is_renewed_and_the_old_token_goes_on(shared_app: App) -> None:
    ana = await shared_app.person("Ana")
    then = time.time() - 25 * 3600
    claims = {"iss": "tms-chat", "aud": "tms-chat", "sub": ana.id, "iat": then, "exp": then + 7 * 24 * 3600, "sid": "x"}
    header = {"alg": "HS256", "typ": OWN_TYPE}
    old = jws.serialize_compact(header, orjson.dumps(claims), shared_app.services.own_key)
    new = shaped(await resume(shared_app, old, OWN_PAGE), LOGIN)["token"]
    assert new != old
    assert [await status(shared_app, token) for token in (old, new)] == [200, 200]
    # They are one session: logging out ends both.
    shaped(await shared_app.http.post("/api/v1/auth/logout", headers=bearer(new)), DONE)
    assert [await status(shared_app, token) for token in (old, new)] == [401, 401]


async def test_logging_out_ends_this_session_and_no_other(shared_app: App) -> None:
    await account(shared_app, "out@corp.local")
    here, there = [(await sign_in(shared_app, "out@corp.local")).json()["token"] for _ in range(2)]
    answer = await shared_app.http.post("/api/v1/auth/logout", headers=bearer(here))
    assert shaped(answer, DONE)["success"] is True
    assert (cookie(answer).value, cookie(answer)["max-age"], cookie(answer)["path"]) == ("", "0", "/api/v1/auth")
    refused(await shared_app.http.get("/api/v1/users/me", headers=bearer(here)), 401, code="token_invalid")
    refused(await shared_app.http.post("/api/v1/auth/logout", headers=bearer(here)), 401, code="token_invalid")
    refused(await resume(shared_app, here, OWN_PAGE), 401, code="token_invalid")
    assert await status(shared_app, there) == 200
    assert await status(shared_app, (await sign_in(shared_app, "out@corp.local")).json()["token"]) == 200


async def test_a_new_password_ends_the_other_sessions_and_its_own_new_token_works(shared_app: App) -> None:
    await account(shared_app, "change@corp.local")
    here, there = [(await sign_in(shared_app, "change@corp.local")).json()["token"] for _ in range(2)]
    body = {"currentPassword": PASSWORD, "newPassword": "a new password"}
    answer = await shared_app.http.post("/api/v1/auth/password", json=body, headers=bearer(here))
    fresh = shaped(answer, LOGIN)["token"]
    assert cookie(answer).value == fresh
    assert [await status(shared_app, token) for token in (here, there, fresh)] == [401, 401, 200]
    old = await shared_app.http.post(
        "/api/v1/auth/login/credentials", json={"email": "change@corp.local", "password": PASSWORD}
    )
    refused(old, 401, code="credentials_invalid")
    assert (
        await status(shared_app, (await sign_in(shared_app, "change@corp.local", "a new password")).json()["token"])
        == 200
    )


async def test_a_password_that_cannot_be_changed_stays(shared_app: App) -> None:
    await account(shared_app, "keep@corp.local")
    token = (await sign_in(shared_app, "keep@corp.local")).json()["token"]
    for body, status_, code in (
        ({"current_password": "wrong password", "new_password": "a new password"}, 400, "password_wrong"),
        ({"current_password": PASSWORD, "new_password": "short"}, 422, "invalid"),
        ({"current_password": PASSWORD, "new_password": "x" * 257}, 422, "invalid"),
        ({"current_password": PASSWORD, "new_password": "x\x00xxxxxxxx"}, 422, "invalid"),
    ):
        answer = await shared_app.http.post("/api/v1/auth/password", json=body, headers=bearer(token))
        refused(answer, status_, code=code)
    assert await status(shared_app, token) == 200
    await sign_in(shared_app, "keep@corp.local")


async def test_a_password_reset_by_the_operator_ends_every_session(shared_app: App) -> None:
    ana = await account(shared_app, "reset@corp.local")
    token = (await sign_in(shared_app, "reset@corp.local")).json()["token"]
    await set_password(shared_app.services.db, ana.id, "given by the operator")
    assert await status(shared_app, token) == 401
    await sign_in(shared_app, "reset@corp.local", "given by the operator")


async def test_a_token_of_another_server_or_of_nobody_is_refused(shared_app: App, tmp_path: Path) -> None:
    ana = await shared_app.person("Ana")
    async with open_app(tmp_path / "other") as other:
        refused(await shared_app.http.get("/api/v1/users/me", headers=other.bearer(ana)), 401, code="token_invalid")
    ghost = issue(shared_app.services.own_key, UserId("nobody"))
    refused(await shared_app.http.get("/api/v1/users/me", headers=bearer(ghost)), 401, code="token_invalid")


async def test_our_key_is_made_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    async with open_app(folder) as app:
        ana = await app.person("Ana")
        headers = app.bearer(ana)
    key = folder / "jwt-secret"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert len(key.read_text().strip()) >= 32
    async with open_app(folder) as again:  # a restart signs nobody out
        assert (await again.http.get("/api/v1/users/me", headers=headers)).status_code == 200


async def test_with_a_secret_in_the_settings_no_key_file_is_made(tmp_path: Path) -> None:
    async with open_app(tmp_path / "data", jwt_secret="qz7Kd0aLm3vXc9RtYp2WnB5sHgJ8fE4u") as app:
        ana = await app.person("Ana")
        assert (await app.http.get("/api/v1/users/me", headers=app.bearer(ana))).status_code == 200
    assert not (tmp_path / "data" / "jwt-secret").exists()
