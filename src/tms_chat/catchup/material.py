"""What a batch of journal rows is rendered from, read with a constant number of statements. Nothing of it is old: a
journal row says what happened, and this says what has become of it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import bindparam, func, select

from tms_chat.catchup.entries import Entry
from tms_chat.conversations.model import conversations, members
from tms_chat.core.ids import ConversationId, UserId
from tms_chat.core.rules import message_status
from tms_chat.db.prepared import Prepared, Row, Rows, Steps, among, among_pairs
from tms_chat.messages.model import hidden_messages
from tms_chat.messages.pages import BY_ID, CONVERSATION, NUMBER_OF, POSITIONS, REACTIONS, REPLY_TO_OF, SENDER_OF, TYPE
from tms_chat.messages.render import EVENT, Receipts, reactions_json
from tms_chat.messages.schema import MAX_STATUS_MEMBERS
from tms_chat.people.model import USER_COLUMNS, users
from tms_chat.polls.pages import polls_json


class Held(NamedTuple):
    """A conversation, as a row."""

    id: ConversationId
    name: str | None
    avatar_url: str | None
    history_visibility: str
    member_count: int


HELD = Prepared(
    select(*(conversations.c[name] for name in Held._fields)).where(among(conversations.c.id, "ids")), "ids"
)
LISTED = Prepared(
    select(members.c.conversation_id, *(members.c[name] for name in POSITIONS))
    .where(among(members.c.conversation_id, "ids"))
    .order_by(members.c.conversation_id, members.c.joined_at, members.c.user_id),
    "ids",
)
SLOWEST = Prepared(
    select(members.c.conversation_id, func.min(members.c.delivered_number), func.min(members.c.read_number))
    .where(among(members.c.conversation_id, "ids"), members.c.user_id != bindparam("user_id"))
    .group_by(members.c.conversation_id),
    "ids",
    "user_id",
)
ROLES = Prepared(
    select(members.c.conversation_id, members.c.user_id, members.c.role, members.c.joined_seq).where(
        among(members.c.conversation_id, "ids"), among(members.c.user_id, "user_ids")
    ),
    "ids",
    "user_ids",
)
PEOPLE = Prepared(select(*USER_COLUMNS).where(among(users.c.id, "ids")), "ids")
HIDDEN = Prepared(
    select(hidden_messages.c.conversation_id, hidden_messages.c.number).where(
        hidden_messages.c.user_id == bindparam("user_id"),
        among_pairs(hidden_messages.c.conversation_id, hidden_messages.c.number, "numbers"),
    ),
    "user_id",
    "numbers",
)


class Seat(NamedTuple):
    """A member's own place in a conversation."""

    history_after: int
    delivered_number: int
    read_number: int


@dataclass(frozen=True, slots=True)
class Viewer:
    """The one for whom it is rendered, with a seat in each of the conversations."""

    user_id: UserId
    seats: Mapping[ConversationId, Seat]


@dataclass(slots=True)
class Material:
    """Rows are as the driver makes them; the rest is JSON. `viewer` is None where it is rendered for all members."""

    viewer: Viewer | None
    held: dict[str, Held] = field(default_factory=dict)
    messages: dict[str, Row] = field(default_factory=dict)
    people: dict[str, Row] = field(default_factory=dict)
    reactions: dict[str, str] = field(default_factory=dict)  # by message
    reaction_of: dict[tuple[str, str], str] = field(default_factory=dict)  # by message and person
    polls: dict[str, str] = field(default_factory=dict)  # by message
    receipts: dict[str, Receipts] = field(default_factory=dict)  # by conversation, of those that list them
    slowest: dict[str, tuple[int, int]] = field(default_factory=dict)  # of the others
    roles: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)  # and where the membership begins
    hidden: set[tuple[str, int]] = field(default_factory=set)  # the numbers that the viewer deleted for themselves

    def quoted_by(self, row: Row) -> Row | None:
        """The message that this one answers."""
        quote = self.messages.get(row[REPLY_TO_OF])
        return quote if quote is not None and quote[CONVERSATION] == row[CONVERSATION] else None

    def is_within(self, row: Row) -> bool:
        """Whether the message is not from before the viewer's history: then they may see it quoted, and hear of its
        changes, also when they deleted it for themselves."""
        return self.viewer is None or row[NUMBER_OF] > self.viewer.seats[row[CONVERSATION]].history_after

    def is_hidden(self, row: Row) -> bool:
        """Whether they did."""
        return (row[CONVERSATION], row[NUMBER_OF]) in self.hidden

    def receipts_of(self, row: Row, created_at: str) -> tuple[str, str]:
        """`statuses` and `status` of a message. Nobody in particular gets the status of a message just sent."""
        conversation_id, sender_id, number = row[CONVERSATION], row[SENDER_OF], row[NUMBER_OF]
        receipts = self.receipts.get(conversation_id)
        statuses, worst = ("[]", "") if receipts is None else receipts.of(row[0], sender_id, number, created_at)
        if self.viewer is None:
            return statuses, "sent"
        if sender_id != self.viewer.user_id:
            seat = self.viewer.seats[conversation_id]
            return statuses, message_status(number, seat.delivered_number, seat.read_number)
        return statuses, worst or message_status(number, *self.slowest.get(conversation_id, (0, 0)))


