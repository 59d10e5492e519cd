"""The hot door: a few endpoints answered before the framework is asked, for the requests everybody makes all the time.

The framework's own work costs more than a hot answer does. A request comes in here when its method and path are in the
table and nothing about it is unusual: one bearer token, no header twice, an origin that is accepted or none. Everything
else goes on to the ordinary route, which stays: it is the documented one, it validates, and it says what is wrong. An
endpoint that cannot answer by itself (a token to be refused, a query of another form, a person seen for the first time)
raises `NotHere` and the same happens; it has changed nothing by then.

What the middlewares do is done here too, to the byte: the request's id, the protecting headers, CORS, the log line of a
slow or failed request, our own address. `tests/rest/test_hot_door.py` compares both ways.
"""

import asyncio
import logging
import re
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tms_chat.core.addresses import own_address
from tms_chat.core.errors import ChatError
from tms_chat.core.ids import uuid7
from tms_chat.core.limits import What
from tms_chat.http.errors import problem
from tms_chat.http.middleware import REQUEST_ID, SLOW_SECONDS
from tms_chat.http.origins import EXPOSED_HEADERS
from tms_chat.identity.tokens import Claims, TokenRefused

if TYPE_CHECKING:
    from tms_chat.http.deps import Services

log = structlog.get_logger(__name__)
everything = logging.getLogger()  # has the level of the settings

Pairs = tuple[tuple[bytes, bytes], ...]
#: Writes status, headers and body (in pieces) at once, and says whether it did; the headers are right. An extension of
#: our server.
WholeAnswer = Callable[[Send, int, Iterable[tuple[bytes, bytes]], Sequence[bytes]], bool]
WHOLE_ANSWER = "tms_chat.whole_answer"

#: Ids that we made, the only ones that get in: no name of a route looks like one.
ID_LENGTH = 36
ID = re.compile(r"[0-9a-f-]{36}")
MOST_BODY_BYTES = 64 * 1024
MOST_REMEMBERED = 1000
JSON = (b"content-type", b"application/json")
PROTECTING: Pairs = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
)
VARY: Pairs = ((b"vary", b"Origin"),)
CREDENTIALS = (b"access-control-allow-credentials", b"true")
EXPOSED = (b"access-control-expose-headers", ", ".join(EXPOSED_HEADERS).encode())


class NotHere(Exception):
    """Raised by an endpoint for a request it leaves to the ordinary route, before it has changed anything."""


class HotRequest:
    """What an endpoint is given; `id` is the one in the path, if any."""

    __slots__ = ("_body", "_headers", "_receive", "id", "scope", "services")

    def __init__(
        self, services: "Services", scope: Scope, headers: dict[bytes, bytes], receive: Receive, id_: str
    ) -> None:
        self.services = services
        self.scope = scope
        self.id = id_
        self._headers = headers
        self._receive = receive
        self._body: bytes | None = None

    def claims(self) -> Claims:
        """Of the verified bearer token. Whether they still count is for the endpoint to ask the database, together
        with its own question (`Authenticator.counts`)."""
        bearer = self._headers.get(b"authorization", b"")
        if bearer[:7] != b"Bearer ":
            raise NotHere
        try:
            return self.services.auth.decode(bearer[7:].decode("latin-1"))
        except TokenRefused:
            raise NotHere from None

    @property
    def query(self) -> bytes:
        """The query as it was sent."""
        query: bytes = self.scope["query_string"]
        return query

    def take(self, what: What, user_id: str) -> None:
        """Count one against the limits; beyond them the ordinary route says so."""
        client = self.scope.get("client")
        if not self.services.limits.allows(what, user_id, client[0] if client else "unknown"):
            raise NotHere

    async def body(self) -> bytes:
        """The JSON that was sent; a body without a length, a large one or one of another type is not for here."""
        length = self._headers.get(b"content-length", b"")
        if self._headers.get(b"content-type") != b"application/json" or not length.isdigit() or len(length) > 6:
            raise NotHere
        if int(length) > MOST_BODY_BYTES:
            raise NotHere
        parts = []
        while True:
            message = await self._receive()
            if message["type"] != "http.request":
                raise NotHere  # hung up
            parts.append(message.get("body", b""))
            if not message.get("more_body", False):
                break
        self._body = parts[0] if len(parts) == 1 else b"".join(parts)
        return self._body

    def again(self) -> Receive:
        """For the ordinary route: what was read comes once more."""
        if self._body is None:
            return self._receive
        body, self._body = self._body, None
        receive = self._receive
        messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def replay() -> Message:
            return messages.pop() if messages else await receive()

        return replay


def of_journal(seq: int) -> Pairs:
    """The header that tells which state of its conversation's journal an answer shows."""
    return ((b"x-conversation-seq", b"%d" % seq),)


class HotAnswer(NamedTuple):
    """JSON, in one piece or in several that nobody needs to join, and headers that the ordinary answer has too."""

    body: bytes | list[bytes]
    status: int = 200
    headers: Pairs = ()


@dataclass(frozen=True, slots=True)
class HotRoute:
    """One row of the table. `path` is that of the ordinary route, with `{}` for an id of ours; both slash forms count.

    `answer` raises `NotHere`, or ChatError for a refusal that the ordinary route would answer with as well.
    """

    method: str
    path: str
    answer: Callable[[HotRequest], Awaitable[HotAnswer]]


