"""The hot door answers as the ordinary route does, to the byte, and leaves to it what it should not answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from tests.rest.in_process import OWN_ORIGIN, App, on_module_loop
from tests.rest.ways import Asked, Ways, both_ways, by
from tms_chat.core.ids import UserId, uuid7
from tms_chat.identity.sessions import issue
from tms_chat.identity.tokens import sign_own_token
from tms_chat.people.model import User

pytestmark = on_module_loop


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ways(shared_app: App) -> AsyncIterator[Ways]:
    async with both_ways(shared_app) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def ana(ways: Ways) -> User:
    return await ways.app.person(
        "Ana Reyes", username='a"na\\', department="Späti\n\x01😀", settings={"a": [1.5, None]}
    )


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


async def test_catching_up_is_answered_by_the_door_and_what_is_wrong_by_the_route(ways: Ways, ana: User) -> None:
    headers = ways.app.bearer(ana) | {"content-type": "application/json"}
    body = {"epoch": ways.app.services.epoch, "positions": {uuid7(): 1}, "since": "2026-01-31T09:05:00Z"}
    answers, before = [], ways.ordinary.calls
    for http in (ways.hot_http, ways.ordinary_http):
        answer = await http.post("/api/v1/sync", json=body, headers=headers)
        answers.append((answer.status_code, answer.json() | {"at": None}))
    assert ways.ordinary.calls == before
    assert answers[0] == answers[1]
    assert len(answers[0][1]["left"]) == 1
    for content in (b"{}", b"x", b"[]", b'{"epoch": "\xff"}', b'{"epoch": 1, "positions": {}}'):
        asked = Asked("/api/v1/sync", False, "POST", headers, content)
        assert (await ways.compare(asked)).status_code in (400, 422)
