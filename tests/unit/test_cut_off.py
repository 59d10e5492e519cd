"""A request that a stop does not wait for any longer is told to come back: 503, whichever door it came through."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace
from typing import Any, cast

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tms_chat.http.deps import Services
from tms_chat.http.hot import HotAnswer, HotDoor, HotRequest, HotRoute
from tms_chat.http.middleware import RequestContext
from tms_chat.http.origins import OriginPolicy

PATH = "/api/v1/users/me"
begun: list[str] = []


async def never(_scope: Scope, _receive: Receive, _send: Send) -> None:
    begun.append("ordinary")
    await asyncio.sleep(3600)


async def never_hot(_request: HotRequest) -> HotAnswer:
    begun.append("hot")
    await asyncio.sleep(3600)
    return HotAnswer(b"")


def hot_door() -> ASGIApp:
    services = cast(Services, SimpleNamespace(origins=OriginPolicy((), None)))
    return HotDoor(never, services, [HotRoute("GET", PATH, never_hot)])


DOORS: dict[str, ASGIApp] = {"ordinary": RequestContext(never, lambda _scope: None), "hot": hot_door()}


@pytest.mark.parametrize("door", DOORS)
async def test_what_is_cut_off_is_503_and_comes_back_later(door: str) -> None:
    begun.clear()
    sent: list[Message] = []
    scope: dict[str, Any] = {
        "type": "http", "method": "GET", "path": PATH, "scheme": "http", "query_string": b"",
        "headers": [(b"host", b"chat.lan")],
    }  # fmt: skip

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    request = asyncio.ensure_future(DOORS[door](scope, receive, send))
    for _ in range(5):  # it begins
        await asyncio.sleep(0)
    request.cancel()
    await request
    assert begun == [door]
    start, body = sent
    assert start["status"] == 503
    assert dict(start["headers"])[b"retry-after"] == b"2"
    assert json.loads(body["body"])["code"] == "unavailable"