def gather(entries: Sequence[Entry], viewer: Viewer | None) -> Steps[Material]:
    """Everything that these rows tell of. What none of them needs is not asked for."""
    found = Material(viewer)
    ids = {entry.conversation_id for entry in entries}
    found.held = {row[0]: Held._make(row) for row in (yield HELD, (ids,))}
    people = {entry.actor_id for entry in entries}.union(*(entry.people for entry in entries))
    about = {entry.message_id for entry in entries if entry.message_id is not None}
    if about:
        yield from _messages(found, about)
        people.update(row[SENDER_OF] for row in found.messages.values())
        new = {entry.message_id for entry in entries if entry.kind == "new_message"}
        yield from _answers(found, new | {entry.message_id for entry in entries if entry.kind == "reaction_added"})
        asked = [id_ for id_ in about if (row := found.messages.get(id_)) is not None and row[TYPE] == "POLL"]
        if asked:
            found.polls = yield from polls_json(asked, None if viewer is None else viewer.user_id)
        if new:
            yield from _receipts(found, {entry.conversation_id for entry in entries if entry.kind == "new_message"})
    found.people = {row[0]: row for row in (yield PEOPLE, (people,))}
    told_of = {user_id for entry in entries for user_id in entry.people}
    if told_of:
        rows = yield ROLES, ({entry.conversation_id for entry in entries if entry.people}, told_of)
        found.roles = {(row[0], row[1]): (row[2], row[3]) for row in rows}
    return found


def _messages(found: Material, about: Iterable[str]) -> Steps[None]:
    found.messages = {row[0]: row for row in (yield BY_ID, (about,))}
    numbers = [(row[CONVERSATION], row[NUMBER_OF]) for row in found.messages.values()]
    quotes = {row[REPLY_TO_OF] for row in found.messages.values() if row[REPLY_TO_OF]} - found.messages.keys()
    if quotes:
        found.messages |= {row[0]: row for row in (yield BY_ID, (quotes,))}
    if found.viewer is not None:
        found.hidden = {(row[0], row[1]) for row in (yield HIDDEN, (found.viewer.user_id, numbers))}


def _answers(found: Material, about: Iterable[str | None]) -> Steps[None]:
    rows = yield REACTIONS, ([id_ for id_ in about if id_ is not None],)
    found.reactions = reactions_json(rows, EVENT)
    found.reaction_of = {(row[1], row[2]): reactions_json([row], EVENT)[row[1]][1:-1] for row in rows}


def _receipts(found: Material, ids: Iterable[str]) -> Steps[None]:
    small = [id_ for id_ in ids if found.held[id_].member_count <= MAX_STATUS_MEMBERS]
    listed: dict[str, list[Row]] = defaultdict(list)
    rows: Rows = (yield LISTED, (small,)) if small else ()
    for row in rows:
        listed[row[0]].append(row[1:])
    found.receipts = {id_: Receipts(rows_of_one, EVENT) for id_, rows_of_one in listed.items()}
    large = [id_ for id_ in ids if id_ not in listed]
    if large and found.viewer is not None:
        rows = yield SLOWEST, (large, found.viewer.user_id)
        found.slowest = {row[0]: (row[1] or 0, row[2] or 0) for row in rows}