class HotDoor:
    """Around the whole application; `routes` is the table."""

    def __init__(self, app: ASGIApp, services: "Services", routes: Iterable[HotRoute]) -> None:
        self.app = app
        self._services = services
        self._origins = services.origins
        self._exact: dict[tuple[str, str], HotRoute] = {}
        self._with_id: list[tuple[str, str, str, HotRoute]] = []
        for route in routes:
            before, has_id, after = route.path.rstrip("/").partition("{}")
            if has_id:
                self._with_id.append((route.method, before, after, route))
            else:
                self._exact[route.method, before] = self._exact[route.method, before + "/"] = route
        self._places: dict[tuple[str, bytes | None, bytes | None], tuple[str, Pairs]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            route, id_ = self._find(scope["method"], scope["path"])
            if route is not None and _is_usual(scope):
                rest = await self._answer(route, id_, scope, receive, send)
                if rest is None:
                    return
                receive = rest
        await self.app(scope, receive, send)

    def _find(self, method: str, path: str) -> tuple[HotRoute | None, str]:
        exact = self._exact.get((method, path))
        if exact is not None:
            return exact, ""
        for wanted, before, after, route in self._with_id:
            if wanted == method and path.startswith(before):
                end = len(before) + ID_LENGTH
                id_, rest = path[len(before) : end], path[end:]
                if (rest == after or rest == after + "/") and ID.fullmatch(id_):
                    return route, id_
        return None, ""

    async def _answer(self, route: HotRoute, id_: str, scope: Scope, receive: Receive, send: Send) -> Receive | None:
        """None when it is answered, else what the ordinary route receives from."""
        headers = dict(scope["headers"])
        address, cors = self._place(scope, headers)
        if cors is None:
            return receive
        given = headers.get(b"x-request-id", b"").decode("latin-1")
        request_id = given if given and REQUEST_ID.fullmatch(given) else uuid7()
        scope.setdefault("state", {})["request_id"] = request_id
        own_address.set(address)
        bound = structlog.contextvars.bind_contextvars(request_id=request_id)
        request = HotRequest(self._services, scope, headers, receive, id_)
        started = time.perf_counter()
        try:
            answer = await route.answer(request)
        except NotHere:
            structlog.contextvars.reset_contextvars(**bound)
            return request.again()
        except asyncio.CancelledError:
            answer = _refusal(scope, ChatError("unavailable"))  # as in RequestContext
        except Exception as error:
            answer = _refusal(scope, error)
        body = answer.body if isinstance(answer.body, list) else [answer.body]
        named = (*answer.headers, (b"content-length", b"%d" % sum(map(len, body))), JSON)
        shown = [*named, (b"x-request-id", request_id.encode("latin-1")), *PROTECTING, *cors]
        whole: WholeAnswer | None = scope.get("extensions", {}).get(WHOLE_ANSWER)
        if whole is None or answer.status >= 400 or not whole(send, answer.status, shown, body):
            await send({"type": "http.response.start", "status": answer.status, "headers": shown})
            await send({"type": "http.response.body", "body": b"".join(body)})
        seconds = time.perf_counter() - started
        is_odd = answer.status >= 500 or seconds > SLOW_SECONDS
        if is_odd or everything.isEnabledFor(logging.DEBUG):
            write, ms = log.warning if is_odd else log.debug, round(seconds * 1000, 1)
            write("request", method=scope["method"], path=scope["path"], status=answer.status, ms=ms)
        structlog.contextvars.reset_contextvars(**bound)
        return None

    def _place(self, scope: Scope, headers: dict[bytes, bytes]) -> tuple[str, Pairs | None]:
        """Our own address in this request, and the CORS headers of its answer; None for an origin that is refused."""
        origin = headers.get(b"origin")
        key = (scope["scheme"], headers.get(b"host"), origin)
        found = self._places.get(key)
        if found is not None:
            return found
        cors = VARY
        if origin is not None:
            if not self._origins.accepts(origin.decode("latin-1"), scope):
                return "", None
            cors = (CREDENTIALS, EXPOSED, (b"access-control-allow-origin", origin), *VARY)
        if len(self._places) >= MOST_REMEMBERED:
            self._places.clear()
        found = self._places[key] = (self._origins.own(scope) or "", cors)
        return found


def _is_usual(scope: Scope) -> bool:
    """No header twice; a body only where one is expected, and with a length."""
    names = {name for name, _ in scope["headers"]}
    if len(names) != len(scope["headers"]) or b"transfer-encoding" in names:
        return False
    has_body: bool = scope["method"] != "GET"
    return (b"content-length" in names) == has_body


def _refusal(scope: Scope, error: Exception) -> HotAnswer:
    if not isinstance(error, ChatError):
        log.error("unhandled_error", path=scope["path"], method=scope["method"], exc_info=error)
        error = ChatError("internal")
    response = problem(scope, error)
    own = tuple(pair for pair in response.raw_headers if pair[0] not in (b"content-length", b"content-type"))
    return HotAnswer(bytes(response.body), response.status_code, own)
