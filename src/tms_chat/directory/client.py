"""The host's user-management API over HTTP: bounded in time, retried with jitter, left alone while it is down."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any
from urllib.parse import quote

import httpx
import stamina
import structlog

from tms_chat.core.breaker import Breaker
from tms_chat.core.errors import ChatError
from tms_chat.core.ids import UserId
from tms_chat.directory.profile import Profile, parse_profile

log = structlog.get_logger(__name__)
stamina.instrumentation.set_on_retry_hooks([])  # what fails in the end is logged here, once

TIMEOUT_SECONDS = 3.0  # for one question, retries included
ATTEMPTS = 3
FAILURES_BEFORE_PAUSE = 5
PAUSE_SECONDS = 15.0
UNKNOWN_SECONDS = 60.0  # for so long nobody asks again about a person the host does not know
SEARCH_REFUSED_SECONDS = 600.0
MAX_UNKNOWN = 10_000
MAX_CONNECTIONS = 20
MAX_ANSWER_BYTES = 2 * 1024 * 1024
RETRY_STATUSES = frozenset({502, 503, 504})


class _TryAgain(Exception):
    """A failure that a second try may mend."""


@dataclass(frozen=True, slots=True)
class HostLogin:
    """A successful sign-in at the host: its token, and until when the session lives (Unix seconds), if it says so."""

    profile: Profile
    token: str | None
    expires_at: float | None


class HostApi:
    """One question at a time for each person (single flight); raises ChatError `host_unavailable` when it is down."""

    def __init__(self, url: str, key: str) -> None:
        self.url = url
        self._http = httpx.AsyncClient(
            base_url=url,
            headers={"Accept": "application/json"},
            timeout=TIMEOUT_SECONDS,
            limits=httpx.Limits(max_connections=MAX_CONNECTIONS, max_keepalive_connections=MAX_CONNECTIONS),
            follow_redirects=False,  # the key must not travel anywhere else
        )
        self._key = {"X-API-Key": key}
        self._breaker = Breaker(FAILURES_BEFORE_PAUSE, PAUSE_SECONDS)
        self._flights: dict[UserId, asyncio.Task[Profile | None]] = {}
        self._unknown: OrderedDict[UserId, float] = OrderedDict()
        self._search_refused_until = 0.0
        # A 404 means "gone" only where the API was seen to know somebody: a wrong address answers 404 to everything.
        self.has_known_somebody = False
        self.takes_passwords = True  # until it turns out that the host has no such address

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def user(self, user_id: UserId) -> Profile | None:
        """One person; None when the host does not know them (any more), remembered for a minute."""
        if self._unknown.get(user_id, 0.0) > monotonic():
            return None
        flight = self._flights.get(user_id)
        if flight is None:
            flight = asyncio.get_running_loop().create_task(self._fetch_user(user_id))
            self._flights[user_id] = flight
            flight.add_done_callback(lambda _: self._flights.pop(user_id, None))
        return await asyncio.shield(flight)

    def forget_unknown(self, user_id: UserId) -> None:
        """The host has told of this person meanwhile."""
        self._unknown.pop(user_id, None)

    async def search(self, query: str, limit: int) -> list[Profile]:
        """People the host finds; nothing while it refuses this key for searches, as some hosts do."""
        if self._search_refused_until > monotonic():
            return []
        answer = await self._ask("GET", "/api/v1/users/search", params={"q": query, "limit": limit}, headers=self._key)
        if answer.status_code in (401, 403, 404):
            self._search_refused_until = monotonic() + SEARCH_REFUSED_SECONDS
            log.warning(
                "host_search_refused",
                status=answer.status_code,
                remedy="People are searched among those this server knows; let the host accept the API key here.",
            )
            return []
        body = self._json(answer)
        found = body.get("users", []) if isinstance(body, dict) else body
        profiles = [parse_profile(entry) for entry in found] if isinstance(found, list) else []
        return [profile for profile in profiles if profile is not None][:limit]

    async def log_in(self, email: str, password: str) -> HostLogin:
        """Check a password at the host. Raises ChatError `credentials_invalid`, `account_deactivated`."""
        body = {"email": email, "password": password}
        answer = await self._ask("POST", "/api/v1/auth/login", json=body)
        if answer.status_code == 403:
            raise ChatError("account_deactivated")
        if answer.status_code in (404, 405):
            self.takes_passwords = False
            raise ChatError("local_accounts_off", "The host takes no passwords from here: use its own sign-in page.")
        if answer.status_code in (400, 401, 422):
            raise ChatError("credentials_invalid")
        content = self._json(answer)
        profile = parse_profile(content) if isinstance(content, dict) and "user" in content else None
        if profile is None or not isinstance(content, dict) or content.get("success") is False:
            raise ChatError("credentials_invalid")
        token, expires = content.get("token"), content.get("expiresAt")
        return HostLogin(
            profile,
            token if isinstance(token, str) else None,
            expires / 1000 if isinstance(expires, int | float) and not isinstance(expires, bool) else None,
        )

    async def check(self) -> str:
        """For the readiness page: asks for a person who cannot exist. Raises ChatError `host_unavailable`."""
        answer = await self._ask("GET", "/api/v1/users/readiness-check", headers=self._key)
        if answer.status_code in (401, 403):
            raise ChatError("host_unavailable", "The host refuses USER_MANAGEMENT_API_KEY: set the key it knows.")
        return "the host's user API answers"

    async def _fetch_user(self, user_id: UserId) -> Profile | None:
        answer = await self._ask("GET", f"/api/v1/users/{quote(user_id, safe='')}", headers=self._key)
        if answer.status_code == 404:
            self._unknown[user_id] = monotonic() + UNKNOWN_SECONDS
            while len(self._unknown) > MAX_UNKNOWN:
                self._unknown.popitem(last=False)
            return None
        profile = parse_profile(self._json(answer))
        if profile is None or profile.id != user_id:
            log.error("host_answer_unreadable", user_id=user_id, remedy="It needs the profile fields of the contract.")
            raise ChatError("host_unavailable")
        self.has_known_somebody = True
        return profile

    async def _ask(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        """An answer below 500 within three seconds. Only GET is tried again."""
        if self._breaker.is_open:
            raise ChatError("host_unavailable", retry_after=round(PAUSE_SECONDS))
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                answer = await _retrying(
                    lambda: self._http.request(method, path, **arguments), ATTEMPTS if method == "GET" else 1
                )
        except (TimeoutError, httpx.HTTPError, _TryAgain) as error:
            self._breaker.failed()
            log.warning("host_unavailable", path=path.rpartition("/")[0], reason=type(error).__name__)
            raise ChatError("host_unavailable", retry_after=5) from None
        if answer.status_code >= 500 or answer.status_code == 429:
            if answer.status_code != 429:  # too many sign-ins are no reason to stop looking people up
                self._breaker.failed()
            log.warning("host_unavailable", path=path.rpartition("/")[0], status=answer.status_code)
            raise ChatError("host_unavailable", retry_after=5)
        self._breaker.succeeded()
        return answer

    def _json(self, answer: httpx.Response) -> Any:
        if answer.status_code in (401, 403):
            log.error("host_refuses_key", status=answer.status_code, remedy="Set the USER_MANAGEMENT_API_KEY it knows.")
            raise ChatError("host_unavailable")
        try:
            if not answer.is_success or len(answer.content) > MAX_ANSWER_BYTES:
                raise ValueError(answer.status_code)
            return answer.json()
        except ValueError:
            log.error("host_answer_unreadable", status=answer.status_code, remedy="Check USER_MANAGEMENT_API_URL.")
            raise ChatError("host_unavailable") from None


async def _retrying(ask: Callable[[], Awaitable[httpx.Response]], attempts: int) -> httpx.Response:
    answer: httpx.Response | None = None
    async for attempt in stamina.retry_context(
        on=(httpx.ConnectError, httpx.RemoteProtocolError, httpx.ReadError, _TryAgain),
        attempts=attempts,
        wait_initial=0.1,
        wait_max=0.8,
        wait_jitter=0.3,
    ):
        with attempt:
            answer = await ask()
            if answer.status_code in RETRY_STATUSES and attempts > 1:
                raise _TryAgain(str(answer.status_code))
    assert answer is not None
    return answer
