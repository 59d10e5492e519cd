"""A small host product, like those the chat is plugged into. Run as a process of its own; see `host.py` for its handle.

It has a sign-in page, single sign-on by redirect, a user API with an API key, and the quirks and bad days of real ones.
Its secret and its API key come from the environment, like those of a real one.
"""

from __future__ import annotations

import asyncio
import os
import sys

import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.host import host_api, host_pages
from tests.host.host_state import HostState

#: Answers with 200 that are nothing to go by: a page, far too much, far too deep.
STRANGE = {
    "page": ("text/html", "<!doctype html><title>Welcome</title>"),
    "huge": ("application/json", '{"id": "' + 3_000_000 * "x" + '"}'),
    "deep": ("application/json", 100_000 * "[" + 100_000 * "]"),
}


class BadDays:
    """Counts what is asked for, and is slow or broken when the tests want it. The control route always answers."""

    def __init__(self, app: ASGIApp, state: HostState) -> None:
        self._app = app
        self._state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] == host_api.CONTROL:
            await self._app(scope, receive, send)
            return
        self._state.calls[f"{scope['method']} {scope['path']}"] += 1
        behaviour = self._state.behaviour
        await asyncio.sleep(behaviour.delay)
        while self._state.behaviour.holds:  # noqa: ASYNC110  (the behaviour is replaced as a whole)
            await asyncio.sleep(0.01)
        if behaviour.outage == "cut":
            # The server closes the connection of an answer that was promised longer than it came.
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"100")]})
        elif behaviour.outage in STRANGE:
            kind, body = STRANGE[behaviour.outage]
            await Response(body, media_type=kind)(scope, receive, send)
        elif behaviour.outage:
            broken = JSONResponse({"message": "Something broke."}, int(behaviour.outage))
            await broken(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def make_app(secret: str, api_key: str) -> ASGIApp:
    app = Starlette(routes=[*host_pages.ROUTES, *host_api.ROUTES])
    app.state.host = HostState(secret, api_key)
    return BadDays(app, app.state.host)


def main(port: int) -> None:
    app = make_app(os.environ["HOST_SECRET"], os.environ["HOST_API_KEY"])
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="critical", lifespan="off", timeout_graceful_shutdown=1)


if __name__ == "__main__":
    main(int(sys.argv[1]))
