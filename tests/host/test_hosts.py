"""The two hosts of these tests behave like real ones, and the way through their sign-in ends in the chat."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.host.host import API_KEY, PASSWORD, Host
from tests.host.nextauth_host import NextAuthHost
from tests.host.office import SSO_HEADER, Office, claims_of, cookie_header
from tests.rest.shapes import LOGIN, shaped
from tests.socket.http import NO_TLS

CALLBACK = "https://chat.example.org/auth/callback?from=mail"
KEY = {"X-API-Key": API_KEY}


def browser(url: str) -> httpx.Client:
    """Keeps cookies; follows no redirect by itself, because the steps are what matters."""
    return httpx.Client(base_url=url, verify=NO_TLS, timeout=10)


def token_in(location: str) -> str:
    """The token of the callback's address, which is otherwise as it was given."""
    address = urlsplit(location)
    assert f"{address.scheme}://{address.netloc}{address.path}" == CALLBACK.partition("?")[0]
    fields = parse_qs(address.query)
    assert fields.keys() == {"from", "gcgc_token"}
    return fields["gcgc_token"][0]


def test_through_the_sign_in_page_into_the_chat_and_out_again(office: Office, host: Host) -> None:
    ana = host.add("Ana Reyes", "LEADER", hierarchyLevel="OF1")
    with browser(host.url) as tab:
        sent_away = tab.get("/api/v1/auth/sso", params={"callbackUrl": CALLBACK})
        assert sent_away.headers["location"].startswith("/sign-in?")
        form = tab.get(sent_away.headers["location"])
        assert "Password" in form.text
        wanted = parse_qs(urlsplit(sent_away.headers["location"]).query)["callbackUrl"][0]
        fields = {"email": ana.email, "callbackUrl": wanted}
        assert tab.post("/sign-in", data=fields | {"password": "wrong"}).status_code == 401
        back = tab.post("/sign-in", data=fields | {"password": PASSWORD}).headers["location"]
        token = token_in(tab.get(back).headers["location"])
        assert claims_of(token).keys() == {"id", "email", "name", "role", "hierarchyLevel", "image", "iat", "exp"}
        session = office.anonymous.post("/auth/session", headers={SSO_HEADER: token})
        assert shaped(session, LOGIN)["user"]["id"] == ana.id
        # Once signed in there, the way through the host is silent; signed out, it is the form again.
        again = tab.get("/api/v1/auth/sso", params={"callbackUrl": CALLBACK})
        assert claims_of(token_in(again.headers["location"]))["id"] == ana.id
        assert tab.post("/sign-out").status_code == 200
        once_more = tab.get("/api/v1/auth/sso", params={"callbackUrl": CALLBACK})
        assert once_more.headers["location"].startswith("/sign-in?")


@pytest.mark.parametrize("comes_back_with", ["token", "cookie"])
def test_through_the_host_built_with_next_auth(
    office: Office, host: Host, nextauth: NextAuthHost, comes_back_with: str
) -> None:
    ana = host.add("Ana Reyes")
    held = cookie_header(nextauth.sign_in(nextauth.add(ana.id, ana.name)))
    nextauth.come_back_with(comes_back_with)
    with browser(nextauth.url) as tab:
        sent_away = tab.get("/api/v1/auth/sso", params={"callbackUrl": CALLBACK}).headers["location"]
        assert sent_away.startswith("/api/auth/signin?")
        assert "Password" in tab.get(sent_away).text
        answer = tab.get("/api/v1/auth/sso", params={"callbackUrl": CALLBACK}, headers={"Cookie": held})
    nextauth.come_back_with("token")
    location = answer.headers["location"]
    if comes_back_with == "token":
        headers = {SSO_HEADER: token_in(location)}
    else:
        assert location == CALLBACK
        headers = {"Cookie": held, "Origin": office.server.base_url}
    session = office.anonymous.post("/auth/session", headers=headers)
    assert shaped(session, LOGIN)["user"]["id"] == ana.id


def test_the_host_sends_nobody_to_half_an_address(host: Host) -> None:
    with browser(host.url) as tab:
        for target in ("", "/inside", "javascript:alert(1)", "//evil.example"):
            assert tab.get("/api/v1/auth/sso", params={"callbackUrl": target}).status_code == 400, target
        ana = host.add("Ana Reyes")
        fields = {"email": ana.email, "password": PASSWORD, "callbackUrl": "https://evil.example"}
        assert tab.post("/sign-in", data=fields).headers["location"] == "/"


def test_its_user_api_has_the_quirks_of_real_ones(host: Host) -> None:
    ana = host.add("Ana Reyes")
    token = host.token(ana)
    with browser(host.url) as program:
        assert program.get("/health").status_code == 404
        assert program.get(f"/api/v1/users/{ana.id}").status_code == 401
        assert program.get(f"/api/v1/users/{ana.id}", headers=KEY).json()["email"] == ana.email
        assert program.get("/api/v1/users/me", headers={"Authorization": f"Bearer {token}"}).json()["id"] == ana.id
        found = program.get("/api/v1/users/search", params={"q": ana.name}, headers=KEY).json()["users"]
        assert [user["id"] for user in found] == [ana.id]
        with host.bad_day(search_refuses_keys=True):
            assert program.get("/api/v1/users/search", params={"q": "a"}, headers=KEY).status_code == 401
        with host.bad_day(token_seconds=60):
            login = program.post("/api/v1/auth/login", json={"email": ana.email, "password": PASSWORD}).json()
            assert login.keys() == {"success", "token", "expiresAt", "user"}
            claims = claims_of(login["token"])
            assert (claims["exp"] - claims["iat"], login["expiresAt"]) == (60, 1000 * claims["exp"])
        host.change(ana.id, isActive=False)
        assert program.get(f"/api/v1/users/{ana.id}", headers=KEY).status_code == 404
        answer = program.post("/api/v1/auth/login", json={"email": ana.email, "password": PASSWORD})
        assert answer.status_code == 403
