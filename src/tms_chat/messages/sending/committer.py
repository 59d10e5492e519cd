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
from tms_chat.core.clock import now
from tms_chat.core.errors import ChatError
from tms_chat.core.ids import ConversationId, MessageId
from tms_chat.db.away import is_away
from tms_chat.db.engine import Database
from tms_chat.messages.mentioning import may_mention
from tms_chat.messages.sending.batch import BatchWriter, Besides, Found, Late, Question
from tms_chat.messages.sending.crowd import Crowd
from tms_chat.messages.sending.deciding import KnownPeople, decide
from tms_chat.messages.sending.fresh import NOBODY, Company
from tms_chat.messages.sending.opening import open_writer
from tms_chat.messages.sending.post import Alone, Post, Sent
from tms_chat.messages.sending.telling import Rendered, render

log = structlog.get_logger(__name__)

#: A batch is written on the event loop on SQLite, which then does nothing else for some milliseconds.
MOST_AT_ONCE = 64
MOST_COMPANIES = 2_000
#: Longer than that nobody waits for a batch that does not come back, to be part of the next.
PATIENCE_SECONDS = 5.0
#: A deadlock, and a transaction that cannot be ordered (SQLSTATE, PostgreSQL appendix A).
LOST_A_RACE = ("40P01", "40001")

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
        self._writer: BatchWriter = open_writer(db)
        self._waiting: dict[ConversationId, list[Post]] = {}
        self._asked: set[ConversationId] = set()  # whose turn somebody else has
        self._ours: set[ConversationId] = set()  # whose turn was handed to us for the next batch
        self._companies: dict[ConversationId, Company] = {}
        self._people = KnownPeople()
        self._crowd = Crowd()
        self._running: asyncio.Task[None] | None = None

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
        while self._running is not None or self._waiting:
            if self._running is not None:
                await asyncio.wait([self._running])
            else:
                await asyncio.sleep(0.01)  # for somebody else's turn
        await self._writer.close()

    def _go_on(self) -> None:
        if self._running is None:
            self._running = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        try:
            await asyncio.sleep(0)  # what arrives together is written together
            await self._crowd.gathered()
            while posts := self._gather():
                self._crowd.begins()
                await self._commit(posts)
                await self._crowd.gathered()
        finally:
            self._running = None

    def _gather(self) -> list[Post]:
        """The posts of conversations whose turn is free, which is taken; the others ask for theirs."""
        gathered: list[Post] = []
        for conversation_id in list(self._waiting):
            if len(gathered) >= MOST_AT_ONCE:
                break
            if conversation_id not in self._ours and not self._db.turns.take_if_free(conversation_id):
                self._ask(conversation_id)
                continue
            self._ours.discard(conversation_id)
            posts = self._waiting.pop(conversation_id)
            room = MOST_AT_ONCE - len(gathered)
            if len(posts) > room:
                self._waiting[conversation_id] = posts[room:]
            gathered += posts[:room]
        return gathered

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

    async def _commit(self, gathered: list[Post]) -> None:
        places = {post.conversation_id for post in gathered}
        posts = [post for post in gathered if not post.answer.done()]
        if not posts:
            self._give_back(places)
            return
        giving_up = asyncio.get_running_loop().call_later(PATIENCE_SECONDS, self._give_up)
        try:
            rendered = await self._write(posts)
        except Exception as error:
            self._give_back(places)
            self._fail(posts, error)
            return
        finally:
            giving_up.cancel()
        try:
            for address, announced in rendered.announced:
                own_address.set(address)
                await self._db.publish_committed(announced)
        finally:
            self._give_back(places)
        for post, answer in zip(posts, rendered.answers, strict=True):
            _settle(post, answer)

    async def _write(self, posts: Sequence[Post]) -> Rendered:
        async with self._db.watched(), self._db.writing():
            try:
                try:
                    return await self._attempt(posts)
                except Late:
                    await self._writer.roll_back()
                    return await self._attempt(posts, patient=True)
            except BaseException:
                await self._writer.roll_back()
                raise

    async def _attempt(self, posts: Sequence[Post], *, patient: bool = False) -> Rendered:
        writer, companies = self._writer, self._companies
        ids = sorted({post.conversation_id for post in posts})
        found = await writer.begin(
            Question(
                {one: companies.get(one, NOBODY).version for one in ids},
                {(post.conversation_id, post.sender_id) for post in posts},
                [(post.conversation_id, post.sender_id, post.client_id) for post in posts if post.client_id],
                {(post.sender_id, post.shown.claims.token_hash) for post in posts if post.shown is not None},
            ),
            patient=patient,
        )
        besides = await self._look_further(posts, found)
        for place in found.places.values():
            if place.people is not None:
                self._keep(place.id, Company(place.member_version, place.people))
        decided = decide(posts, found, besides, companies, self._people, now())
        if not decided.rows.messages:
            await writer.roll_back()
            return render(posts, decided.outcomes)
        await writer.write(decided.rows)
        committing = writer.commit()
        try:
            await asyncio.sleep(0)  # it is on its way, and while the disk is waited for there is something to do
            return render(posts, decided.outcomes)
        finally:
            await committing

    async def _look_further(self, posts: Sequence[Post], found: Found) -> Besides:
        writer = self._writer
        pairs = [place.id for place in found.places.values() if place.type == "dm"]
        asked = {post.conversation_id for post in posts if may_mention(post.request.type, post.request.content or "")}
        answered = {(post.conversation_id, MessageId(id_)) for post in posts if (id_ := post.request.reply_to_id)}
        return Besides(
            await writer.blockers(pairs) if pairs else {},
            await writer.names(list(asked)) if asked else {},
            await writer.quotes(answered) if answered else {},
        )

    def _keep(self, conversation_id: ConversationId, company: Company) -> None:
        if len(self._companies) >= MOST_COMPANIES:
            del self._companies[next(iter(self._companies))]
        self._companies[conversation_id] = company

    def _give_back(self, places: Iterable[ConversationId]) -> None:
        for conversation_id in places:
            self._db.turns.give_back(conversation_id)

    def _fail(self, posts: Sequence[Post], error: Exception) -> None:
        """Away is away for all who wait; after anything else each is tried alone, for one of them may be the reason."""
        if isinstance(error, ChatError):  # known to be away
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
