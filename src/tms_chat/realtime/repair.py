"""What did not come over the bus is read from the database: events from the journal, rooms from the memberships.

One task for the whole process. A conversation of which something is missing is read after a moment, in which it mostly
comes by itself. Beside that a look every two seconds finds what nobody told of: a process may die between its commit
and its word, and a bus may lose the last message, behind which no gap shows.
"""

import asyncio
import contextlib
from collections.abc import Callable, Collection, Sequence
from itertools import islice
from typing import Final, TypeVar

import structlog

from tms_chat.catchup.replay import replay
from tms_chat.conversations.queries import HEADS, HEADS_OF, welcomes
from tms_chat.core.addresses import own_address
from tms_chat.core.errors import ChatError
from tms_chat.core.ids import ConversationId, UserId
from tms_chat.db.engine import Database
from tms_chat.realtime.order import Change
from tms_chat.realtime.publisher import Publisher
from tms_chat.realtime.sessions import Sessions

log = structlog.get_logger(__name__)

T = TypeVar("T")

#: What is missing may be on its way.
PATIENCE_SECONDS: Final = 0.05
#: The same for what a look has found, which may have been committed in this very moment.
LOOK_PATIENCE_SECONDS: Final = 0.25
LOOK_SECONDS: Final = 1.5
LOOK_SECONDS_DEAF: Final = 1.0
#: While all is well a look is at so many conversations and people, the next at the next ones.
CONVERSATIONS_A_LOOK: Final = 5_000
PEOPLE_A_LOOK: Final = 200
PAGE: Final = 200
RETRY_SECONDS: Final = 0.5


