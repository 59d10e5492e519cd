"""The same application with the hot door and without it, and what must be the same."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.rest.in_process import OWN_ORIGIN, App
from tms_chat.app import create_app
from tms_chat.http.hot import HotDoor
from tms_chat.people.model import User


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


@asynccontextmanager
async def both_ways(app: App) -> AsyncIterator[Ways]:
    """Two stacks over the services of this application."""
    door, sockets = create_app(app.services)
    assert isinstance(door, HotDoor)
    ordinary = door.app = Counted(door.app)
    jar = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    clients = [
        httpx.AsyncClient(
            transport=httpx.ASGITransport(way, raise_app_exceptions=False), base_url=OWN_ORIGIN, cookies=jar, timeout=30
        )
        for way in (door, ordinary.app)
    ]
    try:
        yield Ways(app, ordinary, *clients)
    finally:
        for client in clients:
            await client.aclose()
        await sockets.stop()


def by(ways: Ways, user: User, path: str) -> Asked:
    return Asked(path, headers=ways.app.bearer(user))
