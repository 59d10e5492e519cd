"""The journal for all members at once: what a process publishes whose sockets missed it.

The events are those of the unit of work that made the change, joins, leaves and companions included, with what is true
now. So a member who cleared, hid or cannot see a message gets what `unseen_change` says, whatever was
announced at the time; and who was added and is gone again gets nothing.
"""

from dataclasses import replace
from typing import NamedTuple

import orjson
from sqlalchemy import bindparam, select

from tms_chat.catchup.companions import companions
from tms_chat.catchup.entries import IN_A_ROW, Entry, entry
from tms_chat.catchup.material import Material, gather
from tms_chat.catchup.render import DELETED, METADATA, Told, new_message, told, unseen
from tms_chat.conversations.model import members
from tms_chat.conversations.queries import load_conversation
from tms_chat.conversations.schema import MAX_LISTED_MEMBERS, Conversation
from tms_chat.core.errors import ChatError
from tms_chat.core.events import Body, Encoded, Event
from tms_chat.core.ids import ConversationId, UserId
from tms_chat.core.notify import Notice
from tms_chat.db.engine import Database
from tms_chat.db.prepared import Prepared, Row, Steps
from tms_chat.messages.mentioning import MENTIONS, MENTIONS_ALL
from tms_chat.messages.model import hidden_messages
from tms_chat.messages.pages import NUMBER_OF, SENDER_OF, TYPE

LATE = Prepared(
    select(members.c.user_id, members.c.history_after).where(
        members.c.conversation_id == bindparam("conversation_id"), members.c.history_after >= bindparam("first")
    ),
    "conversation_id",
    "first",
)
HIDING = Prepared(
    select(hidden_messages.c.user_id, hidden_messages.c.number).where(
        hidden_messages.c.conversation_id == bindparam("conversation_id"),
        hidden_messages.c.number >= bindparam("first"),
        hidden_messages.c.number <= bindparam("last"),
    ),
    "conversation_id",
    "first",
    "last",
)


class Replayed(NamedTuple):
    """One number with everything that is told of it, in this order; `member_version` is the one it left behind."""

    seq: int
    member_version: int
    events: tuple[Event, ...]


class _Read(NamedTuple):
    entries: list[Entry]
    found: Material
    late: dict[UserId, int]  # members whose history begins after one of the messages, and after which number
    hiding: dict[int, set[UserId]]  # who deleted the message with this number for themselves


async def replay(db: Database, conversation_id: ConversationId, after: int, limit: int) -> list[Replayed]:
    """The first `limit` changes after this number, as all members are told of them; none for one that is not there.

    A constant number of statements. Addresses of files are shown as this server calls itself at the moment
    (`core.addresses.own_address`). Raises ChatError `unavailable`.
    """
    read = await db.ask(_steps, conversation_id, after, limit)
    welcome = await _welcome(db, read)
    return [Replayed(one.seq, one.member_version, tuple(_events(one, read, welcome))) for one in read.entries]


def _steps(conversation_id: ConversationId, after: int, limit: int) -> Steps[_Read]:
    entries = [entry(row) for row in (yield IN_A_ROW, (conversation_id, after, limit))]
    found = yield from gather(entries, None)
    numbers = [row[NUMBER_OF] for row in found.messages.values()]
    if not numbers:
        return _Read(entries, found, {}, {})
    late = {UserId(row[0]): row[1] for row in (yield LATE, (conversation_id, min(numbers)))}
    hiding: dict[int, set[UserId]] = {}
    for user_id, number in (yield HIDING, (conversation_id, min(numbers), max(numbers))):
        hiding.setdefault(number, set()).add(UserId(user_id))
    return _Read(entries, found, late, hiding)


def _events(one: Entry, read: _Read, welcome: Conversation | None) -> list[Event]:
    if one.kind == "member_added":
        joins = _joining(one, read.found)
        events = []
        if joins and welcome is not None:
            bodies: dict[UserId, Body] = dict.fromkeys(joins, _view(welcome, one))
            events.append(Event("conversation_created", one.conversation_id, {}, bodies_by_user=bodies, joins=joins))
        return [*events, _event(one, read.found, told(one, read.found))]
    if one.kind in ("member_removed", "member_left"):
        return [_event(one, read.found, told(one, read.found), leaves=tuple(one.people))]
    row = read.found.messages.get(one.message_id or "")
    if row is None:
        return [_event(one, read.found, told(one, read.found))]
    outside = _without(read, row[NUMBER_OF], is_new=one.kind == "new_message")
    left_out, events = outside, []
    if one.kind == "new_message" and (quote := read.found.quoted_by(row)) is not None:
        unquoted = frozenset(who for who, after in read.late.items() if after >= quote[NUMBER_OF]) - outside
        if unquoted:
            events.append(_to(unquoted, one, new_message(one, read.found, with_quote=False)))
            left_out |= unquoted
    events.append(_event(one, read.found, told(one, read.found), but=left_out, outside=outside))
    if outside:
        events.append(_to(outside, one, unseen(one, row)))
    return events


