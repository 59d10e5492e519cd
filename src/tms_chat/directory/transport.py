"""Questions to the host over HTTP: bounded in time and size, tried again with jitter, left alone while it is down."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

import httpx
import stamina
import structlog

from tms_chat.core.breaker import Breaker
from tms_chat.core.errors import ChatError

log = structlog.get_logger(__name__)
stamina.instrumentation.set_on_retry_hooks([])  # what fails in the end is logged here, once

TIMEOUT_SECONDS = 3.0  # for one question, retries included
ATTEMPTS = 3
FAILURES_BEFORE_PAUSE = 5
PAUSE_SECONDS = 15.0
MAX_CONNECTIONS = 20
MAX_ANSWER_BYTES = 2 * 1024 * 1024
#: The host, or what stands before it, is not there: worth a second try.
AWAY_STATUSES = frozenset({502, 503, 504})


class _TryAgain(Exception):
    """A failure that a second try may mend."""


def host_breaker() -> Breaker:
    """One for each kind of question: a search that is broken must not keep people from signing in."""
    return Breaker(FAILURES_BEFORE_PAUSE, PAUSE_SECONDS)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the host said, below 500."""

    status: int
    body: bytes
    is_json: bool

    def content(self) -> Any:
        """The JSON of a success. Raises ChatError `host_unavailable`, with the remedy in the log."""
        if self.status in (401, 403):
            log.error("host_refuses_key", status=self.status, remedy="Set the USER_MANAGEMENT_API_KEY it knows.")
            raise ChatError("host_unavailable")
        try:
            if not 200 <= self.status < 300:
                raise ValueError(self.status)
            return json.loads(self.body)
        except (ValueError, RecursionError):
            log.error("host_answer_unreadable", status=self.status, remedy="Check USER_MANAGEMENT_API_URL.")
            raise ChatError("host_unavailable") from None


class HostHttp:
    """The connections to the host."""

    def __init__(self, url: str, key: str) -> None:
        self._http = httpx.AsyncClient(
            base_url=url,
            # Uncompressed: a small answer must not unfold to a huge one.
            headers={"Accept": "application/json", "Accept-Encoding": "identity"},
            timeout=TIMEOUT_SECONDS,
            limits=httpx.Limits(max_connections=MAX_CONNECTIONS, max_keepalive_connections=MAX_CONNECTIONS),
            follow_redirects=False,  # the key must not travel anywhere else,
            trust_env=False,  # nor through a proxy that the environment happens to name
        )
        self._key = {"X-API-Key": key}
        self._last_failed: dict[Breaker, str] = {}

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def get(self, breaker: Breaker, path: str, params: dict[str, str | int] | None = None) -> Answer:
        """An answer to a question with our key, within three seconds. Raises ChatError `host_unavailable`."""
        return await self._ask(breaker, "GET", path, ATTEMPTS, params=params, headers=self._key)

    async def post(self, breaker: Breaker, path: str, body: dict[str, str]) -> Answer:
        """The same, asked once and without our key."""
        return await self._ask(breaker, "POST", path, 1, json=body)

    async def _ask(self, breaker: Breaker, method: str, path: str, attempts: int, **arguments: Any) -> Answer:
        if not breaker.admits():
            raise ChatError("host_unavailable", retry_after=round(PAUSE_SECONDS))
        place = path.rpartition("/")[0]
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                answer = await self._try(method, path, attempts, arguments)
        except (TimeoutError, httpx.HTTPError, _TryAgain) as error:
            breaker.failed()
            log.warning("host_unavailable", path=place, reason=type(error).__name__)
            raise ChatError("host_unavailable", retry_after=5) from None
        self._judge(breaker, path, answer.status)
        if answer.status >= 500 or answer.status == 429:
            log.warning("host_unavailable", path=place, status=answer.status)
            raise ChatError("host_unavailable", retry_after=5)
        return answer

    def _judge(self, breaker: Breaker, path: str, status: int) -> None:
        """A 500 may be about one person only: the same question failing again says nothing more about the host."""
        if status < 500:
            breaker.succeeded()
            self._last_failed.pop(breaker, None)
        elif status in AWAY_STATUSES or self._last_failed.get(breaker) != path:
            breaker.failed()
            self._last_failed[breaker] = path

    async def _try(self, method: str, path: str, attempts: int, arguments: dict[str, Any]) -> Answer:
        answer: Answer | None = None
        async for attempt in stamina.retry_context(
            on=(httpx.ConnectError, httpx.RemoteProtocolError, httpx.ReadError, _TryAgain),
            attempts=attempts,
            wait_initial=0.1,
            wait_max=0.8,
            wait_jitter=0.3,
        ):
            with attempt:
                answer = await self._once(method, path, arguments)
                if answer.status in AWAY_STATUSES and attempts > 1:
                    raise _TryAgain(str(answer.status))
        assert answer is not None
        return answer

    async def _once(self, method: str, path: str, arguments: dict[str, Any]) -> Answer:
        async with self._http.stream(method, path, **arguments) as response:
            body = bytearray()
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > MAX_ANSWER_BYTES:
                    log.error("host_answer_too_large", limit=MAX_ANSWER_BYTES, remedy="Check USER_MANAGEMENT_API_URL.")
                    raise ChatError("host_unavailable")
            kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
            return Answer(response.status_code, bytes(body), kind == "application/json" or kind.endswith("+json"))
