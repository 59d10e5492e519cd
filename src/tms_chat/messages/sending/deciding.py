"""What becomes of each send of a batch, from what was found under the locks: pure, the same for both databases.

One that is refused takes no number and holds up no other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from tms_chat.blocks.access import check_blockers
from tms_chat.core.clock import iso
from tms_chat.core.errors import ChatError
from tms_chat.core.ids import ConversationId, MessageId, UserId, uuid7
from tms_chat.db.prepared import Row
from tms_chat.messages.access import UNKNOWN_QUOTE
from tms_chat.messages.mentioning import may_mention, with_named, without_mentions
from tms_chat.messages.sending.batch import Besides, Found, Place, Rows, Standing
from tms_chat.messages.sending.batch import Row as NewRow
from tms_chat.messages.sending.fresh import NOBODY, Company, Fresh
from tms_chat.messages.sending.post import Alone, Held, Post, Sender, Shown, Unproven
from tms_chat.messages.sending.quoting import Quote
from tms_chat.people.model import stored_user
from tms_chat.previews.attaching import without_preview
from tms_chat.search.index import found_by


class Read(NamedTuple):
    """The sender's position moved over `unread` messages of others, the newest of which is `covered`.

    `unaware` are the members in whose history that one is not.
    """

    unread: int
    covered: MessageId
    unaware: frozenset[UserId]


class Written(NamedTuple):
    """A message of the batch and what it did to its sender's position, if anything was unread."""

    fresh: Fresh
    metadata: Mapping[str, Any]
    read: Read | None


Outcome = Written | ChatError | Alone | Unproven


@dataclass(slots=True)
class Decided:
    """An outcome for each post, in their order, and what is to be written."""

    rows: Rows
    outcomes: list[Outcome] = field(default_factory=list)


class _State:
    """A conversation as the batch changes it; `newest` is the last message of the batch in it."""

    __slots__ = ("company", "last_number", "last_seq", "newest", "place")

    def __init__(self, place: Place, company: Company | None) -> None:
        self.place = place
        self.company = company if company is not None and company.version == place.member_version else NOBODY
        self.last_seq, self.last_number = place.last_seq, place.last_number
        self.newest: MessageId | None = None


def decide(
    posts: Sequence[Post],
    found: Found,
    besides: Besides,
    companies: Mapping[ConversationId, Company],
    known: "KnownPeople",
    at: datetime,
) -> Decided:
    """In the order of the posts, each after those before it."""
    return _Batch(found, besides, companies, known, at).decide(posts)


class KnownPeople:
    """Rows of `STANDING` as JSON texts, and what they say: a person who sends again is mostly as they were."""

    MOST = 5_000

    def __init__(self) -> None:
        self._by_text: dict[str, tuple[Row, Sender, set[tuple[str, float]]]] = {}

    def sender(self, text: str, shown: Shown) -> Sender | None:
        """The person in a row, if it lets the token through, which the same row does for the same token each time."""
        row, sender, counted = self._get(text)
        token = (shown.claims.token_hash, shown.claims.issued_at)
        if token not in counted:
            if not shown.counts(shown.claims, row):
                return None
            counted.add(token)
        return sender

    def _get(self, text: str) -> tuple[Row, Sender, set[tuple[str, float]]]:
        found = self._by_text.get(text)
        if found is None:
            if len(self._by_text) >= self.MOST:
                self._by_text.clear()
            row: Row = orjson.loads(text)
            found = self._by_text[text] = (row, Sender.of(stored_user(row)), set())
        return found


class _Batch:
    def __init__(
        self,
        found: Found,
        besides: Besides,
        companies: Mapping[ConversationId, Company],
        known: KnownPeople,
        at: datetime,
    ) -> None:
        self._found = found
        self._besides = besides
        self._known = known
        self._at = iso(at)
        self._decided = Decided(Rows(at))
        self._tried: set[tuple[ConversationId, UserId, str | None]] = set(found.tried)
        self._states = {id_: _State(place, companies.get(id_)) for id_, place in found.places.items()}

    def decide(self, posts: Sequence[Post]) -> Decided:
        for post in posts:
            try:
                outcome: Outcome = self._decide(post)
            except (ChatError, Alone, Unproven) as refused:
                outcome = refused
            self._decided.outcomes.append(outcome)
        return self._decided

    def _decide(self, post: Post) -> Written:
        conversation_id, sender_id = post.conversation_id, post.sender_id
        sender = self._sender(post)
        state = self._states.get(conversation_id)
        if state is None:
            raise Held
        # Before the membership: somebody removed after a send that got no answer still learns that it was stored.
        this_try = (conversation_id, sender_id, post.client_id)
        if this_try in self._tried:
            raise Alone
        seat = (conversation_id, sender_id)
        standing = self._found.seats.get(seat)
        if standing is None:
            raise ChatError("conversation_not_found")
        place, rows = state.place, self._decided.rows
        if place.type == "dm":
            check_blockers(self._besides.blockers.get(conversation_id, ()), sender_id)
        quote = self._quote(post)
        content = post.request.content or ""
        metadata = self._metadata(post, place, content)
        unread = state.last_number - rows.positions.get(seat, standing.read_number)
        read = _read(state, standing, unread) if unread > 0 else None
        state.last_seq += 1
        state.last_number += 1
        state.newest = message_id = MessageId(uuid7())
        row = NewRow(
            message_id,
            conversation_id,
            state.last_number,
            sender_id,
            post.request.type,
            content,
            orjson.dumps(metadata).decode() if metadata else "{}",
            None if quote is None else MessageId(quote.row[0]),
            post.client_id,
            None if post.client_id is None else post.request.digest(),
            state.last_seq,
            place.member_version,
            found_by(content, metadata),
        )
        rows.messages.append(row)
        rows.numbers[conversation_id] = (row.seq, row.number)
        rows.positions[seat] = row.number
        if post.client_id is not None:
            self._tried.add(this_try)
        return Written(Fresh(row, self._at, sender.profile, state.company, quote), metadata, read)

    def _sender(self, post: Post) -> Sender:
        if post.shown is not None:
            text = self._found.people.get(post.shown.claims.token_hash)
            post.sender = None if text is None else self._known.sender(text, post.shown)
            if post.sender is None:
                raise Unproven
        assert post.sender is not None
        return post.sender

    def _quote(self, post: Post) -> Quote | None:
        if post.request.reply_to_id is None:
            return None
        quote = self._besides.quotes.get((post.conversation_id, MessageId(post.request.reply_to_id)))
        if quote is None or post.sender_id in quote.late:
            raise ChatError("message_not_found", UNKNOWN_QUOTE)
        return quote

    def _metadata(self, post: Post, place: Place, content: str) -> dict[str, Any]:
        request = post.request
        given = request.metadata_json
        if given:
            given = without_mentions(without_preview(given))
        if not may_mention(request.type, content):
            return given
        named = {one.user_id: one.names for one in self._besides.names[place.id]}
        return with_named(given, content, named, everybody=place.type == "group")


def _read(state: _State, standing: Standing, unread: int) -> Read | None:
    if state.newest is not None:
        # Whoever came after a message of this very batch would have needed its conversation's lock.
        return Read(unread, state.newest, frozenset())
    return None if standing.newest is None else Read(unread, standing.newest, frozenset(standing.late or ()))
