"""What becomes of each send of a batch, from what was found under the locks: pure, the same for both databases.

One that is refused takes no number and holds up no other.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from tms_chat.blocks.access import check_blockers
from tms_chat.core.clock import iso
from tms_chat.core.errors import ChatError
from tms_chat.core.ids import ConversationId, MessageId, UserId, uuid7
from tms_chat.db.prepared import Row
from tms_chat.messages.mentioning import may_mention, with_named, without_mentions
from tms_chat.messages.sending.batch import Found, Listing, Named, Place, Rows
from tms_chat.messages.sending.batch import Row as NewRow
from tms_chat.messages.sending.fresh import Fresh
from tms_chat.messages.sending.post import Alone, Post, Sender, Unproven, profile
from tms_chat.people.model import stored_user
from tms_chat.previews.attaching import without_preview
from tms_chat.search.index import found_by


@dataclass(frozen=True, slots=True)
class Read:
    """The sender's position moved over `count` messages of others, the newest of which is `covered`.

    `unaware` are the members in whose history that one is not.
    """

    count: int
    covered: MessageId
    unaware: frozenset[UserId]


@dataclass(frozen=True, slots=True)
class Written:
    """A message of the batch and what it did to its sender's position, if anything was unread."""

    fresh: Fresh
    read: Read | None


Outcome = Written | ChatError | Alone | Unproven


@dataclass(slots=True)
class Decided:
    """An outcome for each post, in their order, and what is to be written."""

    rows: Rows
    outcomes: list[Outcome] = field(default_factory=list)


@dataclass(slots=True)
class _State:
    """A conversation as the batch changes it."""

    place: Place
    listing: Sequence[tuple[UserId, str]]
    last_seq: int
    last_number: int
    newest: MessageId | None


def decide(
    posts: Sequence[Post],
    found: Found,
    listings: Mapping[ConversationId, Listing],
    blockers: Mapping[ConversationId, Collection[UserId]],
    names: Mapping[ConversationId, Sequence[Named]],
    known: "KnownPeople",
    at: datetime,
) -> Decided:
    """In the order of the posts, each after those before it."""
    return _Batch(found, listings, blockers, names, known, at).decide(posts)


class KnownPeople:
    """Rows of `STANDING` as JSON texts, and what they say: a person who sends again is mostly as they were."""

    MOST = 5_000

    def __init__(self) -> None:
        self._by_text: dict[str, tuple[Row, Sender]] = {}

    def get(self, text: str) -> tuple[Row, Sender]:
        """The row, and the person in it."""
        found = self._by_text.get(text)
        if found is None:
            if len(self._by_text) >= self.MOST:
                self._by_text.clear()
            row: Row = orjson.loads(text)
            user = stored_user(row)
            found = self._by_text[text] = (row, Sender(user, profile(user)))
        return found


class _Batch:
    def __init__(
        self,
        found: Found,
        listings: Mapping[ConversationId, Listing],
        blockers: Mapping[ConversationId, Collection[UserId]],
        names: Mapping[ConversationId, Sequence[Named]],
        known: KnownPeople,
        at: datetime,
    ) -> None:
        self._found = found
        self._known = known
        self._blockers = blockers
        self._names = names
        self._at = iso(at)
        self._decided = Decided(Rows(at))
        self._tried: set[tuple[ConversationId, UserId, str | None]] = set(found.tried)
        self._states = {
            place.id: _State(place, _people(place, listings), place.last_seq, place.last_number, place.newest)
            for place in found.places.values()
        }

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
        if state is None or post.request.reply_to_id is not None:
            raise Alone
        # Before the membership: somebody removed after a send that got no answer still learns that it was stored.
        this_try = (conversation_id, sender_id, post.client_id)
        if this_try in self._tried:
            raise Alone
        seat = (conversation_id, sender_id)
        standing = self._found.seats.get(seat)
        if standing is None:
            raise ChatError("conversation_not_found")
        if state.place.type == "dm":
            check_blockers(self._blockers.get(conversation_id, ()), sender_id)
        fresh = self._number(post, state, sender)
        if post.client_id is not None:
            self._tried.add(this_try)
        read_number = self._decided.rows.positions.get(seat, standing[0])
        self._decided.rows.positions[seat] = fresh.row.number
        read = self._read(state, fresh.row.number - 1 - read_number)
        state.newest = fresh.row.id
        return Written(fresh, read)

    def _number(self, post: Post, state: _State, sender: Sender) -> Fresh:
        request, place = post.request, state.place
        content = request.content or ""
        metadata = self._metadata(post, place, content)
        state.last_seq += 1
        state.last_number += 1
        row = NewRow(
            id=MessageId(uuid7()),
            conversation_id=place.id,
            number=state.last_number,
            sender_id=post.sender_id,
            type=request.type,
            content=content,
            metadata=orjson.dumps(metadata).decode() if metadata else "{}",
            client_id=post.client_id,
            request_hash=request.digest() if post.client_id is not None else None,
            seq=state.last_seq,
            member_version=place.member_version,
            text=found_by(content, metadata),
        )
        self._decided.rows.messages.append(row)
        self._decided.rows.numbers[place.id] = (row.seq, row.number)
        # Nobody has received what came before them, whatever their clock says.
        recipients = [one for one, joined in state.listing if one != post.sender_id and joined <= self._at]
        return Fresh(row, self._at, sender, metadata, recipients)

    def _sender(self, post: Post) -> Sender:
        if post.shown is not None:
            text = self._found.people.get(post.shown.claims.token_hash)
            if text is None:
                raise Unproven
            row, sender = self._known.get(text)
            if not post.shown.counts(post.shown.claims, row):
                raise Unproven
            post.sender = sender
        assert post.sender is not None
        return post.sender

    def _metadata(self, post: Post, place: Place, content: str) -> dict[str, Any]:
        request = post.request
        given = request.metadata_json
        if given:
            given = without_mentions(without_preview(given))
        if not may_mention(request.type, content):
            return given
        named = {one.user_id: one.names for one in self._names[place.id]}
        return with_named(given, content, named, everybody=place.type == "group")

    def _read(self, state: _State, unread: int) -> Read | None:
        if unread <= 0 or state.newest is None:
            return None
        # Whoever came after a message of this very batch would need its conversation's lock.
        unaware = state.place.late if state.newest == state.place.newest else frozenset[UserId]()
        return Read(unread, state.newest, unaware)


def _people(place: Place, listings: Mapping[ConversationId, Listing]) -> Sequence[tuple[UserId, str]]:
    listing = listings.get(place.id)
    return listing.people if listing is not None and listing.version == place.member_version else ()
