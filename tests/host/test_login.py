"""Every way to sign in with what the host gives, and the exact words of every refusal."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from tests.host.host import PASSWORD, Host
from tests.host.office import PARTNER, SSO_HEADER, Office, claims_of
from tests.rest.shapes import LOGIN, USER, check, refused, shaped
from tests.support.people import checked, host_token

FORGED = "a secret that nobody agreed on, as long as it has to be"


def auth_refused(answer: httpx.Response, error: str, code: str, status: int = 401) -> None:
    """The form existing clients read: `detail` is an object here."""
    body = answer.json()
    assert answer.status_code == status, answer.text
    assert body.keys() == {"detail", "code", "requestId"}
    assert body["code"] == code
    assert body["detail"].keys() == {"error", "message", "hint"}
    assert body["detail"]["error"] == error
    for words in (body["detail"]["message"], body["detail"]["hint"]):
        assert isinstance(words, str)
        assert words.endswith("."), words


def login(office: Office, token: str) -> httpx.Response:
    return office.anonymous.post("/auth/login", json={"token": token})


@pytest.mark.parametrize("way", ["sso", "login"])
def test_the_host_s_token_signs_in_as_often_as_one_likes(office: Office, host: Host, way: str) -> None:
    ana = host.add("Ana Reyes", "LEADER", positionTitle="Head of Ports", division="North", firstName="Ana")
    token = host.token(ana)
    enter = office.sso if way == "sso" else lambda token: login(office, token)
    first, second = shaped(enter(token), LOGIN), shaped(enter(token), LOGIN)
    assert first["success"] is True
    user, again = first["user"], second["user"]
    assert again | {"lastSyncedAt": None} == user | {"lastSyncedAt": None}  # the host was asked twice
    assert (user["id"], user["tmsUserId"], user["email"]) == (ana.id, ana.id, ana.email)
    assert (user["role"], user["positionTitle"], user["division"]) == ("LEADER", "Head of Ports", "North")
    for answer in (first, second):
        assert shaped(office.me(answer["token"]), USER)["id"] == ana.id


def test_the_bearer_lives_as_long_as_the_token_it_was_exchanged_for(office: Office, host: Host) -> None:
    ana = host.add("Ana Reyes")
    for seconds in (600, 30 * 24 * 3600):
        token = host.token(ana, seconds=seconds)
        answer = office.sso(token)
        assert answer.cookies == {}
        bearer = answer.json()["token"]
        assert bearer != token
        assert claims_of(bearer)["exp"] == pytest.approx(claims_of(token)["exp"], abs=1)


def test_without_a_token(office: Office) -> None:
    for token in (None, ""):
        auth_refused(office.sso(token), "missing_session_token", "token_missing")


def test_keys_that_old_clients_leave_out_are_answered_as_missing(office: Office) -> None:
    for body in ({}, {"token": None}):
        auth_refused(office.anonymous.post("/auth/login", json=body), "missing_session_token", "token_missing")
        answer = checked(office.anonymous.post("/auth/validate", json=body), 200)
        assert (answer["valid"], answer["user"]) == (False, None)
    for body in ({}, {"gcgc_token": None}):
        assert checked(office.anonymous.post("/auth/validate-gcgc-session", json=body), 200)["valid"] is False
    for body in ({}, {"code": None}):
        auth_refused(
            office.anonymous.post("/auth/sso/exchange", json=body), "invalid_sso_code", "sso_code_invalid", 400
        )


def test_with_a_bad_token(office: Office, host: Host) -> None:
    ana = host.add("Ana Reyes")
    forged = host_token(FORGED, ana.id, ana.email, ana.name)
    for token in ("nonsense", "a.b.c", "a.b.c.d.e", forged, host.token(ana)[:-3], host.token(ana, isAdmin=True)):
        auth_refused(office.sso(token), "invalid_jwt_token", "token_invalid")
        auth_refused(login(office, token), "invalid_jwt_token", "token_invalid")
    expired = host.token(ana, seconds=-60)
    auth_refused(office.sso(expired), "invalid_jwt_token", "token_expired")
    auth_refused(login(office, expired), "invalid_jwt_token", "token_expired")


def test_who_is_deactivated_at_the_host_is_told_so(office: Office, host: Host) -> None:
    office.add("Somebody Active")  # so that this server has seen the user API work
    gone, never_here = office.add("Gone Reyes"), host.add("Never Here")
    for person in (gone, never_here):
        host.change(person.id, isActive=False)
    token = host.token(host.person(gone.id))
    for answer in (office.sso(token), login(office, token), credentials(office, gone.email)):
        refused(answer, 403, code="account_deactivated")
    refused(gone.http.get("/users/me"), 401, code="token_invalid")
    # Of somebody this server never met the host's 404 says no more than "unknown"; its sign-in does.
    auth_refused(office.sso(host.token(never_here)), "invalid_jwt_token", "token_invalid")
    refused(credentials(office, never_here.email), 403, code="account_deactivated")


def credentials(office: Office, email: str, password: str = PASSWORD) -> httpx.Response:
    return office.anonymous.post("/auth/login/credentials", json={"email": email, "password": password})


def test_the_password_of_the_host_signs_in(office: Office, host: Host) -> None:
    ana = host.add("Ana Reyes", "ADMIN")
    answer = credentials(office, ana.email)
    user = shaped(answer, LOGIN)["user"]
    assert (user["id"], user["role"]) == (ana.id, "ADMIN")
    assert answer.cookies == {}
    bearer = answer.json()["token"]
    assert shaped(office.me(bearer), USER)["id"] == ana.id
    assert claims_of(bearer)["exp"] == pytest.approx(time.time() + 3600, abs=20)  # as the host's token
    wrong = refused(credentials(office, ana.email, "a wrong password"), 401, code="credentials_invalid")
    unknown = refused(credentials(office, "nobody@corp.local"), 401, code="credentials_invalid")
    assert wrong["detail"] == unknown["detail"]


def test_signing_out_ends_this_bearer_and_no_other(office: Office, host: Host) -> None:
    ana = host.add("Ana Reyes")
    phone, laptop = office.enter(ana), office.enter(ana)
    answer = phone.http.post("/auth/logout")
    assert shaped(answer, {"success": bool, "message": str})["success"] is True
    refused(phone.http.get("/users/me"), 401, code="token_invalid")
    assert laptop.http.get("/users/me").status_code == 200
    refused(office.anonymous.post("/auth/logout"), 401, code="token_missing")


def test_validate(office: Office, host: Host) -> None:
    ana, bob = office.add("Ana Reyes"), host.add("Bob Stone")
    for valid, person in ((host.token(bob), bob.id), (ana.token, ana.id)):
        answer = office.anonymous.post("/auth/validate", json={"token": valid})
        body = shaped(answer, {"valid": bool, "user": dict, "message": str})
        assert (body["valid"], body["user"]["id"]) == (True, person)
        assert body["user"]["tmsUserId"] == body["user"]["tms_user_id"] == person
        check({key: value for key, value in body["user"].items() if key != "tms_user_id"}, USER)
    for bad in ("", "nonsense", host.token(bob, seconds=-60)):
        body = office.anonymous.post("/auth/validate", json={"token": bad}).json()
        assert (body["valid"], body["user"]) == (False, None)
        assert body["message"].endswith(".")


def test_validate_gcgc_session(office: Office, host: Host) -> None:
    ana = host.add("Ana Reyes")
    path = "/auth/validate-gcgc-session"
    body: dict[str, Any] = office.anonymous.post(path, json={"gcgc_token": host.token(ana)}).json()
    assert (body["valid"], body["user"]) == (True, {"id": ana.id, "email": ana.email})
    for bad in ("", "nonsense", host.token(ana, seconds=-60)):
        answer = office.anonymous.post(path, json={"gcgc_token": bad})
        assert answer.status_code == 200
        assert (answer.json()["valid"], answer.json()["user"]) == (False, None)


def test_verify_password_knows_the_caller_s_own_only(office: Office, host: Host) -> None:
    ana, bob = office.add("Ana Reyes"), office.add("Bob Stone")

    def verify(email: str, password: str) -> httpx.Response:
        return ana.http.post("/auth/verify-password", json={"email": email, "password": password})

    assert shaped(verify(ana.email, PASSWORD), {"valid": bool}) == {"valid": True}
    refused(verify(ana.email, "a wrong password"), 401)
    refused(verify(bob.email, PASSWORD), 401)
    assert ana.http.get("/users/me").status_code == 200
    anonymous = office.anonymous.post("/auth/verify-password", json={"email": ana.email, "password": PASSWORD})
    refused(anonymous, 401, code="token_missing")


def test_the_config_names_the_host(office: Office, host: Host) -> None:
    identity = office.anonymous.get("/config").json()["identity"]
    expected = {"name": "127.0.0.1", "signInUrl": f"{host.url}/api/v1/auth/sso", "passwords": True}
    assert identity == {"kinds": ["host"], "setupRequired": False, "host": expected}


def test_the_header_is_allowed_from_other_pages(office: Office) -> None:
    asked = {
        "Origin": PARTNER,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": f"{SSO_HEADER.lower()},authorization,content-type",
    }
    answer = office.anonymous.options("/auth/session", headers=asked)
    assert answer.headers["access-control-allow-origin"] == PARTNER
    assert SSO_HEADER.lower() in answer.headers["access-control-allow-headers"].lower()
