"""What a batch goes through on its way into the database: a transaction on one connection."""

import asyncio
from collections.abc import Sequence

from tms_chat.core.clock import now
from tms_chat.core.ids import ConversationId, MessageId
from tms_chat.db.engine import Database
from tms_chat.messages.mentioning import may_mention
from tms_chat.messages.sending.batch import BatchWriter, Besides, Found, Late, Question
from tms_chat.messages.sending.deciding import KnownPeople, decide
from tms_chat.messages.sending.fresh import NOBODY, Company
from tms_chat.messages.sending.post import Post
from tms_chat.messages.sending.telling import Rendered, render

MOST_COMPANIES = 2_000


class Known:
    """Members and people as earlier batches found them, by what was read under the lock of each."""

    def __init__(self) -> None:
        self.people = KnownPeople()
        self._companies: dict[ConversationId, Company] = {}

    def companies(self, posts: Sequence[Post]) -> dict[ConversationId, Company]:
        """Of the conversations of these; what another batch keeps meanwhile takes none of them away."""
        return {post.conversation_id: self._companies.get(post.conversation_id, NOBODY) for post in posts}

    def keep(self, conversation_id: ConversationId, company: Company) -> None:
        """For the next batches."""
        if len(self._companies) >= MOST_COMPANIES:
            del self._companies[next(iter(self._companies))]
        self._companies[conversation_id] = company


class Pen:
    """Writes one batch at a time."""

    def __init__(self, db: Database, writer: BatchWriter, known: Known) -> None:
        self._db = db
        self._writer = writer
        self._known = known

    async def write(self, posts: Sequence[Post]) -> Rendered:
        """All of it or nothing; then it is on the disk. Raises what the driver raises, and Held."""
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

    async def close(self) -> None:
        """Close its connection."""
        await self._writer.close()

    async def _attempt(self, posts: Sequence[Post], *, patient: bool = False) -> Rendered:
        writer, companies = self._writer, self._known.companies(posts)
        found = await writer.begin(
            Question(
                {one: companies[one].version for one in sorted(companies)},
                {(post.conversation_id, post.sender_id) for post in posts},
                [(post.conversation_id, post.sender_id, post.client_id) for post in posts if post.client_id],
                {(post.sender_id, post.shown.claims.token_hash) for post in posts if post.shown is not None},
            ),
            patient=patient,
        )
        besides = await self._look_further(posts, found)
        for place in found.places.values():
            if place.people is not None:
                companies[place.id] = Company(place.member_version, place.people)
                self._known.keep(place.id, companies[place.id])
        decided = decide(posts, found, besides, companies, self._known.people, now())
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
