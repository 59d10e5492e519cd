"""Signing in with a password, and what stops a guesser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.rest.in_process import App, on_module_loop, open_app
from tests.rest.shapes import LOGIN, refused, shaped
from tms_chat.identity.accounts import NewAccount, add_account, close_account
from tms_chat.people.model import User

pytestmark = on_module_loop
PASSWORD = "correct horse battery staple"
ACCOUNT = {"email": "x@corp.local", "password": PASSWORD, "name": "X"}


async def account(app: App, email: str, role: str = "MEMBER") -> User:
    return await add_account(app.services.db, NewAccount(email, PASSWORD, email.partition("@")[0].title()), role)


async def sign_in(app: App, email: str, password: str = PASSWORD) -> httpx.Response:
    return await app.http.post("/api/v1/auth/login/credentials", json={"email": email, "password": password})


def same(problem: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in problem.items() if key != "requestId"}


async def test_the_answer_holds_the_person_and_a_token_that_works(shared_app: App) -> None:
    ana = await account(shared_app, "ana@corp.local")
    answer = shaped(await sign_in(shared_app, "ana@corp.local"), LOGIN)
    assert (answer["success"], answer["user"]["id"], answer["user"]["email"]) == (True, ana.id, "ana@corp.local")
    headers = {"Authorization": f"Bearer {answer['token']}"}
    assert (await shared_app.http.get("/api/v1/users/me", headers=headers)).json() == answer["user"]


@pytest.mark.parametrize("written", ["CASE@corp.local", "Case@Corp.Local", "  case@corp.local "])
async def test_the_address_is_taken_in_any_case(shared_app: App, written: str) -> None:
    if not (await sign_in(shared_app, "case@corp.local")).is_success:
        await account(shared_app, "Case@corp.local")
    shaped(await sign_in(shared_app, written), LOGIN)


async def test_the_password_is_taken_to_the_letter(shared_app: App) -> None:
    await account(shared_app, "exact@corp.local")
    for password in (PASSWORD.upper(), f" {PASSWORD}", f"{PASSWORD} ", PASSWORD[:-1], "", "x" * 300):
        refused(await sign_in(shared_app, "exact@corp.local", password), 401, code="credentials_invalid")


async def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(shared_app: App) -> None:
    await account(shared_app, "known@corp.local")
    wrong = refused(await sign_in(shared_app, "known@corp.local", "wrong password"), 401, code="credentials_invalid")
    unknown = refused(await sign_in(shared_app, "unknown@corp.local", "wrong password"), 401)
    nonsense = refused(await sign_in(shared_app, "not an address", "wrong password"), 401)
    assert same(wrong) == same(unknown) == same(nonsense)


async def test_who_is_deactivated_is_told_so_with_the_right_password_only(shared_app: App) -> None:
    gone = await account(shared_app, "gone@corp.local")
    headers = shared_app.bearer(gone)
    assert (await shared_app.http.get("/api/v1/users/me", headers=headers)).status_code == 200
    await close_account(shared_app.services.db, gone.id)
    refused(await sign_in(shared_app, "gone@corp.local"), 403, code="account_deactivated")
    refused(await sign_in(shared_app, "gone@corp.local", "wrong password"), 401, code="credentials_invalid")
    for path in ("/users/me", "/conversations/", "/users/"):
        refused(await shared_app.http.get(f"/api/v1{path}", headers=headers), 401, code="token_invalid")


async def test_who_is_deactivated_can_be_put_into_no_conversation(shared_app: App) -> None:
    gone, ana = await account(shared_app, "gone2@corp.local"), await account(shared_app, "ana2@corp.local")
    await close_account(shared_app.services.db, gone.id)
    body = {"type": "dm", "member_ids": [gone.id]}
    answer = await shared_app.http.post("/api/v1/conversations/", json=body, headers=shared_app.bearer(ana))
    refused(answer, 404, code="user_not_found")


async def test_after_ten_wrong_passwords_the_account_waits_and_others_do_not(tmp_path: Path) -> None:
    async with open_app(tmp_path / "data", rate_limits="on") as app:
        await account(app, "ana@corp.local")
        await account(app, "bob@corp.local")
        for number in range(10):
            email = ("ana@corp.local", "ANA@corp.local")[number % 2]  # one account, in whatever case
            refused(await sign_in(app, email, "wrong password"), 401, code="credentials_invalid")
        for password in ("wrong password", PASSWORD):  # even the right one: a guesser must not see which it was
            answer = await sign_in(app, "ana@corp.local", password)
            refused(answer, 429, code="rate_limited")
            assert 1 <= int(answer.headers["retry-after"]) <= 90
        shaped(await sign_in(app, "bob@corp.local"), LOGIN)


async def test_signing_in_rightly_is_not_counted(tmp_path: Path) -> None:
    async with open_app(tmp_path / "data", rate_limits="on") as app:
        await account(app, "ana@corp.local")
        for _ in range(9):
            refused(await sign_in(app, "ana@corp.local", "wrong password"), 401)
        for _ in range(2):
            shaped(await sign_in(app, "ana@corp.local"), LOGIN)
        refused(await sign_in(app, "ana@corp.local", "wrong password"), 401)
        refused(await sign_in(app, "ana@corp.local", "wrong password"), 429)


async def test_after_thirty_wrong_ones_the_address_waits_whatever_it_asks(tmp_path: Path) -> None:
    async with open_app(tmp_path / "data", rate_limits="on") as app:
        ana = await account(app, "ana@corp.local")
        for number in range(5):
            refused(await sign_in(app, f"unknown{number}@corp.local", "wrong password"), 401)
        for number in range(25):
            await app.http.post("/api/v1/auth/signup", json=ACCOUNT | {"token": f"guess {number}"})
        new = ACCOUNT | {"token": "guess"}
        for path, body in (("login/credentials", {"email": "ana@corp.local", "password": PASSWORD}), ("signup", new),
                           ("setup", new), ("invitations/check", {"token": "guess"})):  # fmt: skip
            refused(await app.http.post(f"/api/v1/auth/{path}", json=body), 429, code="rate_limited")
        # Who is signed in goes on.
        assert (await app.http.get("/api/v1/users/me", headers=app.bearer(ana))).status_code == 200


async def test_guessing_the_current_password_is_limited_too(tmp_path: Path) -> None:
    async with open_app(tmp_path / "data", rate_limits="on") as app:
        headers = app.bearer(await account(app, "ana@corp.local"))
        statuses = []
        for _ in range(11):
            body = {"current_password": "wrong password", "new_password": "another password"}
            statuses.append((await app.http.post("/api/v1/auth/password", json=body, headers=headers)).status_code)
        assert statuses == [400] * 10 + [429]


async def test_with_the_limits_off_nobody_waits(tmp_path: Path) -> None:
    async with open_app(tmp_path / "data", rate_limits="off") as app:
        for number in range(11):
            refused(await sign_in(app, "nobody@corp.local", f"guess {number}"), 401, code="credentials_invalid")
