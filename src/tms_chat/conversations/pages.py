"""The list of conversations and one of them by the hot door: what `conversations.queries` asks, prepared."""

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, exists, func, select

from tms_chat.conversations.listed import Kept, Listed, Mark, MemberLists, Settled
from tms_chat.conversations.model import conversations, members
from tms_chat.conversations.queries import LAST_MESSAGE_COLUMNS, cursor_after, in_order, newest_readable
from tms_chat.conversations.render import Held, Place
from tms_chat.conversations.schema import MAX_LISTED_MEMBERS
from tms_chat.core.addresses import own_address
from tms_chat.core.clock import now
from tms_chat.core.errors import ChatError
from tms_chat.core.ids import ConversationId, UserId
from tms_chat.db.prepared import SNAPSHOT, Prepared, Row, Rows, Steps, Together, among
from tms_chat.db.types import moment
from tms_chat.identity.standing import STANDING
from tms_chat.messages.model import hidden_messages, messages
from tms_chat.people.model import USER_COLUMNS, users
from tms_chat.people.render import PROFILE_COLUMNS
from tms_chat.schema import pagination_json

Counts = Callable[[Row | None], bool]

_last = conversations.c.last_number
_places = select(
    conversations.c.id,
    _last - members.c.read_number,
    members.c.is_muted,
    members.c.mute_until,
    and_(_last > 0, _last <= members.c.history_after),
    # Of any conversation, so that it is looked up once.
    exists().where(hidden_messages.c.user_id == bindparam("user_id")),
).where(members.c.user_id == bindparam("user_id"))
IN_ORDER = Prepared(
    in_order(_places.join_from(members, conversations)).limit(bindparam("count")).offset(bindparam("skipped")),
    "user_id",
    "count",
    "skipped",
)
ONE = Prepared(
    _places.add_columns(conversations.c.last_seq)
    .join_from(members, conversations)
    .where(conversations.c.id == bindparam("id")),
    "user_id",
    "id",
)
PAGE, DETAIL = Together(IN_ORDER, STANDING, SNAPSHOT), Together(ONE, STANDING, SNAPSHOT)
_hidden = hidden_messages
HIDDEN_NEWEST = Prepared(
    select(conversations.c.id)
    .join_from(conversations, _hidden, and_(_hidden.c.conversation_id == conversations.c.id, _hidden.c.number == _last))
    .where(_hidden.c.user_id == bindparam("user_id"), among(conversations.c.id, "ids")),
    "user_id",
    "ids",
)
MARKS = Prepared(
    select(
        conversations.c.id,
        conversations.c.last_seq,
        conversations.c.member_version,
        select(func.sum(members.c.read_number))
        .where(members.c.conversation_id == conversations.c.id)
        .correlate(conversations)
        .scalar_subquery(),
    ).where(among(conversations.c.id, "ids")),
    "ids",
)
HELD = Prepared(
    select(*(conversations.c[name] for name in Held._fields), *LAST_MESSAGE_COLUMNS)
    .outerjoin(messages, and_(messages.c.conversation_id == conversations.c.id, messages.c.number == _last))
    .where(among(conversations.c.id, "ids")),
    "ids",
)
# For the others it is an older one, or none.
NEWEST = Prepared(
    select(messages.c.conversation_id, *LAST_MESSAGE_COLUMNS)
    .join_from(members, conversations)
    .join(messages, and_(messages.c.conversation_id == conversations.c.id, messages.c.number == newest_readable()))
    .where(
        messages.c.number < conversations.c.last_number,
        members.c.user_id == bindparam("user_id"),
        among(members.c.conversation_id, "ids"),
    ),
    "user_id",
    "ids",
)
LISTED_COLUMNS = [members.c[name] for name in ("conversation_id", "user_id", "role", "joined_at", "read_at")]
MEMBERS = Prepared(select(*LISTED_COLUMNS).where(among(members.c.conversation_id, "ids")), "ids")
_place = func.row_number().over(
    partition_by=members.c.conversation_id, order_by=(members.c.joined_at, members.c.user_id)
)
_ranked = select(*LISTED_COLUMNS, _place.label("place")).where(among(members.c.conversation_id, "ids")).subquery()
FIRST_MEMBERS = Prepared(select(*list(_ranked.c)[:-1]).where(_ranked.c.place <= MAX_LISTED_MEMBERS), "ids")
PEOPLE = Prepared(select(*USER_COLUMNS[:PROFILE_COLUMNS]).where(among(users.c.id, "ids")), "ids")

JOINED = itemgetter(2, 0)  # of user_id, role, joined_at, read_at: the order members are listed in