class Repair:
    """`is_deaf` says whether the bus is silent."""

    def __init__(self, db: Database, sessions: Sessions, publisher: Publisher, is_deaf: Callable[[], bool]) -> None:
        self._db = db
        self._sessions = sessions
        self._publisher = publisher
        self._is_deaf = is_deaf
        self._due: dict[ConversationId, float] = {}
        self._news = asyncio.Event()
        self._looks = False
        self._looks_at = 0.0
        self._looks_at_all = False
        self._conversations = _Round(CONVERSATIONS_A_LOOK)
        self._people = _Round(PEOPLE_A_LOOK)
        self._task: asyncio.Task[None] | None = None

    def start(self, *, looks: bool) -> None:
        """`looks`: whether there may be other processes. Needs the running loop."""
        self._looks = looks
        self._looks_at = asyncio.get_running_loop().time() + LOOK_SECONDS
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """Read nothing more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def missing(self, conversation_id: ConversationId, patience: float = PATIENCE_SECONDS) -> None:
        """Something of it did not come; soon it is read."""
        if conversation_id not in self._due:
            self._due[conversation_id] = asyncio.get_running_loop().time() + (0 if self._is_deaf() else patience)
            self._news.set()

    def look(self, *, at_all: bool = False) -> None:
        """Look now; `at_all` conversations and people, after something was lost."""
        self._looks_at_all |= at_all
        self._looks_at = min(self._looks_at, asyncio.get_running_loop().time())
        self._news.set()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            wakes_at = min(self._due.values(), default=float("inf"))
            if self._looks:
                wakes_at = min(wakes_at, self._looks_at)
            self._news.clear()
            if wakes_at > loop.time():
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout_at(None if wakes_at == float("inf") else wakes_at):
                        await self._news.wait()
                continue
            try:
                await self._once(loop.time())
            except ChatError:
                self._looks_at_all = True
                await asyncio.sleep(RETRY_SECONDS)  # the database is away: said in the log by the one who asked it
            except Exception:
                log.exception("look_failed")
                self._looks_at_all = True
                await asyncio.sleep(RETRY_SECONDS)

    async def _once(self, at: float) -> None:
        for conversation_id in [key for key, due in self._due.items() if due <= at]:
            try:
                await self._catch_up(conversation_id)
            except Exception as error:
                # Behind all others: one that cannot be read holds up none of them, nor the look.
                del self._due[conversation_id]
                self._due[conversation_id] = at + RETRY_SECONDS
                if isinstance(error, ChatError):
                    break  # the database is away: said in the log by the one who asked it
                log.exception("repair_failed", conversation_id=conversation_id)
            else:
                self._due.pop(conversation_id, None)
        if self._looks and self._looks_at <= at:
            await self._look()

    async def _catch_up(self, conversation_id: ConversationId) -> None:
        """From the last one that left to the newest that is known."""
        while (line := self._sessions.lines.get(conversation_id)) is not None and line.last < line.goal:
            after, goal = line.last, line.goal
            self._take_a_name(conversation_id)
            page = await replay(self._db, conversation_id, after, PAGE)
            until = page[-1].seq if page else 0
            address = own_address.get()
            changes = [Change(conversation_id, one.seq, one.events, address) for one in page]
            self._publisher.replayed(conversation_id, after, changes, until)
            if len(page) < PAGE and until < goal:
                # Who tells has committed: a number that is in no journal was never told by one of us.
                log.error("events_missing", conversation_id=conversation_id, after=max(after, until), until=goal)
                self._publisher.no_more(conversation_id, goal)

    def _take_a_name(self, conversation_id: ConversationId) -> None:
        """Addresses are rendered as somebody in the room calls this server; each socket is shown its own."""
        for session in self._sessions.room(conversation_id):
            own_address.set(session.address)
            return

    async def _look(self) -> None:
        at_all, self._looks_at_all = self._looks_at_all, False
        seconds = LOOK_SECONDS_DEAF if self._is_deaf() else LOOK_SECONDS
        self._looks_at = asyncio.get_running_loop().time() + seconds
        conversation_ids = self._conversations.take(self._sessions.lines, at_all=at_all or self._is_deaf())
        if conversation_ids:
            for conversation_id, head in await self._db.fetch(HEADS_OF, conversation_ids):
                self._publisher.committed(conversation_id, head)
                line = self._sessions.lines.get(conversation_id)
                if line is not None and line.last < line.goal:
                    self.missing(conversation_id, LOOK_PATIENCE_SECONDS)
        user_ids = self._people.take(self._sessions.users(), at_all=at_all)
        if user_ids:
            outside = [
                (UserId(user_id), ConversationId(conversation_id))
                for user_id, conversation_id, _ in await self._db.fetch(HEADS, user_ids)
                if self._is_outside(UserId(user_id), ConversationId(conversation_id))
            ]
            if outside:
                await asyncio.sleep(LOOK_PATIENCE_SECONDS)  # they may have been added in this very moment
                await self._let_in(outside)

    def _is_outside(self, user_id: UserId, conversation_id: ConversationId) -> bool:
        return any(conversation_id not in session.conversations for session in self._sessions.of(user_id))

    async def _let_in(self, outside: Sequence[tuple[UserId, ConversationId]]) -> None:
        """These people belong to these conversations, and nobody told: their sockets enter, and are told now."""
        still = [(user_id, place) for user_id, place in outside if self._is_outside(user_id, place)]
        if not still:
            return
        for session in self._sessions.of(still[0][0]):
            own_address.set(session.address)
        for told in await welcomes(self._db, still):
            self._publisher.welcome(told.user_id, told.conversation_id, told.seq, told.body)
            self._publisher.committed(told.conversation_id, told.head)
            self.missing(told.conversation_id)


class _Round:
    """Who is looked at: so many at a time, and the next time the next ones."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._at = 0

    def take(self, among: Collection[T], *, at_all: bool) -> list[T]:
        """The next ones; everybody where they are few, or when it is asked for."""
        if at_all or len(among) <= self._most:
            return list(among)
        start = self._at if self._at < len(among) else 0
        self._at = start + self._most
        return list(islice(among, start, self._at))
