"""The directory: looks people up at the host when they are needed, and keeps those it knows up to date."""

import asyncio
import random
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from time import monotonic

import structlog

from tms_chat.core.clock import now
from tms_chat.core.errors import ChatError
from tms_chat.core.ids import UserId
from tms_chat.core.rules import Rights
from tms_chat.db.engine import Database
from tms_chat.directory.client import HostApi
from tms_chat.directory.store import due, is_told, mark_gone, store_profiles, touch
from tms_chat.people.model import User
from tms_chat.people.queries import get_users

log = structlog.get_logger(__name__)

PASS_SECONDS = 30.0  # how often it is looked whose profile is due
PASS_PEOPLE = 200  # of those connected; of the others as many again, so that a day's work is spread
AT_ONCE = 4
CHECK_SECONDS = 10.0


class Directory:
    """The host's people. Nothing here is asked while a message is on its way."""

    def __init__(
        self, db: Database, api: HostApi, rights: Rights, *, refresh_seconds: int = 900, resync_seconds: int = 86_400
    ) -> None:
        self._db = db
        self._rights = rights
        self._refresh = timedelta(seconds=refresh_seconds)
        self._resync = timedelta(seconds=resync_seconds)
        self._pause = min(PASS_SECONDS, refresh_seconds / 2)
        self._runner: asyncio.Task[None] | None = None
        self._checked_until = 0.0
        self._check: str | ChatError = "not asked yet"
        self.api = api

    def start(self, connected: Callable[[], Sequence[UserId]]) -> None:
        """Begin to keep people up to date; needs the running loop."""
        self._runner = asyncio.get_running_loop().create_task(self._keep_fresh(connected))

    async def close(self) -> None:
        """Stop, and close the connections to the host."""
        if self._runner is not None:
            self._runner.cancel()
        await self.api.close()

    async def check(self) -> str:
        """For the readiness page, which is asked often: really asks the host, at most every ten seconds.

        Raises ChatError `host_unavailable`.
        """
        if monotonic() >= self._checked_until:
            self._checked_until = monotonic() + CHECK_SECONDS
            try:
                self._check = await self.api.check()
            except ChatError as error:
                self._check = error
        if isinstance(self._check, ChatError):
            raise self._check
        return self._check

    async def fetch(self, user_id: UserId) -> User | None:
        """The person as the host knows them now, stored; None when the host does not know them.

        Raises ChatError `host_unavailable`.
        """
        profile = await self.api.user(user_id)
        if profile is None:
            if self.api.has_known_somebody:
                await mark_gone(self._db, user_id)
            else:
                log.warning(
                    "host_knows_nobody",
                    remedy="The host answered 404 and never knew anybody: check USER_MANAGEMENT_API_URL.",
                )
            return None
        stored = await store_profiles(self._db, self._rights, [profile])
        return stored[0] if stored else None

    async def ensure(self, user_ids: Iterable[UserId]) -> None:
        """Look up those of these people who are not known here; whom the host does not know stays unknown."""
        wanted = set(user_ids)
        known = {user.id for user in await get_users(self._db, wanted)}
        for user_id in sorted(wanted - known):
            await self.fetch(user_id)

    async def search(self, query: str, limit: int) -> list[User]:
        """Whom the host finds, stored; nobody when it cannot, then what is known here has to do."""
        try:
            profiles = await self.api.search(query, limit)
        except ChatError:
            return []
        known = {user.id: user for user in await get_users(self._db, [UserId(profile.id) for profile in profiles])}
        # Writing is for news only: a search is asked with every letter somebody types.
        news = [profile for profile in profiles if not is_told(known.get(UserId(profile.id)), profile, self._rights)]
        if news:
            known |= {user.id: user for user in await store_profiles(self._db, self._rights, news)}
        return [user for user in known.values() if user.is_active]

    async def _keep_fresh(self, connected: Callable[[], Sequence[UserId]]) -> None:
        while True:
            await asyncio.sleep(self._pause * random.uniform(0.8, 1.2))
            try:
                ids = list(connected())
                people = await due(self._db, now() - self._refresh, PASS_PEOPLE, ids) if ids else []
                others = await due(self._db, now() - self._resync, PASS_PEOPLE)
                await self._refresh_all(list(dict.fromkeys([*people, *others])))
            except ChatError:
                pass  # the host or the database is away: said in the log by the one who asked it
            except Exception:
                log.exception("directory_refresh_failed")

    async def _refresh_all(self, user_ids: list[UserId]) -> None:
        turns = asyncio.Semaphore(AT_ONCE)

        async def one(user_id: UserId) -> None:
            async with turns:
                if await self.fetch(user_id) is None:
                    await touch(self._db, user_id)

        results = await asyncio.gather(*map(one, user_ids), return_exceptions=True)
        failures = [result for result in results if isinstance(result, BaseException)]
        unexpected = [failure for failure in failures if not isinstance(failure, ChatError)]
        if unexpected:
            raise unexpected[0]
