"""The host's user-management API: the questions it is asked, and what its answers mean."""

import asyncio
import math
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any
from urllib.parse import quote

import structlog

from tms_chat.core.clock import now
from tms_chat.core.errors import ChatError
from tms_chat.core.ids import UserId
from tms_chat.directory.profile import Profile, parse_profile
from tms_chat.directory.transport import HostHttp, host_breaker

log = structlog.get_logger(__name__)

UNKNOWN_SECONDS = 60.0  # for so long nobody asks again about a person the host does not know
VOUCHED_AGAIN_SECONDS = 3.0  # unless it made a token for them meanwhile: then as often as this
SEARCH_REFUSED_SECONDS = 600.0
MAX_UNKNOWN = 10_000
MAX_KNOWN = 10
#: Ids that name something else in an address.
NO_IDS = frozenset({".", "..", "search"})


@dataclass(frozen=True, slots=True)
class Lookup:
    """What the host says about one person, None when it does not know them; as of `asked_at`, when the question left.

    `remembered`: nobody was asked, because the host did not know them a moment ago.
    """

    profile: Profile | None
    asked_at: datetime
    remembered: bool = False


@dataclass(frozen=True, slots=True)
class HostLogin:
    """A successful sign-in at the host: its token, and until when the session lives (Unix seconds), if it says so."""

    profile: Profile
    token: str | None
    expires_at: float | None
    asked_at: datetime


class HostApi:
    """One question at a time for each person (single flight); raises ChatError `host_unavailable` when it is down."""

    def __init__(self, url: str, key: str) -> None:
        self.url = url
        self._http = HostHttp(url, key)
        self.lookups, self._searches, self._logins = host_breaker(), host_breaker(), host_breaker()
        self._flights: dict[UserId, asyncio.Task[Lookup]] = {}
        self._unknown: OrderedDict[UserId, datetime] = OrderedDict()
        self._search_refused_until = 0.0
        # Whom it knew last, the newest at the end.
        self.known: OrderedDict[UserId, None] = OrderedDict()
        self.has_known_somebody = False
        self.takes_passwords = True  # as long as it has such an address

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    async def user(self, user_id: UserId, vouched_at: float | None = None) -> Lookup:
        """One person. That the host does not know them is remembered for a minute.

        `vouched_at`: when the host made the token they show (Unix seconds); one made since it was asked is a reason to
        ask again.
        """
        if user_id in NO_IDS:
            return Lookup(None, now(), remembered=True)
        asked_at = self._unknown.get(user_id)
        if asked_at is not None and not _is_over(asked_at, vouched_at):
            return Lookup(None, asked_at, remembered=True)
        flight = self._flights.get(user_id)
        if flight is None:
            flight = asyncio.get_running_loop().create_task(self._fetch_user(user_id))
            self._flights[user_id] = flight
            flight.add_done_callback(lambda done: self._landed(user_id, done))
        return await asyncio.shield(flight)

    def forget_unknown(self, user_id: UserId) -> None:
        """The host has told of this person meanwhile: an answer on its way is older than that."""
        self._unknown.pop(user_id, None)
        self._flights.pop(user_id, None)

    async def search(self, query: str, limit: int) -> list[Profile]:
        """People the host finds; nothing while it refuses this key for searches, as some hosts do."""
        if self._search_refused_until > monotonic():
            return []
        answer = await self._http.get(self._searches, "/api/v1/users/search", {"q": query, "limit": limit})
        if answer.status in (401, 403, 404):
            self._search_refused_until = monotonic() + SEARCH_REFUSED_SECONDS
            log.warning(
                "host_search_refused",
                status=answer.status,
                remedy="People are searched among those this server knows; let the host accept the API key here.",
            )
            return []
        body = answer.content()
        found = body.get("users", []) if isinstance(body, dict) else body
        profiles = [parse_profile(entry) for entry in found] if isinstance(found, list) else []
        return [profile for profile in profiles if profile is not None][:limit]

    async def log_in(self, email: str, password: str) -> HostLogin:
        """Check a password at the host. Raises ChatError `credentials_invalid`, `account_deactivated`."""
        asked_at = now()
        answer = await self._http.post(self._logins, "/api/v1/auth/login", {"email": email, "password": password})
        self.takes_passwords = answer.status not in (404, 405)
        if answer.status == 403:
            raise ChatError("account_deactivated")
        if not self.takes_passwords:
            raise ChatError("local_accounts_off", "The host takes no passwords from here: use its own sign-in page.")
        if answer.status in (400, 401, 422):
            raise ChatError("credentials_invalid")
        content = answer.content()
        profile = parse_profile(content) if isinstance(content, dict) and "user" in content else None
        if profile is None or not isinstance(content, dict) or content.get("success") is False:
            raise ChatError("credentials_invalid")
        token = content.get("token")
        return HostLogin(
            profile, token if isinstance(token, str) else None, _moment(content.get("expiresAt")), asked_at
        )

    async def check(self) -> str:
        """For the readiness page: asks for a person who cannot exist. Raises ChatError `host_unavailable`."""
        answer = await self._http.get(self.lookups, "/api/v1/users/readiness-check")
        if answer.status in (401, 403):
            raise ChatError("host_unavailable", "The host refuses USER_MANAGEMENT_API_KEY: set the key it knows.")
        if not answer.is_json and answer.status != 404:
            raise ChatError(
                "host_unavailable",
                f"USER_MANAGEMENT_API_URL does not lead to the host's user API: {answer.status} without JSON.",
            )
        return "the host's user API answers"

    async def _fetch_user(self, user_id: UserId) -> Lookup:
        asked_at = now()
        answer = await self._http.get(self.lookups, f"/api/v1/users/{quote(user_id, safe='')}")
        if answer.status == 404:
            self.known.pop(user_id, None)
            if self._flights.get(user_id) is asyncio.current_task():
                self._remember(user_id, asked_at)
            return Lookup(None, asked_at)
        profile = parse_profile(answer.content())
        if profile is None or profile.id != user_id:
            log.error("host_answer_unreadable", user_id=user_id, remedy="It needs the profile fields of the contract.")
            raise ChatError("host_unavailable")
        self.has_known_somebody = True
        self.known[user_id] = None
        self.known.move_to_end(user_id)
        if len(self.known) > MAX_KNOWN:
            self.known.popitem(last=False)
        self._unknown.pop(user_id, None)
        return Lookup(profile, asked_at)

    def _remember(self, user_id: UserId, asked_at: datetime) -> None:
        self._unknown[user_id] = asked_at
        self._unknown.move_to_end(user_id)
        while len(self._unknown) > MAX_UNKNOWN:
            self._unknown.popitem(last=False)

    def _landed(self, user_id: UserId, flight: asyncio.Task[Lookup]) -> None:
        if self._flights.get(user_id) is flight:
            del self._flights[user_id]
        if not flight.cancelled():
            flight.exception()  # whoever waited was told; nobody may be waiting any more


def _is_over(asked_at: datetime, vouched_at: float | None) -> bool:
    age = (now() - asked_at).total_seconds()
    if age >= UNKNOWN_SECONDS:
        return True
    # Hosts write whole seconds.
    return vouched_at is not None and vouched_at >= math.floor(asked_at.timestamp()) and age >= VOUCHED_AGAIN_SECONDS


def _moment(value: Any) -> float | None:
    """A moment in Unix milliseconds, as the contract says, or in seconds; None for what is neither."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e14:
        return None
    return value / 1000 if value > 1e11 else float(value)
