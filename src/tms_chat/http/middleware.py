"""Around every HTTP request: an id that ties the answer to the log, both forms of a path, headers that protect."""

import asyncio
import re
import time
from collections.abc import Callable, Iterable

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.routing import compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tms_chat.core.addresses import own_address
from tms_chat.core.errors import ChatError
from tms_chat.core.ids import uuid7
from tms_chat.http.errors import problem

log = structlog.get_logger(__name__)

REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
SLOW_SECONDS = 1.0


class RequestContext:
    """Gives the request its id (the client's own when it is a plain one), logs it, adds the protecting headers.

    `own` tells what this server is called in a request: what the addresses in its answers begin with.
    """

    def __init__(self, app: ASGIApp, own: Callable[[Scope], str | None]) -> None:
        self.app = app
        self._own = own

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if REQUEST_ID.fullmatch(given) else uuid7()
        scope.setdefault("state", {})["request_id"] = request_id
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = request_id
                headers["X-Content-Type-Options"] = "nosniff"
                headers.setdefault("Referrer-Policy", "no-referrer")
                if scope["path"].startswith("/api/"):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        own_address.set(self._own(scope) or "")
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started = time.perf_counter()
        try:
            await self.app(scope, receive, send_with_headers)
        except asyncio.CancelledError:
            # A stop waits for so long only. Whoever is not served by then is told to come back, which the HTTP server
            # would call an internal error: clients do not repeat those.
            if status:
                raise
            await problem(scope, ChatError("unavailable"))(scope, receive, send_with_headers)
        except Exception:
            # The API answers its own errors and raises them once more; passed on, the HTTP server would log them a
            # second time and close the connection. What breaks outside the API is answered here.
            if not status:
                log.exception("unhandled_error", path=scope["path"], method=scope["method"])
                await problem(scope, ChatError("internal"))(scope, receive, send_with_headers)
        finally:
            seconds = time.perf_counter() - started
            loud = status >= 500 or seconds > SLOW_SECONDS
            write = log.warning if loud else log.debug
            # The path only: a query may hold what must not be in a log.
            write(
                "request",
                method=scope["method"],
                path=scope["path"],
                status=status,
                ms=round(seconds * 1000, 1),
            )
            structlog.contextvars.clear_contextvars()


class DeclaredLength:
    """Refuses a body whose declared length is too large, in our words: the framework's own 413 is plain text.

    A body without a declared length is counted while it is read (`max_body_size` of the API). Routes in `elsewhere`
    count for themselves: whether a file is too large is said after who sends it.
    """

    def __init__(self, app: ASGIApp, max_bytes: int, elsewhere: Iterable[re.Pattern[str]] = ()) -> None:
        self.app = app
        self.max_bytes = max_bytes
        self.elsewhere = tuple(elsewhere)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            length = Headers(scope=scope).get("content-length", "")
            is_large = length.isdigit() and int(length[:20]) > self.max_bytes
            if is_large and not any(path.fullmatch(scope["path"].rstrip("/")) for path in self.elsewhere):
                await problem(scope, ChatError("body_too_large"))(scope, receive, send)
                return
        await self.app(scope, receive, send)


class BothSlashes:
    """Serves `/messages` and `/messages/` alike; a redirect would lose the preflight and, behind TLS, the scheme.

    Except where the end of the path is a name that somebody else gave (`{key:path}`): `task` and `task/` are two keys,
    and whoever writes to the one must not change the other.
    """

    def __init__(self, app: ASGIApp, paths: Iterable[str]) -> None:
        self.app = app
        paths = tuple(paths)
        self.with_slash = frozenset(path.rstrip("/") for path in paths if path.endswith("/"))
        self.exact = tuple(compile_path(path)[0] for path in paths if path.endswith(":path}"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(("/api/", "/health")):
            path = scope["path"].rstrip("/")
            if not self._ends_with_a_name(scope["path"]):
                scope["path"] = path + "/" if path in self.with_slash else path
        await self.app(scope, receive, send)

    def _ends_with_a_name(self, path: str) -> bool:
        found = (pattern.match(path) for pattern in self.exact)
        return any(match is not None and match[match.lastindex or 0] for match in found)
