"""The directory: looks people up at the host when they are needed, and keeps those it knows up to date."""

import asyncio
import random
from collections.abc import Callable, Coroutine, Iterable, Sequence
from datetime import timedelta
from time import monotonic
from typing import Any

import structlog

from tms_chat.core.clock import now
from tms_chat.core.errors import ChatError
from tms_chat.core.ids import UserId
from tms_chat.core.rules import Rights
from tms_chat.db.duty import Duty
from tms_chat.db.engine import Database
from tms_chat.directory.client import HostApi
from tms_chat.directory.store import due, is_told, mark_gone, store_profiles, touch, witnesses
from tms_chat.people.model import User
from tms_chat.people.queries import get_users

log = structlog.get_logger(__name__)

PASS_SECONDS = 30.0  # how often it is looked whose profile is due
PASS_PEOPLE = 200  # of those connected; of the others as many again, so that a day's work is spread
AT_ONCE = 4
CHECK_SECONDS = 10.0
PATIENCE_SECONDS = 0.5  # so long a known person, or the readiness page, waits for the host
MAX_POSTPONED_SECONDS = 3600.0
WITNESSES = 3
DOUBT_SECONDS = 15.0  # a host that knew none of them is believed no 404 for so long


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
        self._background: set[asyncio.Task[Any]] = set()
        # People the host cannot talk about: how often it failed, and when to ask again.
        self._postponed: dict[UserId, tuple[int, float]] = {}
        self._doubted_until = 0.0
        self._checked_until = 0.0
        self._check: str | ChatError = ChatError("host_unavailable", "The host's user API has not answered yet.")
        self.api = api

    def start(self, connected: Callable[[], Sequence[UserId]], duty: Duty) -> None:
        """Begin to keep people up to date: those connected here, and the others while this process is on `duty`. Needs
        the running loop."""
        self._runner = asyncio.get_running_loop().create_task(self._keep_fresh(connected, duty))

    async def close(self) -> None:
        """Stop, and close the connections to the host."""
        for task in (*self._background, *([self._runner] if self._runner is not None else [])):
            task.cancel()
        await self.api.close()

    async def check(self) -> str:
        """For the readiness page, which is asked often: really asks the host, at most every ten seconds.

        Answers what was known before when the host takes its time. Raises ChatError `host_unavailable`.
        """
        if monotonic() >= self._checked_until:
            self._checked_until = monotonic() + CHECK_SECONDS
            await self._soon(self._check_api())
        if isinstance(self._check, ChatError):
            raise self._check
        return self._check

    async def fetch(self, user_id: UserId, *, vouched_at: float | None = None) -> User | None:
        """The person as the host knows them now, stored; None when the host does not know them.

        `vouched_at`: when the host made the token they show (Unix seconds). Raises ChatError `host_unavailable`.
        """
        told = await self.api.user(user_id, vouched_at)
        if told.profile is not None:
            stored = await store_profiles(self._db, self._rights, [told.profile], told.asked_at, reopens=True)
            return stored[0] if stored else None
        if told.remembered or not await self._believes_404(user_id):
            return None
        return await mark_gone(self._db, user_id, told.asked_at)

    async def refresh(self, user_id: UserId, *, vouched_at: float | None = None) -> None:
        """The same for somebody who is known: half a second is waited for it, the rest happens in the background."""
        await self._soon(self.fetch(user_id, vouched_at=vouched_at))

    async def ensure(self, user_ids: Iterable[UserId]) -> None:
        """Look up those of these people who are not known here; whom the host does not know stays unknown."""
        wanted = set(user_ids)
        known = {user.id for user in await get_users(self._db, wanted)}
        await self._each(sorted(wanted - known), self.fetch)

    async def search(self, query: str, limit: int) -> list[User]:
        """Whom the host finds, stored; nobody when it cannot, then what is known here has to do."""
        asked_at = now()
        try:
            profiles = await self.api.search(query, limit)
        except ChatError:
            return []
        known = {user.id: user for user in await get_users(self._db, [UserId(profile.id) for profile in profiles])}
        # Writing is for news only: a search is asked with every letter somebody types.
        news = [profile for profile in profiles if not is_told(known.get(UserId(profile.id)), profile, self._rights)]
        try:
            stored = await store_profiles(self._db, self._rights, news, asked_at, reopens=False) if news else []
        except ChatError:
            stored = []  # finding people needs no news of them
        known |= {user.id: user for user in stored}
        return [user for user in known.values() if user.is_active]

    async def _believes_404(self, user_id: UserId) -> bool:
        """Whether "not found" means that this person is gone: a host that knows nobody any more is not itself.

        A proxy without its server, and a wrong address, answer 404 to everything. So three people it knew last are
        asked for as well. Raises ChatError `host_unavailable` when it knows none of them; where there are not three,
        it is believed if this process has seen it know anybody.
        """
        if any(not known.is_active for known in await get_users(self._db, [user_id])):
            return False  # there is nothing to do
        if monotonic() >= self._doubted_until:
            stored = await witnesses(self._db, user_id, WITNESSES)
            others = [other for other in dict.fromkeys((*reversed(self.api.known), *stored)) if other != user_id]
            for other in others[:WITNESSES]:
                if (await self.api.user(other)).profile is not None:
                    return True
                self.api.forget_unknown(other)
            if len(others) < WITNESSES and self.api.has_known_somebody:
                return True
            log.error(
                "host_knows_nobody",
                remedy="The host answers 404 for people it knew, or never knew anybody: check USER_MANAGEMENT_API_URL.",
            )
            if len(others) < WITNESSES:
                return False
            self._doubted_until = monotonic() + DOUBT_SECONDS
        self.api.forget_unknown(user_id)
        raise ChatError("host_unavailable", retry_after=round(DOUBT_SECONDS))

    async def _check_api(self) -> None:
        try:
            self._check = await self.api.check()
        except ChatError as error:
            self._check = error

    async def _soon(self, work: Coroutine[Any, Any, Any]) -> None:
        """Wait a little for it, and let it go on by itself after that. Raises what it raised in time."""
        task = asyncio.get_running_loop().create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        done, _ = await asyncio.wait([task], timeout=PATIENCE_SECONDS)
        if done:
            task.result()
        else:
            task.add_done_callback(_look_at_outcome)

    async def _keep_fresh(self, connected: Callable[[], Sequence[UserId]], duty: Duty) -> None:
        while True:
            await asyncio.sleep(self._pause * random.uniform(0.8, 1.2))
            try:
                ids = list(connected())
                limit = PASS_PEOPLE + len(self._postponed)
                people = await due(self._db, now() - self._refresh, limit, ids) if ids else []
                others = await due(self._db, now() - self._resync, limit) if await duty.is_ours() else []
                wanted = [who for who in dict.fromkeys((*people, *others)) if not self._is_postponed(who)]
                await self._each(wanted, self._refresh_one)
            except ChatError:
                pass  # the database is away: said in the log by the one who asked it
            except Exception:
                log.exception("directory_refresh_failed")

    async def _refresh_one(self, user_id: UserId) -> None:
        try:
            if await self.fetch(user_id) is None:
                await touch(self._db, user_id)
            self._postponed.pop(user_id, None)
        except ChatError:
            if not self.api.lookups.is_open and monotonic() >= self._doubted_until:  # it is about this person only
                times, _ = self._postponed.get(user_id, (0, 0.0))
                pause = min(self._pause * 2**times, MAX_POSTPONED_SECONDS)
                self._postponed[user_id] = times + 1, monotonic() + pause

    def _is_postponed(self, user_id: UserId) -> bool:
        return user_id in self._postponed and self._postponed[user_id][1] > monotonic()

    async def _each(self, user_ids: list[UserId], work: Callable[[UserId], Coroutine[Any, Any, Any]]) -> None:
        """A few at a time; raises the first failure, after all were tried."""
        turns = asyncio.Semaphore(AT_ONCE)

        async def one(user_id: UserId) -> None:
            async with turns:
                await work(user_id)

        results = await asyncio.gather(*map(one, user_ids), return_exceptions=True)
        for failure in results:
            if isinstance(failure, BaseException):
                raise failure


def _look_at_outcome(task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None and not isinstance(error, ChatError):
        log.error("directory_refresh_failed", exc_info=error)
