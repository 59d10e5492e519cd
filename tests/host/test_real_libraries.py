"""Sessions made on the spot by next-auth v4 and Auth.js v5, the packages themselves, and where their cookies count."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count

import httpx
import pytest

from tests.host.host import SECRET
from tests.host.knock import knock
from tests.host.nextauth_host import COOKIES, NextAuthHost
from tests.host.office import PARTNER, cookie_header
from tests.socket.http import NO_TLS
from tests.support.server import TmsServer

OLD_SECRET = "the secret that the host used before 0123456789"
ELSEWHERE = "https://evil.example"
_numbers = count(1)


@pytest.fixture(scope="module")
def server(nextauth: NextAuthHost, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TmsServer]:
    """Lives beside that host: it has the secret and knows where browsers sign in."""
    env = {"NEXTAUTH_SECRET": SECRET, "NEXTAUTH_SECRETS": json.dumps([OLD_SECRET]), "NEXTAUTH_URL": nextauth.url}
    env |= {"ALLOWED_ORIGINS": PARTNER, "RATE_LIMITS": "off"}
    server = TmsServer(tmp_path_factory.mktemp("nextauth") / "server", env)
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture(scope="module")
def http(server: TmsServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{server.base_url}/api/v1", verify=NO_TLS, timeout=10) as http:
        yield http


def somebody() -> str:
    return f"real-{next(_numbers)}"


@pytest.mark.parametrize("cookie", [None, "authjs.session-token", "__Secure-authjs.session-token", "jsonwebtoken"])
def test_a_fresh_token_is_a_bearer_and_opens_a_socket(
    server: TmsServer, http: httpx.Client, nextauth: NextAuthHost, cookie: str | None
) -> None:
    person = somebody()
    claims = {"id": person, "email": f"{person}@corp.local", "name": "Ana Reyes", "role": "LEADER"}
    if cookie == "jsonwebtoken":
        token = nextauth.make(cookie, claims)
    elif cookie:
        token = nextauth.make("@auth/core", claims | {"sub": person}, cookie=cookie)
    else:
        token = nextauth.make("next-auth", claims | {"sub": person})
    user = http.get("/users/me", headers={"Authorization": f"Bearer {token}"}).json()
    assert (user["id"], user["displayName"], user["role"]) == (person, "Ana Reyes", "LEADER")
    assert knock(server, token) == "in"


@pytest.mark.parametrize("bulk", [0, 9000], ids=["one cookie", "chunks"])
@pytest.mark.parametrize("secure", [False, True], ids=["plain", "secure"])
@pytest.mark.parametrize("version", [4, 5])
def test_the_cookie_of_a_real_sign_in_counts_beside_an_accepted_origin(
    server: TmsServer, http: httpx.Client, nextauth: NextAuthHost, version: int, secure: bool, bulk: int
) -> None:
    person = somebody()
    cookies = nextauth.sign_in(nextauth.add(person, "Bob Stone", bulk=bulk), version=version, secure=secure)
    assert (len(cookies) > 1) is bool(bulk), cookies.keys()
    for origin in (server.base_url, PARTNER):
        headers = {"Cookie": cookie_header(cookies), "Origin": origin}
        answer = http.get("/users/me", headers=headers)
        assert (answer.status_code, answer.json().get("id")) == (200, person), answer.text
        assert knock(server, headers=headers) == "in"


@pytest.fixture(scope="module")
def cookie(nextauth: NextAuthHost) -> str:
    """The session of somebody who signed in at the host."""
    return cookie_header(nextauth.sign_in(nextauth.add(somebody(), "Cora Lind")))


@pytest.mark.parametrize("origin", [ELSEWHERE, "null", "http://127.0.0.1", None])
def test_beside_no_or_a_foreign_origin_a_cookie_does_nothing(
    server: TmsServer, http: httpx.Client, cookie: str, origin: str | None
) -> None:
    headers = {"Cookie": cookie} | ({"Origin": origin} if origin else {})
    posted = http.post("/conversations/", headers=headers, json={"type": "group", "name": "x", "member_ids": ["y"]})
    assert (posted.status_code, posted.json()["code"]) == (403, "origin_not_allowed")
    read = http.get("/users/me", headers=headers)
    assert (read.status_code, read.json()["code"]) == (403, "origin_not_allowed")
    # A page of somebody else may not even finish the handshake; without an Origin the CONNECT is refused.
    refusal = knock(server, headers=headers)
    assert refusal in (
        {"HTTP 400", "HTTP 403", "origin_not_allowed"} if origin else {"token_missing", "origin_not_allowed"}
    )


def test_the_browser_s_own_word_for_the_same_origin_is_enough_to_read(http: httpx.Client, cookie: str) -> None:
    # Browsers send no Origin with GET to the own origin, but they send this.
    headers = {"Cookie": cookie, "Sec-Fetch-Site": "same-origin"}
    assert http.get("/users/me", headers=headers).status_code == 200
    assert http.head("/users/me", headers=headers).status_code in (200, 405)
    body = {"type": "group", "name": "x", "member_ids": ["y"]}
    assert http.post("/conversations/", headers=headers, json=body).json()["code"] == "origin_not_allowed"
    for site in ("same-site", "cross-site", "none"):
        assert http.get("/users/me", headers=headers | {"Sec-Fetch-Site": site}).status_code == 403, site


def test_a_bearer_needs_no_origin_and_wins_over_the_cookie(
    http: httpx.Client, nextauth: NextAuthHost, cookie: str
) -> None:
    person = somebody()
    token = nextauth.make("jsonwebtoken", {"id": person, "email": f"{person}@corp.local"})
    headers = {"Authorization": f"Bearer {token}", "Cookie": cookie}
    assert http.get("/users/me", headers=headers).json()["id"] == person
    # A bad bearer is refused; it does not fall back to the cookie.
    bad = headers | {"Authorization": f"Bearer {token}x", "Sec-Fetch-Site": "same-origin"}
    assert http.get("/users/me", headers=bad).json()["code"] == "token_invalid"


def test_chunks_must_be_all_there_and_in_one_piece(
    server: TmsServer, http: httpx.Client, nextauth: NextAuthHost
) -> None:
    cookies = nextauth.sign_in(nextauth.add(somebody(), "Dan Ito", bulk=9000))
    names = sorted(cookies)

    def answer(held: dict[str, str]) -> int:
        return http.get("/users/me", headers={"Cookie": cookie_header(held), "Origin": server.base_url}).status_code

    assert answer({name: cookies[name] for name in reversed(names)}) == 200  # browsers promise no order
    for missing in names:
        assert answer({name: value for name, value in cookies.items() if name != missing}) == 401
    piece = "".join(cookies[name] for name in names)
    nine = {f"{COOKIES[4]}.{n}": piece[n * 1500 : (n + 1) * 1500] for n in range(9)}
    assert "".join(nine.values()) == piece
    assert answer(nine) == 401  # at most eight


def test_during_a_rotation_sessions_of_the_old_secret_go_on(
    server: TmsServer, http: httpx.Client, nextauth: NextAuthHost
) -> None:
    person = somebody()
    claims = {"sub": person, "email": f"{person}@corp.local"}
    secure = f"__Secure-{COOKIES[5]}"
    v4 = nextauth.make("next-auth", claims, secret=OLD_SECRET)
    v5 = nextauth.make("@auth/core", claims, secret=OLD_SECRET, cookie=secure)
    for name, token in ((COOKIES[4], v4), (secure, v5)):
        headers = {"Cookie": f"{name}={token}", "Origin": server.base_url}
        assert http.get("/users/me", headers=headers).json()["id"] == person
        assert http.get("/users/me", headers={"Authorization": f"Bearer {token}"}).json()["id"] == person


def test_a_dead_cookie_beside_a_good_one_does_no_harm(
    server: TmsServer, http: httpx.Client, nextauth: NextAuthHost
) -> None:
    # After a host's move from v4 to v5 browsers send both for a while.
    person = somebody()
    old = nextauth.make("next-auth", {"sub": person, "email": "x@corp.local"}, seconds=-3600)
    cookies = nextauth.sign_in(nextauth.add(person, "Fay Moor"), version=5)
    headers = {"Cookie": cookie_header({COOKIES[4]: old, **cookies}), "Origin": server.base_url}
    assert http.get("/users/me", headers=headers).json().get("id") == person
    assert knock(server, headers=headers) == "in"


def test_a_handshake_may_have_as_many_headers_as_two_long_sessions(
    server: TmsServer, http: httpx.Client, nextauth: NextAuthHost
) -> None:
    email = nextauth.add(somebody(), "Gus Bulk", bulk=9500)
    cookies = nextauth.sign_in(email) | nextauth.sign_in(email, version=5)
    headers = {"Cookie": cookie_header(cookies), "Origin": server.base_url}
    assert 24_000 < len(headers["Cookie"]) < 32_000
    assert knock(server, headers=headers) == "in"
    assert http.get("/users/me", headers=headers).status_code == 200


def test_who_reads_the_cookie_here_is_who_next_auth_says(
    server: TmsServer, http: httpx.Client, nextauth: NextAuthHost
) -> None:
    person = somebody()
    cookies = nextauth.sign_in(nextauth.add(person, "Eve Moor", role="ADMIN"))
    session = nextauth.session(cookies)
    assert session is not None
    user = http.get("/users/me", headers={"Cookie": cookie_header(cookies), "Origin": server.base_url}).json()
    assert (user["id"], user["email"], user["displayName"], user["role"]) == (
        session["user"]["id"], session["user"]["email"], session["user"]["name"], session["user"]["role"],
    )  # fmt: skip
    assert nextauth.sign_in(f"{person}@corp.local", password="wrong") == {}


def test_the_config_sends_browsers_to_that_host(http: httpx.Client, nextauth: NextAuthHost) -> None:
    identity = http.get("/config").json()["identity"]
    expected = {"name": "127.0.0.1", "signInUrl": f"{nextauth.url}/api/v1/auth/sso", "passwords": False}
    assert identity == {"kinds": ["host"], "setupRequired": False, "host": expected}
