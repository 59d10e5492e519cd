"""Which pages may read an answer: for every route, every way to answer and every kind of origin."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from tests.rest.in_process import OWN_ORIGIN, on_module_loop, open_app
from tests.rest.routes import PATHS, ROUTES, concrete
from tests.rest.shapes import refused
from tests.rest.walk import HOST_KEY, KINDS, Asked, World
from tms_chat.identity.accounts import new_setup_token

pytestmark = on_module_loop

ALLOWED = ("https://app.example.com", "http://localhost:3000")
ACCEPTED = (*ALLOWED, OWN_ORIGIN)
REFUSED = (
    "https://evil.example", "null", "http://app.example.com", "https://app.example.com:8443", "http://localhost",
    "https://app.example.com.evil.example", "https://chat.test", "", None,
)  # fmt: skip
#: One of each kind, for the walks.
KINDS_OF_ORIGIN = (ALLOWED[0], OWN_ORIGIN, "https://evil.example", "null", None)
REQUEST_HEADERS = {"authorization", "content-type", "x-gcgc-session-token", "x-request-id"}
EXPOSED = {"x-request-id", "retry-after", "x-conversation-seq"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with open_app(
        tmp_path_factory.mktemp("cors") / "data", allowed_origins=ALLOWED, host_api_key=HOST_KEY
    ) as app:
        yield await World.make(app)


@pytest_asyncio.fixture(loop_scope="module")
async def spoilt(tmp_path: Path) -> AsyncIterator[World]:
    """For tests that leave the application useless."""
    async with open_app(tmp_path / "data", allowed_origins=ALLOWED, host_api_key=HOST_KEY) as app:
        yield await World.make(app)


def words(value: str) -> set[str]:
    return {word.strip().lower() for word in value.split(",")}


def check(answer: httpx.Response, origin: str | None) -> None:
    """Exactly one allow-origin header with the page's origin for a page that is allowed, none for any other."""
    what = f"{answer.request.method} {answer.request.url} from {origin}: {answer.status_code} {answer.headers}"
    allowed = answer.headers.get_list("access-control-allow-origin")
    if origin in ACCEPTED:
        assert allowed == [origin], what
        assert answer.headers.get_list("access-control-allow-credentials") == ["true"], what
        assert "origin" in words(answer.headers.get("vary", "")), what
        if answer.request.method != "OPTIONS":
            assert words(answer.headers["access-control-expose-headers"]) == EXPOSED, what
    else:
        assert allowed == [], what


async def walk(world: World, asked: list[Asked]) -> None:
    assert asked
    for one in asked:
        for origin in KINDS_OF_ORIGIN:
            answer = await one.send(world.app, origin)
            what = f"{answer.request.method} {answer.request.url} from {origin}: {answer.text[:300]}"
            assert answer.status_code in one.statuses, what
            check(answer, origin)
            if answer.status_code >= 400:
                refused(answer, answer.status_code)


async def test_every_route_that_succeeds(world: World) -> None:
    for route in ROUTES:
        if not route[1].endswith("/setup"):
            for origin in KINDS_OF_ORIGIN:
                # Made anew for each page: a sign-up or a log-out works once.
                asked = world.fine(route)
                answer = await asked.send(world.app, origin)
                refuses = route[1].endswith("/session") and origin not in ACCEPTED  # its cookie needs a page it knows
                assert answer.status_code in ((403,) if refuses else asked.statuses), answer.text
                check(answer, origin)


async def test_the_first_account(tmp_path: Path) -> None:
    for number, origin in enumerate(KINDS_OF_ORIGIN):
        async with open_app(tmp_path / str(number), allowed_origins=ALLOWED) as app:
            body = {
                "token": await new_setup_token(app.services.db),
                "email": "a@b",
                "password": "password",
                "name": "A",
            }
            headers = {} if origin is None else {"origin": origin}
            answer = await app.http.post("/api/v1/auth/setup", json=body, headers=headers)
            assert answer.status_code == 201
            check(answer, origin)


