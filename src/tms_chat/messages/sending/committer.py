"""Group commit: sends that wait are written in one transaction, and while it commits, the next gather.

What a message costs is mostly what a transaction costs: the wait for the disk, the round trips, the pages that change.
A single sender never waits for others; under load the batches grow by themselves, and in a crowd they pause (`Crowd`).

A batch takes the turns of its conversations (`Database.turns`), as a unit does, from before it begins until its events
are out, so that both leave in the order of their numbers. A conversation whose turn is not free now is left for a later
batch: nobody is held up by somebody else's conversation.
"""

import asyncio
from collections.abc import Iterable, Sequence
from weakref import WeakKeyDictionary

import structlog

from tms_chat.core.addresses import own_address
from tms_chat.core.errors import ChatError
from tms_chat.core.ids import ConversationId
from tms_chat.db.away import is_away
from tms_chat.db.engine import Database
from tms_chat.messages.sending.contended import AT_ONCE, Contended
from tms_chat.messages.sending.crowd import Crowd
from tms_chat.messages.sending.opening import open_waiting_writers, open_writer
from tms_chat.messages.sending.pen import Known, Pen
from tms_chat.messages.sending.post import Alone, Held, Post, Sent
from tms_chat.messages.sending.telling import Rendered

log = structlog.get_logger(__name__)

#: A batch is written on the event loop on SQLite, which then does nothing else for some milliseconds.
MOST_AT_ONCE = 64
#: Longer than that nobody waits for a batch that does not come back, to be part of the next.
PATIENCE_SECONDS = 5.0
#: A deadlock, a transaction that cannot be ordered, a row that somebody keeps (SQLSTATE, PostgreSQL appendix A).
LOST_A_RACE = ("40P01", "40001", "55P03")

_committers: WeakKeyDictionary[Database, "Committer"] = WeakKeyDictionary()


def committer_of(db: Database) -> "Committer":
    """The one of this database; it is made with the first send."""
    found = _committers.get(db)
    if found is None:
        found = _committers[db] = Committer(db)
        db.before_closing.append(found.close)
    return found