def _event(
    one: Entry,
    found: Material,
    shown: Told,
    *,
    leaves: tuple[UserId, ...] = (),
    but: frozenset[UserId] = frozenset(),
    outside: frozenset[UserId] = frozenset(),
) -> Event:
    notice = _notice(one, found, shown, outside)
    beside = tuple(_plain(one, companion) for companion in companions(one, found))
    return replace(_plain(one, shown), leaves=leaves, but=but, notice=notice, companions=beside)


def _plain(one: Entry, shown: Told) -> Event:
    return Event(shown.name, one.conversation_id, Encoded(shown.body), encoded=shown.body)


def _to(user_ids: frozenset[UserId], one: Entry, shown: Told) -> Event:
    """For these alone."""
    bodies: dict[UserId, Body] = dict.fromkeys(user_ids, Encoded(shown.body))
    return Event(shown.name, one.conversation_id, {}, bodies_by_user=bodies)


def _without(read: _Read, number: int, *, is_new: bool) -> frozenset[UserId]:
    """The members in whose history the message with this number is not. Of its changes those hear who only deleted it
    for themselves: they may see it quoted."""
    late = {who for who, after in read.late.items() if after >= number}
    return frozenset(late | read.hiding.get(number, set()) if is_new else late)


def _joining(one: Entry, found: Material) -> tuple[UserId, ...]:
    """Those whose membership began with this change and goes on."""
    places = {user_id: found.roles.get((one.conversation_id, user_id)) for user_id in one.people}
    return tuple(user_id for user_id, place in places.items() if place is not None and place[1] == one.seq)


async def _welcome(db: Database, read: _Read) -> Conversation | None:
    """The conversation, for those who join it: read once, if anybody does."""
    for one in read.entries:
        joining = _joining(one, read.found) if one.kind == "member_added" else ()
        if joining:
            try:
                async with db.read() as connection:
                    return await load_conversation(connection, joining[0], one.conversation_id, MAX_LISTED_MEMBERS)
            except ChatError as error:
                if error.code != "conversation_not_found":  # they left again meanwhile
                    raise
    return None


def _view(conversation: Conversation, one: Entry) -> Body:
    """As it is for somebody new: nothing is muted or unread, and what was written since follows by itself."""
    everybody = [member.model_copy(update={"is_muted": False, "mute_until": None}) for member in conversation.members]
    new = conversation.model_copy(update={"members": everybody, "is_muted": False, "unread_count": 0})
    return new.event() | {"conversation_id": one.conversation_id, "seq": one.seq}


def _notice(one: Entry, found: Material, shown: Told, outside: frozenset[UserId]) -> Notice | None:
    """Whom it may be worth a notification, as when it happened."""
    row: Row | None = found.messages.get(one.message_id or "")
    if shown.name == "new_message" and row is not None and row[TYPE] != "SYSTEM" and row[DELETED] is None:
        metadata, quote = orjson.loads(row[METADATA]), found.quoted_by(row)
        mentioned = metadata.get(MENTIONS)
        return Notice(
            "message",
            UserId(row[SENDER_OF]),
            one.message_id,
            mentioned=frozenset(map(UserId, mentioned)) if isinstance(mentioned, list) else frozenset(),
            mentions_all=metadata.get(MENTIONS_ALL) is True,
            replied_to=UserId(quote[SENDER_OF]) if quote is not None else None,
        )
    if shown.name == "reaction_added" and row is not None and row[SENDER_OF] not in outside:
        return Notice("reaction", one.actor_id, one.message_id, only=UserId(row[SENDER_OF]))
    if one.kind in ("member_added", "member_removed", "member_left"):
        return Notice("member_activity", one.actor_id)
    return Notice("member_activity", one.actor_id, only=one.people[0]) if one.kind == "member_updated" else None
