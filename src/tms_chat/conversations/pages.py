"""The list of conversations and one of them by the hot door: what `conversations.queries` asks, prepared."""

from collections.abc import Callable, Sequence
from operator import itemgetter

from sqlalchemy import and_, bindparam, func, select

from tms_chat.conversations.listed import MemberLists
from tms_chat.conversations.model import conversations, members
from tms_chat.conversations.queries import LAST_MESSAGE_COLUMNS, cursor_after, in_order, newest_readable
from tms_chat.conversations.render import Held, conversation_json, mute_json
from tms_chat.conversations.schema import MAX_LISTED_MEMBERS
from tms_chat.core.clock import now
from tms_chat.core.errors import ChatError
from tms_chat.core.ids import ConversationId, UserId
from tms_chat.db.prepared import Prepared, Row, Steps, among
from tms_chat.db.types import moment
from tms_chat.identity.standing import STANDING
from tms_chat.messages.access import readable
from tms_chat.messages.model import messages
from tms_chat.people.model import USER_COLUMNS, users
from tms_chat.people.render import PROFILE_COLUMNS
from tms_chat.schema import Pagination

Counts = Callable[[Row | None], bool]

OF_MEMBERSHIP = ("read_number", "is_muted", "mute_until")
HELD_COLUMNS = [(members if name in OF_MEMBERSHIP else conversations).c[name] for name in Held._fields]

IN_ORDER = Prepared(
    in_order(
        select(conversations.c.id).join_from(members, conversations).where(members.c.user_id == bindparam("user_id"))
    )
    .limit(bindparam("count"))
    .offset(bindparam("skipped")),
    "user_id",
    "count",
    "skipped",
)
_all = members.alias("every")
# What tells whether the members that were read before are still the same: see `conversations.listed`.
_positions = (
    select(func.sum(_all.c.read_number))
    .where(_all.c.conversation_id == members.c.conversation_id)
    .correlate(members)
    .scalar_subquery()
)
# With the newest message, where that is readable; for most it is, and it costs one look each.
HELD = Prepared(
    select(*HELD_COLUMNS, *LAST_MESSAGE_COLUMNS, _positions)
    .join_from(members, conversations)
    .outerjoin(
        messages,
        and_(
            messages.c.conversation_id == conversations.c.id,
            messages.c.number == conversations.c.last_number,
            readable(members.c.user_id, members.c.history_after),
        ),
    )
    .where(members.c.user_id == bindparam("user_id"), among(members.c.conversation_id, "ids")),
    "user_id",
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
) -> Steps[bytes | None]:
    """One page, last activity first; None when the token does not simply count."""
    standing = yield STANDING, (user_id, token_hash)
    if not standing or not counts(standing[0]):
        return None
    found = yield IN_ORDER, (user_id, limit + 1, offset)
    ids = [row[0] for row in found[:limit]]
    held, texts = yield from _assembled(user_id, ids, MAX_LISTED_MEMBERS, lists)
    has_more = len(found) > limit
    last = held[-1] if has_more else None
    cursor = cursor_after(last.id, moment(last.last_message_at), moment(last.created_at)) if last is not None else None
    pagination = Pagination(next_cursor=cursor, has_more=has_more, limit=limit)
    pieces: list[bytes] = [b'{"data":[']
    for text in texts:
        pieces += text
        pieces.append(b",")
    if texts:
        pieces.pop()
    pieces.append(b'],"pagination":' + pagination.rest() + b"}")
    return b"".join(pieces)


def detail_steps(
    user_id: UserId, token_hash: str, conversation_id: ConversationId, counts: Counts, lists: MemberLists
) -> Steps[bytes | None]:
    """One with all its members; None as above. Raises ChatError `conversation_not_found`."""
    standing = yield STANDING, (user_id, token_hash)
    if not standing or not counts(standing[0]):
        return None
    _, texts = yield from _assembled(user_id, [conversation_id], None, lists)
    if not texts:
        raise ChatError("conversation_not_found")
    return b"".join(texts[0])


def _assembled(
    user_id: UserId, ids: Sequence[str], member_limit: int | None, lists: MemberLists
) -> Steps[tuple[list[Held], list[tuple[bytes, bytes, bytes]]]]:
    """Those of these conversations that are the caller's, in this order, as rows and as pieces of JSON."""
    rows = yield HELD, (user_id, ids)
    split = len(HELD_COLUMNS)
    by_id = {row[0]: Held(*row[:split]) for row in rows}
    newest = {row[0]: row[split:-1] for row in rows if row[split] is not None}
    older = yield NEWEST, (user_id, [row[0] for row in rows if row[split] is None])
    newest |= {row[0]: row[1:] for row in older}
    marks = {row[0]: (by_id[row[0]].member_version, row[-1]) for row in rows}
    listed = {id_: kept for id_, mark in marks.items() if (kept := lists.get(id_, member_limit, mark)) is not None}
    missing = [id_ for id_ in marks if id_ not in listed]
    has_large = member_limit is not None and any(by_id[id_].member_count > member_limit for id_ in missing)
    found = yield (FIRST_MEMBERS if has_large else MEMBERS), (missing,)
    grouped: dict[str, list[Row]] = {id_: [] for id_ in missing}
    for row in found:
        grouped[row[0]].append(row[1:])
    for id_, unsorted in grouped.items():
        listed[id_] = lists.keep(id_, member_limit, marks[id_], sorted(unsorted, key=JOINED))
    creators = [held.created_by for held in by_id.values() if held.created_by is not None]
    profiles = yield PEOPLE, (set(creators).union(*(kept.ids for kept in listed.values())),)
    people, at = lists.people(profiles), now()
    shown = [by_id[id_] for id_ in ids if id_ in by_id]
    texts = []
    for held in shown:
        kept, mute = listed[held.id], mute_json(held, at)
        members_of_one = kept.members_json(people, user_id, mute)
        last = newest.get(held.id)
        texts.append(
            conversation_json(held, user_id, kept.ids, members_of_one, last, people.by_id, is_muted=mute is not None)
        )
    return shown, texts