class Committer:
    """Writes what waits."""

    def __init__(self, db: Database) -> None:
        self._db = db
        known = Known()
        self._pen = Pen(db, open_writer(db), known)
        self._contended = Contended([Pen(db, writer, known) for writer in open_waiting_writers(db, AT_ONCE)])
        self._waiting: dict[ConversationId, list[Post]] = {}
        self._asked: set[ConversationId] = set()  # whose turn somebody else has
        self._ours: set[ConversationId] = set()  # whose turn was handed to us for the next batch
        self._crowd = Crowd()
        self._running: asyncio.Task[None] | None = None
        self._apart: set[asyncio.Task[None]] = set()  # batches of one conversation each, that wait for its row

    def send(self, post: Post) -> "asyncio.Future[Sent]":
        """Its answer, once it is on the disk and told to everybody, or ChatError, or Alone.

        Whoever stops waiting for it loses the answer only, unless it had not been begun.
        """
        self._waiting.setdefault(post.conversation_id, []).append(post)
        self._crowd.arrived(post.sender_id)
        self._go_on()
        return post.answer

    async def close(self) -> None:
        """After what waits."""
        while (running := self._batches()) or self._waiting:
            if running:
                await asyncio.wait(running)
            else:
                await asyncio.sleep(0.01)  # for somebody else's turn
        await self._pen.close()
        await self._contended.close()

    def _batches(self) -> set[asyncio.Task[None]]:
        return self._apart | ({self._running} if self._running is not None else set())

    def _go_on(self) -> None:
        if self._running is None:
            self._running = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        try:
            await asyncio.sleep(0)  # what arrives together is written together
            await self._crowd.gathered()
            while posts := self._gather():
                await self._commit(posts, self._pen)
                await self._crowd.gathered()
        finally:
            self._running = None

    def _gather(self) -> list[Post]:
        """The posts of conversations whose turn is free, which is taken; the others ask for theirs.

        Where another process writes as well, they go apart at once.
        """
        gathered: list[Post] = []
        for conversation_id in list(self._waiting):
            if len(gathered) >= MOST_AT_ONCE:
                break
            if conversation_id not in self._ours and not self._db.turns.take_if_free(conversation_id):
                self._ask(conversation_id)
                continue
            self._ours.discard(conversation_id)
            if self._contended.is_one(conversation_id) and (pen := self._contended.take_pen()) is not None:
                self._go_apart(pen, self._take(conversation_id, MOST_AT_ONCE))
            else:
                gathered += self._take(conversation_id, MOST_AT_ONCE - len(gathered))
        return gathered

    def _take(self, conversation_id: ConversationId, most: int) -> list[Post]:
        posts = self._waiting.pop(conversation_id)
        if len(posts) > most:
            self._waiting[conversation_id] = posts[most:]
        self._crowd.begins()
        return posts[:most]

    def _ask(self, conversation_id: ConversationId) -> None:
        if conversation_id in self._asked:
            return
        self._asked.add(conversation_id)

        def handed_over(_turn: asyncio.Future[None]) -> None:
            self._asked.discard(conversation_id)
            if conversation_id in self._waiting:
                self._ours.add(conversation_id)
                self._go_on()
            else:
                self._db.turns.give_back(conversation_id)

        self._db.turns.ask(conversation_id).add_done_callback(handed_over)

    def _go_apart(self, pen: Pen, posts: list[Post]) -> None:
        """With the turn of their conversation, which is one."""

        async def write() -> None:
            try:
                await self._commit(posts, pen)
            finally:
                self._contended.give_back(pen)

        task = asyncio.get_running_loop().create_task(write())
        self._apart.add(task)
        task.add_done_callback(self._apart.discard)

    async def _commit(self, gathered: list[Post], pen: Pen) -> None:
        places = {post.conversation_id for post in gathered}
        posts = [post for post in gathered if not post.answer.done()]
        if not posts:
            self._give_back(places)
            return
        giving_up = asyncio.get_running_loop().call_later(PATIENCE_SECONDS, self._give_up)
        try:
            rendered = await pen.write(posts)
        except Exception as error:
            self._give_back(places)
            self._fail(posts, error)
            return
        finally:
            giving_up.cancel()
        if pen is self._pen:
            places -= self._send_apart(posts, rendered)
        try:
            for address, announced in rendered.announced:
                own_address.set(address)
                await self._db.publish_committed(announced)
        finally:
            self._give_back(places)
        for post, answer in zip(posts, rendered.answers, strict=True):
            if not isinstance(answer, Held) or post.conversation_id in places:
                _settle(post, answer)

    def _send_apart(self, posts: Sequence[Post], rendered: Rendered) -> set[ConversationId]:
        """Those whose row was skipped, each conversation with its turn, as far as there are pens."""
        skipped: dict[ConversationId, list[Post]] = {}
        for post, answer in zip(posts, rendered.answers, strict=True):
            if isinstance(answer, Held):
                skipped.setdefault(post.conversation_id, []).append(post)
        gone = set()
        for conversation_id, held in skipped.items():
            self._contended.skipped(conversation_id)
            if (pen := self._contended.take_pen()) is not None:
                self._go_apart(pen, held)
                gone.add(conversation_id)
        return gone

    def _give_back(self, places: Iterable[ConversationId]) -> None:
        for conversation_id in places:
            self._db.turns.give_back(conversation_id)

    def _fail(self, posts: Sequence[Post], error: Exception) -> None:
        """Away is away for all who wait; after anything else each is tried alone, for one of them may be the reason."""
        if isinstance(error, ChatError | Held):  # known to be away, or waited for in vain
            for post in posts:
                _settle(post, error)
            return
        if is_away(error) and getattr(error, "sqlstate", None) not in LOST_A_RACE:
            log.error("database_unavailable", reason=type(error).__name__, detail=str(error)[:300])
            for post in posts:
                _settle(post, _unavailable())
            self._give_up()
            return
        log.warning("batch_failed", reason=type(error).__name__, sends=len(posts))
        for post in posts:
            _settle(post, Alone())

    def _give_up(self) -> None:
        waiting = [post for held in self._waiting.values() for post in held]
        self._waiting.clear()
        for post in waiting:
            _settle(post, _unavailable())
        self._give_back(self._ours)
        self._ours.clear()


def _unavailable() -> ChatError:
    return ChatError("unavailable", retry_after=2)


def _settle(post: Post, answer: Sent | Exception) -> None:
    if post.answer.done():
        return  # nobody waits any more
    if isinstance(answer, Sent):
        post.answer.set_result(answer)
    else:
        post.answer.set_exception(answer)