def list_steps(
    user_id: UserId, token_hash: str, limit: int, offset: int, counts: Counts, lists: MemberLists
) -> Steps[list[bytes] | None]:
    """One page, last activity first; None when the token does not simply count."""
    found, standing, snapshot = yield PAGE, ((user_id, limit + 1, offset), (user_id, token_hash), ())
    if not standing or not counts(standing[0]):
        return None
    last, pieces = yield from _assembled(user_id, found[:limit], MAX_LISTED_MEMBERS, snapshot[0][0], lists)
    has_more, cursor = len(found) > limit, None
    if has_more and last is not None:
        cursor = cursor_after(last.id, moment(last.last_message_at), moment(last.created_at))
    pagination = pagination_json(cursor, has_more=has_more, limit=limit)
    pieces.insert(0, b'{"data":[')
    pieces.append(b'],"pagination":' + pagination + b"}")
    return pieces


class HotDetail(NamedTuple):
    """The answer in pieces, and the journal number it stands for."""

    pieces: list[bytes]
    seq: int


def detail_steps(
    user_id: UserId, token_hash: str, conversation_id: ConversationId, counts: Counts, lists: MemberLists
) -> Steps[HotDetail | None]:
    """One with all its members; None as above. Raises ChatError `conversation_not_found`."""
    found, standing, snapshot = yield DETAIL, ((user_id, conversation_id), (user_id, token_hash), ())
    if not standing or not counts(standing[0]):
        return None
    if not found:
        raise ChatError("conversation_not_found")
    _, pieces = yield from _assembled(user_id, [found[0][:-1]], None, snapshot[0][0], lists)
    return HotDetail(pieces, found[0][-1])


def _assembled(
    user_id: UserId, rows: Rows, member_limit: int | None, snapshot: Any, lists: MemberLists
) -> Steps[tuple[Held | None, list[bytes]]]:
    """The conversations of these rows of `Place`s as pieces of JSON, commas between, and the last of them."""
    address, at, ids = own_address.get(), now(), [row[0] for row in rows]
    settled = lists.settled(ids, member_limit, snapshot, address)
    if len(settled) < len(ids):
        missing = [id_ for id_ in ids if id_ not in settled]
        settled |= yield from _settled(missing, member_limit, snapshot, address, lists)
    # For most the newest message is the last one they see; for the others it is an older one, or none.
    not_seen = {row[0] for row in rows if row[4]}
    if rows and rows[0][5]:
        not_seen |= {row[0] for row in (yield HIDDEN_NEWEST, (user_id, ids))}
    older = {row[0]: row[1:] for row in (yield NEWEST, (user_id, not_seen))} if not_seen else {}
    pieces: list[bytes] = []
    for row in rows:
        id_, unread, is_muted = row[:3]
        one = settled[id_]
        if one.whole is not None and not is_muted and id_ not in not_seen:
            pieces += one.whole, b"%d%b," % (unread, one.usual_end)
            continue
        place = Place._make(row)
        if id_ in not_seen:
            pieces += one.with_last(older.get(id_), place, user_id, at)
        else:
            pieces += one.pieces(place, user_id, at)
        pieces.append(b",")
    if pieces:
        pieces.append(pieces.pop()[:-1])
    return (settled[ids[-1]].kept.held if ids else None), pieces


def _settled(
    ids: Sequence[str], member_limit: int | None, snapshot: Any, address: str, lists: MemberLists
) -> Steps[dict[str, Settled]]:
    """What these are in this snapshot."""
    marks = {row[0]: Mark._make(row) for row in (yield MARKS, (ids,))}
    kept = yield from _kept(marks, lists)
    listed = yield from _listed(marks, kept, member_limit, lists)
    creators = [one.held.created_by for one in kept.values() if one.held.created_by is not None]
    profiles = yield PEOPLE, (set(creators).union(*(members_of_one.ids for members_of_one in listed.values())),)
    people = lists.people(profiles)
    return {id_: lists.settle(snapshot, address, kept[id_], listed[id_], people) for id_ in ids}


def _kept(marks: dict[str, Mark], lists: MemberLists) -> Steps[dict[str, Kept]]:
    """What is kept of these, and what is read of the others."""
    kept = lists.conversations(marks)
    if len(kept) < len(marks):
        split = len(Held._fields)
        for row in (yield HELD, ([id_ for id_ in marks if id_ not in kept],)):
            held, newest = Held(*row[:split]), row[split:] if row[split] is not None else None
            kept[held.id] = lists.keep_conversation(marks[held.id], held, newest)
    return kept


def _listed(
    marks: dict[str, Mark], kept: dict[str, Kept], member_limit: int | None, lists: MemberLists
) -> Steps[dict[str, Listed]]:
    """Their members, likewise."""
    listed = lists.members(marks, member_limit)
    if len(listed) < len(marks):
        missing = [id_ for id_ in marks if id_ not in listed]
        has_large = member_limit is not None and any(kept[id_].held.member_count > member_limit for id_ in missing)
        grouped: dict[str, list[Row]] = {id_: [] for id_ in missing}
        for row in (yield (FIRST_MEMBERS if has_large else MEMBERS), (missing,)):
            grouped[row[0]].append(row[1:])
        for id_, unsorted in grouped.items():
            listed[id_] = lists.keep_members(marks[id_], member_limit, sorted(unsorted, key=JOINED))
    return listed
