"""The hot door answers as the ordinary route does, to the byte, and leaves to it what it should not answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx
import pytest
import pytest_asyncio
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.rest.in_process import OWN_ORIGIN, App, on_module_loop
from tms_chat.app import create_app
from tms_chat.core.ids import UserId, uuid7
from tms_chat.http.hot import HotDoor
from tms_chat.identity.sessions import issue
from tms_chat.identity.tokens import sign_own_token
from tms_chat.people.model import User

pytestmark = on_module_loop


class Counted:
    """The ordinary way, and how often it was gone."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.calls = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.calls += 1
        await self.app(scope, receive, send)


@dataclass
class Ways:
    """The same application with the door and without."""

    app: App
    ordinary: Counted
    hot_http: httpx.AsyncClient
    ordinary_http: httpx.AsyncClient

    async def compare(self, asked: Asked) -> httpx.Response:
        """Both answers are the same; the door answered by itself exactly when `asked` says so."""
        request = self.hot_http.build_request(asked.method, asked.path, headers=asked.headers, content=asked.content)
        again = self.ordinary_http.build_request(asked.method, asked.path, headers=asked.headers, content=asked.content)
        before = self.ordinary.calls
        hot = await self.hot_http.send(request)
        assert (self.ordinary.calls == before) is asked.is_hot, asked
        ordinary = await self.ordinary_http.send(again)
        assert shown(hot) == shown(ordinary), asked
        return hot


def shown(answer: httpx.Response) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """All of it, with one name for an id that was made for this request."""
    made = answer.headers.get("x-request-id", "none").encode()
    if made == answer.request.headers.get("x-request-id", "").encode():
        made = b"nothing was made"
    headers = [(name, value.replace(made, b"made")) for name, value in answer.headers.raw]
    return answer.status_code, headers, answer.content.replace(made, b"made")


@dataclass(frozen=True)
class Asked:
    path: str
    is_hot: bool = True
    method: str = "GET"
    headers: Any = field(default_factory=dict)
    content: bytes | None = None

    def with_headers(self, **headers: str) -> Asked:
        """Beside those it has."""
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        return replace(self, headers={**self.headers, **more})

    def cold(self) -> Asked:
        """For the ordinary route."""
        return replace(self, is_hot=False)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ways(shared_app: App) -> AsyncIterator[Ways]:
    door, sockets = create_app(shared_app.services)
    assert isinstance(door, HotDoor)
    ordinary = door.app = Counted(door.app)
    jar = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    clients = [
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url=OWN_ORIGIN, cookies=jar, timeout=30
        )
        for app in (door, ordinary.app)
    ]
    try:
        yield Ways(shared_app, ordinary, *clients)
    finally:
        for client in clients:
            await client.aclose()
        await sockets.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def ana(ways: Ways) -> User:
    return await ways.app.person(
        "Ana Reyes", username='a"na\\', department="Späti\n\x01😀", settings={"a": [1.5, None]}
    )


def by(ways: Ways, user: User, path: str) -> Asked:
    return Asked(path, headers=ways.app.bearer(user))


PATHS = ("/api/v1/users/me",)


@pytest.mark.parametrize("path", PATHS)
async def test_whoever_asks_as_everybody_does_is_answered_by_the_door(ways: Ways, ana: User, path: str) -> None:
    asked = by(ways, ana, path)
    for one in (asked, replace(asked, path=path + "/")):
        assert (await ways.compare(one)).status_code == 200
        for origin in (OWN_ORIGIN, "null", "https://evil.example"):
            await ways.compare(replace(one.with_headers(origin=origin), is_hot=origin == OWN_ORIGIN))
        for request_id in ("mine-1", "not one", "x" * 129):
            await ways.compare(one.with_headers(x_request_id=request_id))
        await ways.compare(one.with_headers(cookie="next-auth.session-token=a.b.c; other=1"))
        await ways.compare(one.with_headers(host="other.test:81"))


@pytest.mark.parametrize("path", PATHS)
async def test_what_is_unusual_goes_the_ordinary_way(ways: Ways, ana: User, path: str) -> None:
    asked = by(ways, ana, path).cold()
    token = asked.headers["Authorization"].removeprefix("Bearer ")
    for header in (f"bearer {token}", f"Bearer  {token}", f"Basic {token}", token, "Bearer a.b.c", "Bearer ", ""):
        await ways.compare(asked.with_headers(Authorization=header))
    await ways.compare(replace(asked, headers={}))
    await ways.compare(replace(asked, headers=[*asked.headers.items(), ("x-twice", "1"), ("x-twice", "2")]))
    await ways.compare(replace(asked, headers=[*asked.headers.items(), *asked.headers.items()]))
    await ways.compare(replace(asked, content=b"{}"))
    for method in ("HEAD", "PATCH", "OPTIONS"):
        await ways.compare(replace(asked, method=method))
    preflight = {"origin": OWN_ORIGIN, "access-control-request-method": "GET"}
    assert (await ways.compare(Asked(path, False, "OPTIONS", preflight))).status_code == 200
    await ways.compare(replace(asked, path=path + "//"))


@pytest.mark.parametrize("path", PATHS)
async def test_a_token_that_does_not_count_any_more_is_refused_though_it_was_verified(ways: Ways, path: str) -> None:
    services = ways.app.services
    bob = await ways.app.person("Bob Stone")
    asked = by(ways, bob, path)
    assert (await ways.compare(asked)).status_code == 200
    out = await ways.app.http.post("/api/v1/auth/logout", headers=asked.headers)
    assert out.status_code == 200
    assert (await ways.compare(asked.cold())).json()["code"] == "token_invalid"
    short = sign_own_token(services.own_key, bob.id, -14.9)
    assert (await ways.compare(Asked(path, headers={"Authorization": f"Bearer {short}"}))).status_code == 200
    over = sign_own_token(services.own_key, bob.id, -15.1)
    answer = await ways.compare(Asked(path, False, headers={"Authorization": f"Bearer {over}"}))
    assert answer.json()["code"] == "token_expired"
    nobody = issue(services.own_key, UserId(uuid7()))
    await ways.compare(Asked(path, False, headers={"Authorization": f"Bearer {nobody}"}))