@pytest.mark.parametrize("kind", KINDS)
async def test_every_route_that_refuses(world: World, kind: str) -> None:
    await walk(world, world.failing(kind))


async def test_every_route_that_is_limited(spoilt: World) -> None:
    await walk(spoilt, spoilt.limited())


async def test_every_route_that_fails_in_a_way_nobody_foresaw(spoilt: World) -> None:
    await walk(spoilt, spoilt.broken())


async def test_origins_are_compared_exactly(world: World) -> None:
    for origin in (*ACCEPTED, *REFUSED):
        headers = {} if origin is None else {"origin": origin}
        check(await world.app.http.get("/health", headers=headers), origin)


async def test_every_preflight(world: World) -> None:
    for method, path in [*ROUTES, ("GET", "/"), ("GET", "/api/v1/nothing"), ("POST", "/ws/socket.io")]:
        for origin in (*ACCEPTED, "https://evil.example", "null"):
            asked = {"origin": origin, "access-control-request-method": method}
            for wanted in (*REQUEST_HEADERS, ",".join(REQUEST_HEADERS), ", ".join(REQUEST_HEADERS).title()):
                headers = asked | {"access-control-request-headers": wanted}
                answer = await world.app.http.options(concrete(path), headers=headers)
                check(answer, origin)
                assert answer.is_success is (origin in ACCEPTED)
                if origin in ACCEPTED:
                    assert method in answer.headers["access-control-allow-methods"]
                    assert words(answer.headers["access-control-allow-headers"]) >= REQUEST_HEADERS


async def test_a_refused_preflight_says_what_to_do(world: World) -> None:
    headers = {"origin": "https://evil.example", "access-control-request-method": "GET"}
    answer = await world.app.http.options("/api/v1/users/me", headers=headers)
    assert answer.status_code == 400
    assert "ALLOWED_ORIGINS" in answer.text


@pytest.mark.parametrize(
    "address",
    ["/", "/setup", "/config.json", "/index.html", "/assets/none.js", "/favicon.none", "/nothing", "/api", "/api/v1",
     "/api/v1/openapi.json", "/ws/socket.io", "/ws/socket.io/?EIO=4", "/socket.io.js", "/health/nothing"],
)  # fmt: skip
async def test_every_address_that_is_no_route(world: World, address: str) -> None:
    for method in ("GET", "HEAD", "POST", "DELETE"):
        for origin in KINDS_OF_ORIGIN:
            headers = {} if origin is None else {"origin": origin}
            check(await world.app.http.request(method, address, headers=headers), origin)


async def test_an_empty_list_means_the_same_origin_only(tmp_path: Path) -> None:
    async with open_app(tmp_path / "data") as app:
        for origin in (*ALLOWED, "https://evil.example", "null"):
            answer = await app.http.get("/health", headers={"origin": origin})
            assert "access-control-allow-origin" not in answer.headers
        check(await app.http.get("/health", headers={"origin": OWN_ORIGIN}), OWN_ORIGIN)


async def test_with_a_public_url_that_is_the_own_origin_whatever_the_host_header_says(tmp_path: Path) -> None:
    async with open_app(tmp_path / "data", public_url="https://chat.example") as app:
        answer = await app.http.get("/health", headers={"origin": "https://chat.example"})
        assert answer.headers["access-control-allow-origin"] == "https://chat.example"
        for host in ("chat.test", "evil.example"):
            answer = await app.http.get("/health", headers={"host": host, "origin": f"http://{host}"})
            assert "access-control-allow-origin" not in answer.headers


async def test_the_walk_has_met_every_route(world: World) -> None:
    met = {asked.route[1] for kind in KINDS for asked in world.failing(kind)}
    assert met == set(PATHS)


async def test_a_bearer_is_enough_without_an_origin_or_with_a_foreign_one(world: World) -> None:
    """CORS hides an answer from a page; it authorises nobody. A native client sends what it likes."""
    for origin in ({}, {"origin": "https://evil.example"}):
        answer = await world.app.http.get("/api/v1/users/me", headers=world.app.bearer(world.admin) | origin)
        assert answer.status_code == 200
