"""`GET /metrics`, where `METRICS` is on: figures of this process for Prometheus (its text format, version 0.0.4).

With several workers on one port the one that answers tells of itself; `tms_info` says which it is.
"""

import hmac
import os
from collections.abc import Callable, Sequence

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    ProcessCollector,
    generate_latest,
)
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from tms_chat import __version__
from tms_chat.core.errors import ChatError
from tms_chat.core.events import Announcement, Event
from tms_chat.http.deps import Services, shown_token
from tms_chat.http.errors import problem

PATH = "/metrics"


class Figures:
    """What is counted, and what is asked when somebody reads."""

    def __init__(self, services: Services) -> None:
        self.registry = CollectorRegistry()
        self._token = services.settings.metrics_token
        ProcessCollector(registry=self.registry)
        named = {"version": __version__, "process": str(os.getpid())}
        Gauge("tms_info", "Which process this is.", list(named), registry=self.registry).labels(**named).set(1)
        self._events = Counter("tms_events", "Events published after a commit.", ["name"], registry=self.registry)
        self._ask("tms_sockets", "Connected sockets.", lambda: services.count_sockets())
        self._ask("tms_people_online", "People with a socket at any process.", lambda: len(services.online()))
        self._ask("tms_bus_deaf", "1 while this process does not hear the others.", lambda: _problem(services))
        self._ask("tms_draining", "1 while it is stopping.", lambda: services.draining)

    def published(self, announced: Sequence[Announcement]) -> None:
        """Count them."""
        for item in announced:
            if isinstance(item, Event):
                self._events.labels(item.name).inc()

    def around(self, app: ASGIApp) -> ASGIApp:
        """`app`, with these figures at their address."""
        return Metrics(app, self.registry, self._token)

    def _ask(self, name: str, help_text: str, value: Callable[[], float]) -> None:
        Gauge(name, help_text, registry=self.registry).set_function(value)


class Metrics:
    """Answers at `PATH` and passes everything else on."""

    def __init__(self, app: ASGIApp, registry: CollectorRegistry, token: str | None) -> None:
        self.app = app
        self._registry = registry
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].rstrip("/") != PATH or scope["method"] not in ("GET", "HEAD"):
            await self.app(scope, receive, send)
            return
        if self._token is not None and not _is_right(shown_token(Headers(scope=scope)), self._token):
            refusal = ChatError("token_invalid", "These figures are for who shows METRICS_TOKEN as a bearer token.")
            await problem(scope, refusal)(scope, receive, send)
            return
        figures = generate_latest(self._registry)
        await Response(figures, media_type=CONTENT_TYPE_LATEST)(scope, receive, send)


def _is_right(shown: str | None, token: str) -> bool:
    return shown is not None and hmac.compare_digest(shown.encode(), token.encode())


def _problem(services: Services) -> bool:
    return services.bus()[1] is not None
