"""Which pages may talk to this server: one policy, asked by the CORS middleware and by the Socket.IO handshake."""

from contextvars import ContextVar
from typing import Any

import structlog
from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from tms_chat.core.origins import own_origin

log = structlog.get_logger(__name__)

ALLOWED_HEADERS = ("authorization", "content-type", "x-gcgc-session-token", "x-request-id")
EXPOSED_HEADERS = ("X-Request-Id", "Retry-After", "X-Conversation-Seq")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class OriginPolicy:
    """The configured list, and always the server's own origin (PUBLIC_URL, else scheme and Host of the request)."""

    MAX_REMEMBERED = 100

    def __init__(self, allowed: tuple[str, ...], public_url: str | None) -> None:
        self.allowed = allowed
        self._set = frozenset(allowed)
        self._public_url = public_url
        self._refused: set[str] = set()

    def own(self, scope: Scope) -> str | None:
        """The server's own origin as this request sees it."""
        return self._public_url or own_origin(scope["scheme"], Headers(scope=scope).get("host", ""))

    def accepts(self, origin: str, scope: Scope) -> bool:
        """Whether a page of this origin may use the server; a refusal is logged once, with the remedy."""
        own = self.own(scope)
        if origin in self._set or origin == own:
            return True
        if origin not in self._refused and len(self._refused) < self.MAX_REMEMBERED:
            self._refused.add(origin)
            log.warning(
                "origin_refused",
                origin=origin[:200],
                allowed=list(self.allowed),
                own=own,
                remedy=_remedy(origin, own),
            )
        return False


def _remedy(origin: str, own: str | None) -> str:
    if own is not None and origin.partition("://")[2] == own.partition("://")[2]:
        if own.startswith("https://"):
            return (
                "This page was opened without TLS: redirect http to https at the proxy in front of this server, "
                f"or add {origin} to ALLOWED_ORIGINS and restart."
            )
        return f"A proxy in front of this server ends TLS: set PUBLIC_URL={origin} (or TRUSTED_PROXIES) and restart."
    return "If this page is yours, add its origin to ALLOWED_ORIGINS and restart."


_scope: ContextVar[Scope] = ContextVar("cors_scope")


class Cors(CORSMiddleware):
    """Starlette's CORS middleware around the whole FastAPI app, so that an unhandled 500 has its headers too.

    It compares with a fixed list; asking the policy instead lets the server's own origin depend on the request.
    """

    def __init__(self, app: ASGIApp, policy: OriginPolicy) -> None:
        super().__init__(
            app,
            allow_origins=policy.allowed,
            allow_methods=METHODS,
            allow_headers=ALLOWED_HEADERS,
            allow_credentials=True,
            expose_headers=EXPOSED_HEADERS,
        )
        self._policy = policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        token = _scope.set(scope)
        try:
            await super().__call__(scope, receive, send)
        finally:
            _scope.reset(token)

    def is_allowed_origin(self, origin: str) -> bool:
        """Asked by the base class for requests and preflights."""
        return self._policy.accepts(origin, _scope.get())

    def preflight_response(self, request_headers: Headers) -> Any:
        """The base class's answer, with a text that names the remedy when it is a refusal."""
        response = super().preflight_response(request_headers)
        if response.status_code == 400 and b"origin" in response.body:
            text = "This origin is not allowed here: add it to ALLOWED_ORIGINS on the server and restart."
            response.body = text.encode()
            response.headers["content-length"] = str(len(response.body))
        return response
