"""REST behind a proxy that ends TLS, with the configuration of docs/DEPLOY.md."""

from __future__ import annotations

import json

import pytest

from tests.deploy.conftest import BY_ADDRESS, BY_PROXY, Deploy, Site
from tests.deploy.page import CHAT_ORIGIN, CLIENT_ORIGIN
from tests.deploy.web import HANDSHAKE
from tests.support.people import PASSWORD

SIGN_IN = "/api/v1/auth/login/credentials"
# Accepted although no list names it, and refused although only a letter is missing.
EVIL = ("https://evil.example", "http://chat.example.com", "https://chat.example.com:8443", "null")
COOKIE = f"next-auth.session-token={'x' * 20_000}"


@pytest.fixture(
    scope="module",
    params=[("nginx", BY_ADDRESS), ("nginx", BY_PROXY), ("caddy", BY_PROXY)],
    ids=lambda param: f"{param[0]}-{next(iter(param[1]))}",
)
def site(request: pytest.FixtureRequest, deploy: Deploy) -> Site:
    kind, how = request.param
    return deploy(kind, **how)


@pytest.mark.parametrize("origin", [CLIENT_ORIGIN, CHAT_ORIGIN], ids=["the client's origin", "its own origin"])
def test_pages_of_both_origins_are_answered(site: Site, origin: str) -> None:
    preflight = site.web.preflight("/api/v1/conversations/", origin)
    assert preflight.status_code == 200
    assert "authorization" in preflight.headers["access-control-allow-headers"]
    for answer in (preflight, site.web.get("/api/v1/users/me", Origin=origin), site.web.get(HANDSHAKE, Origin=origin)):
        assert answer.headers.get_list("access-control-allow-origin") == [origin], answer.url
        assert answer.headers.get_list("access-control-allow-credentials") == ["true"], answer.url


@pytest.mark.parametrize("origin", EVIL)
def test_a_page_of_another_origin_is_refused_with_a_sentence(site: Site, origin: str) -> None:
    preflight = site.web.preflight("/api/v1/conversations/", origin)
    assert preflight.status_code == 400
    assert "ALLOWED_ORIGINS" in preflight.text
    handshake = site.web.get(HANDSHAKE, Origin=origin)
    assert handshake.status_code == 400
    assert "origin" in handshake.text
    for answer in (preflight, handshake, site.web.get("/api/v1/config", Origin=origin)):
        assert "access-control-allow-origin" not in answer.headers


def test_the_session_cookie_is_secure(site: Site) -> None:
    link = site.server.setup_link.partition("#")[2]
    account = {"token": link, "email": "ana@corp.local", "password": PASSWORD, "name": "Ana Reyes"}
    made = site.web.post("/api/v1/auth/setup", account, Origin=CLIENT_ORIGIN)
    assert made.status_code == 201, made.text
    signed_in = site.web.post(SIGN_IN, {"email": "ana@corp.local", "password": PASSWORD}, Origin=CLIENT_ORIGIN)
    for answer in (made, signed_in):
        cookies = answer.headers.get_list("set-cookie")
        assert len(cookies) == 2
        for cookie, path in zip(cookies, ("path=/api/v1/auth", "path=/api/v1/files"), strict=True):
            attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
            assert {"secure", "httponly", "samesite=lax", path} <= attributes


def test_a_file_of_three_megabytes_passes(site: Site) -> None:
    """Refused by the server, for want of a token, and not by the proxy."""
    answer = site.web.request("POST", "/api/v1/messages/upload", {}, files={"file": ("a.txt", b"x" * 3_000_000)})
    assert (answer.status_code, answer.json()["code"]) == (401, "token_missing")


def test_a_cookie_of_twenty_kilobytes_passes(site: Site) -> None:
    assert site.web.get("/health", Cookie=COOKIE).status_code == 200
    assert site.web.get(HANDSHAKE, Cookie=COOKIE, Origin=CLIENT_ORIGIN).status_code == 200


def test_whoever_writes_a_forwarded_address_himself_gets_no_second_try(site: Site) -> None:
    """Wrong guesses are counted by address: thirty in a quarter of an hour, wherever they claim to come from."""
    guess = {"token": "x" * 43}
    answers = [
        site.web.post("/api/v1/auth/invitations/check", guess, **{"X-Forwarded-For": f"203.0.113.{number}"})
        for number in range(31)
    ]
    assert [answer.status_code for answer in answers] == [200] * 30 + [429]
    assert answers[-1].json()["code"] == "rate_limited"
    assert int(answers[-1].headers["retry-after"]) > 0


def test_the_proxy_takes_the_configuration_without_a_warning(site: Site) -> None:
    assert "[warn]" not in site.proxy.log


def test_the_server_names_its_own_address_in_the_set_up_link(site: Site) -> None:
    started = next(line for line in map(json.loads, site.server.stderr.splitlines()) if line["event"] == "started")
    by_address = "PUBLIC_URL" in site.server.env
    assert started["own_origin"] == (CHAT_ORIGIN if by_address else "scheme and Host of each request")
    assert site.server.setup_link.startswith(CHAT_ORIGIN if by_address else site.server.base_url)


def test_the_client_on_its_own_origin_is_served_as_the_page_says(site: Site) -> None:
    page, deep = site.web.get(f"{CLIENT_ORIGIN}/"), site.web.get(f"{CLIENT_ORIGIN}/c/0198-some-conversation")
    assert '<div id="root">' in page.text
    assert page.text == deep.text
    assert page.headers["cache-control"] == deep.headers["cache-control"] == "no-cache"
    assert "wss://chat.example.com" in page.headers["content-security-policy"]
    assert site.web.get(f"{CLIENT_ORIGIN}/config.json").json() == {"NEXT_PUBLIC_API_URL": CHAT_ORIGIN}
    script = page.text.partition('src="')[2].partition('"')[0]
    asset = site.web.get(f"{CLIENT_ORIGIN}{script}")
    assert asset.status_code == 200
    assert "max-age=31536000" in asset.headers["cache-control"]
    assert site.web.get(f"{CLIENT_ORIGIN}/assets/of-an-older-build.js").status_code == 404
