"""Tokens that the real libraries once made, and forgeries: each gets the stated answer by every way it can come."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.host.knock import knock
from tests.host.office import cookie_header
from tests.socket.http import NO_TLS
from tests.support.server import TmsServer

Vector = dict[str, Any]
FILE = Path(__file__).parents[1] / "vectors" / "nextauth-vectors.json"
VECTORS: list[Vector] = json.loads(FILE.read_text())["vectors"]
IN_COOKIES = [vector for vector in VECTORS if "cookie_name" in vector]
# Refused because of the cookie they came in: as bearers they are tokens like others.
WRONG_COOKIE = {"v5-wrong-salt", "v4-token-to-v5-decoder", "v5-token-to-v4-decoder"}


def name(vector: Vector) -> str:
    return str(vector["id"])


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, TmsServer]]:
    """By the secret they know; they know nothing else of a host."""
    servers = {
        secret: TmsServer(
            # So many wrong tokens from one address would be limited.
            tmp_path_factory.mktemp("vectors") / "server",
            {"NEXTAUTH_SECRET": secret, "RATE_LIMITS": "off"},
        )
        for secret in {vector["secret"] for vector in VECTORS}
    }
    try:
        for server in servers.values():
            server.start()
        yield servers
    finally:
        for server in servers.values():
            server.close()


@pytest.fixture
def server(servers: dict[str, TmsServer], vector: Vector) -> TmsServer:
    """The one that knows the vector's secret."""
    return servers[vector["secret"]]


def cookies(vector: Vector) -> dict[str, str]:
    """As the browser would send them."""
    return vector.get("cookies") or {vector["cookie_name"]: vector["token"]}


def me(server: TmsServer, headers: dict[str, str]) -> httpx.Response:
    return httpx.get(f"{server.base_url}/api/v1/users/me", headers=headers, verify=NO_TLS, timeout=10)


def code_of(vector: Vector) -> str:
    return "token_expired" if "expired" in vector["id"] else "token_invalid"


def check(vector: Vector, answer: httpx.Response) -> None:
    if vector.get("optional") and answer.status_code == 401:
        return
    if vector["expect"] == "accept":
        assert answer.status_code == 200, answer.text
        said = vector.get("claims") or vector["claims_subset"]
        assert answer.json()["id"] == said.get("id", said.get("sub"))
        if "email" in said:
            assert (answer.json()["email"], answer.json()["displayName"]) == (said["email"], said["name"])
    else:
        assert (answer.status_code, answer.json()["code"]) == (401, code_of(vector)), vector["reason"]


@pytest.mark.parametrize("vector", [v for v in VECTORS if v["id"] not in WRONG_COOKIE], ids=name)
def test_as_bearer(server: TmsServer, vector: Vector) -> None:
    check(vector, me(server, {"Authorization": f"Bearer {vector['token']}"}))


@pytest.mark.parametrize("vector", [v for v in VECTORS if v["id"] not in WRONG_COOKIE], ids=name)
def test_in_the_socket_s_auth(server: TmsServer, vector: Vector) -> None:
    answers = {"in"} if vector["expect"] == "accept" else {code_of(vector)}
    assert knock(server, vector["token"]) in answers | ({"token_invalid"} if vector.get("optional") else set())


@pytest.mark.parametrize("vector", IN_COOKIES, ids=name)
def test_as_cookie(server: TmsServer, vector: Vector) -> None:
    check(vector, me(server, {"Cookie": cookie_header(cookies(vector)), "Origin": server.base_url}))


@pytest.mark.parametrize("vector", IN_COOKIES, ids=name)
def test_as_cookie_of_a_socket(server: TmsServer, vector: Vector) -> None:
    answers = {"in"} if vector["expect"] == "accept" else {code_of(vector)}
    headers = {"Cookie": cookie_header(cookies(vector)), "Origin": server.base_url}
    answer = knock(server, headers=headers)
    assert answer in answers | ({"token_invalid"} if vector.get("optional") else set())


def test_nothing_of_them_is_in_the_log(servers: dict[str, TmsServer]) -> None:
    log = "".join(server.stdout + server.stderr for server in servers.values())
    assert "token_refused" in log
    assert not [secret for secret in servers if secret in log]
    assert not [vector["id"] for vector in VECTORS if vector["token"] != "a.b.c" and vector["token"][-60:] in log]
