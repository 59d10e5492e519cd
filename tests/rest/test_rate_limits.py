"""Rate limits over REST: per person, shared by all ways to send, told with the time to wait."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest_asyncio

from tests.rest.in_process import App, on_module_loop, open_app
from tests.rest.routes import RATED, ROUTES
from tests.rest.shapes import refused
from tms_chat.core.rate import Rate
from tms_chat.people.model import User

pytestmark = on_module_loop

#: Routes that change something and may be asked as often as one likes: each costs no more than a look.
FREE = {
    "/api/v1/messages/mark-read", "/api/v1/messages/mark-delivered",
    "/api/v1/conversations/{conversation_id}/mark-read",
    "/api/v1/conversations/{conversation_id}/read", "/api/v1/conversations/{conversation_id}/settings",
    "/api/v1/notifications/preferences", "/api/v1/notifications/conversations/{conversation_id}/mute",
    "/api/v1/users/blocks", "/api/v1/users/blocks/{user_id}", "/api/v1/files/{file_id}/ticket",
}  # fmt: skip


@pytest_asyncio.fixture(loop_scope="module")
async def limited(tmp_path: Path) -> AsyncIterator[App]:
    """Three sends, two changes and searches an hour."""
    slow: dict[str, Any] = {name: Rate(2, 3600) for name in ("rate_changes", "rate_searches", "rate_uploads")}
    async with open_app(tmp_path / "data", rate_limits="on", rate_sends=Rate(3, 3600), **slow) as app:
        yield app


class Ask:
    """One person's requests, from an allowed page's point of view."""

    def __init__(self, app: App, user: User) -> None:
        self.http, self.headers = app.http, app.bearer(user)

    async def __call__(self, method: str, path: str, **request: Any) -> httpx.Response:
        headers = self.headers | {"Origin": "http://chat.test"}
        return await self.http.request(method, f"/api/v1{path}", headers=headers, **request)


async def direct(app: App) -> tuple[Ask, Ask, str]:
    ana, bob = await app.person("Ana"), await app.person("Bob")
    asks = Ask(app, ana)
    made = await asks("POST", "/conversations/", json={"type": "dm", "member_ids": [bob.id]})
    return asks, Ask(app, bob), made.json()["id"]


async def test_every_way_to_send_shares_one_limit(limited: App) -> None:
    ana, bob, chat = await direct(limited)
    message = {"conversation_id": chat, "content": "hello"}
    options = [{"option_text": text, "position": place} for place, text in enumerate(("yes", "no"))]
    poll = {"conversation_id": chat, "question": "Yes?", "options": options}
    for path, body in (("/messages/", message), ("/polls/", poll), ("/messages/", message)):
        assert (await ana("POST", path, json=body)).status_code == 201
    for path, body in (("/messages/", message), ("/polls/", poll)):
        answer = await ana("POST", path, json=body)
        problem = refused(answer, 429, code="rate_limited")
        assert 0 < int(answer.headers["retry-after"]) <= 1200
        assert answer.headers["retry-after"] in problem["detail"]
        assert answer.headers["access-control-allow-origin"] == "http://chat.test"
        assert "retry-after" in answer.headers["access-control-expose-headers"].lower()
    page = (await ana("GET", f"/messages/conversations/{chat}/messages")).json()["data"]
    assert len(page) == 3  # what was refused wrote nothing
    assert (await bob("POST", "/messages/", json=message)).status_code == 201
    assert (await ana("GET", "/conversations/")).status_code == 200


async def test_changes_and_searches_are_limited_apart(limited: App) -> None:
    ana, _, chat = await direct(limited)  # which was the first change
    sent = (await ana("POST", "/messages/", json={"conversation_id": chat, "content": "hello"})).json()["id"]
    assert (await ana("PUT", f"/messages/{sent}", json={"content": "changed"})).status_code == 200
    refused(await ana("POST", f"/messages/{sent}/reactions", json={"emoji": "👍"}), 429, code="rate_limited")
    for _ in range(2):
        assert (await ana("POST", "/messages/search", json={"query": "changed"})).status_code == 200
    refused(await ana("GET", "/conversations/search?q=x"), 429, code="rate_limited")
    assert (await ana("POST", "/messages/", json={"conversation_id": chat, "content": "still"})).status_code == 201


async def test_switched_off_nothing_is_refused(tmp_path: Path) -> None:
    async with open_app(tmp_path / "data", rate_limits="off", rate_sends=Rate(1, 3600)) as app:
        ana, _, chat = await direct(app)
        for _ in range(5):
            assert (await ana("POST", "/messages/", json={"conversation_id": chat, "content": "x"})).status_code == 201


async def test_whatever_writes_is_limited_or_free_on_purpose() -> None:
    features = ("/api/v1/messages", "/api/v1/conversations", "/api/v1/polls", "/api/v1/files", "/api/v1/notifications",
                "/api/v1/users")  # fmt: skip
    writing = [route for route in ROUTES if route[0] != "GET" and route[1].startswith(features)]
    assert writing
    assert not [route for route in writing if route not in RATED and route[1] not in FREE]
