"""The list of conversations and one of them by the hot door: what `conversations.queries` asks, prepared."""

from collections.abc import Callable, Sequence
from operator import itemgetter

from sqlalchemy import and_, bindparam, func, select

from tms_chat.conversations.listed import Kept, Listed, MemberLists
from tms_chat.conversations.model import conversations, members
from tms_chat.conversations.queries import LAST_MESSAGE_COLUMNS, cursor_after, in_order, newest_readable
from tms_chat.conversations.render import Held, Place, conversation_json, display_name_json, frame, mute_json
from tms_chat.conversations.schema import MAX_LISTED_MEMBERS
from tms_chat.core.addresses import own_address
from tms_chat.core.clock import now
from tms_chat.core.errors import ChatError
from tms_chat.core.ids import ConversationId, UserId
from tms_chat.db.prepared import Prepared, Row, Steps, among
from tms_chat.db.types import moment
from tms_chat.identity.standing import STANDING
from tms_chat.messages.access import in_history
from tms_chat.messages.model import messages
from tms_chat.people.model import USER_COLUMNS, users
from tms_chat.people.render import PROFILE_COLUMNS
from tms_chat.schema import pagination_json

Counts = Callable[[Row | None], bool]

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
_last = conversations.c.last_number
PLACES = Prepared(
    select(
        conversations.c.id,
        conversations.c.last_seq,
        _last,
        conversations.c.member_version,
        members.c.read_number,
        members.c.is_muted,
        members.c.mute_until,
        _positions,
        in_history(members.c.user_id, members.c.history_after, conversations.c.id, _last),
    )
    .join_from(members, conversations)
    .where(members.c.user_id == bindparam("user_id"), among(members.c.conversation_id, "ids")),
    "user_id",
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
) -> Steps[bytes | None]:
    """One page, last activity first; None when the token does not simply count."""
    standing = yield STANDING, (user_id, token_hash)
    if not standing or not counts(standing[0]):
        return None
    found = yield IN_ORDER, (user_id, limit + 1, offset)
    ids = [row[0] for row in found[:limit]]
    last, texts = yield from _assembled(user_id, ids, MAX_LISTED_MEMBERS, lists)
    has_more, cursor = len(found) > limit, None
    if has_more and last is not None:
        cursor = cursor_after(last.id, moment(last.last_message_at), moment(last.created_at))
    pagination = pagination_json(cursor, has_more=has_more, limit=limit)
    pieces: list[bytes] = [b'{"data":[']
    for text in texts:
        pieces += text
        pieces.append(b",")
    if texts:
        pieces.pop()
    pieces.append(b'],"pagination":' + pagination + b"}")
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
) -> Steps[tuple[Held | None, list[tuple[bytes, ...]]]]:
    """Those of these conversations that are the caller's, in this order, as pieces of JSON, and the last of them."""
    places = {row[0]: Place._make(row) for row in (yield PLACES, (user_id, ids))}
    shown = [places[id_] for id_ in ids if id_ in places]
    kept = yield from _kept(shown, lists)
    # For most the newest message is the last one they see; for the others it is an older one, or none.
    not_seen = [place.id for place in shown if place.last_number and not place.sees_newest]
    older = {row[0]: row[1:] for row in (yield NEWEST, (user_id, not_seen))} if not_seen else {}
    listed = yield from _listed(shown, kept, member_limit, lists)
    creators = [one.held.created_by for one in kept.values() if one.held.created_by is not None]
    profiles = yield PEOPLE, (set(creators).union(*(members_of_one.ids for members_of_one in listed.values())),)
    people, at, address = lists.people(profiles), now(), own_address.get()
    texts = []
    for place in shown:
        one, of_one, mute = kept[place.id], listed[place.id], mute_json(place, at)
        is_newest = place.sees_newest or not place.last_number
        framed = one.frame(people, address) if is_newest else frame(one.held, older.get(place.id), people.by_id)
        name = framed.name or display_name_json(one.held, user_id, of_one.ids, people.by_id)
        written = of_one.members_json(people, user_id, mute)
        texts.append(conversation_json(framed, place, name, written, is_muted=mute is not None))
    return (kept[shown[-1].id].held if shown else None), texts


def _kept(places: Sequence[Place], lists: MemberLists) -> Steps[dict[str, Kept]]:
    """What is kept of these, and what is read of the others."""
    kept = lists.conversations(places)
    if len(kept) < len(places):
        missing = {place.id: place for place in places if place.id not in kept}
        split = len(Held._fields)
        for row in (yield HELD, (list(missing),)):
            held, newest = Held(*row[:split]), row[split:] if row[split] is not None else None
            kept[held.id] = lists.keep_conversation(missing[held.id], held, newest)
    return kept


def _listed(
    places: Sequence[Place], kept: dict[str, Kept], member_limit: int | None, lists: MemberLists
) -> Steps[dict[str, Listed]]:
    """Their members, likewise."""
    listed = lists.members(places, member_limit)
    if len(listed) < len(places):
        missing = {place.id: place for place in places if place.id not in listed}
        has_large = member_limit is not None and any(kept[id_].held.member_count > member_limit for id_ in missing)
        grouped: dict[str, list[Row]] = {id_: [] for id_ in missing}
        for row in (yield (FIRST_MEMBERS if has_large else MEMBERS), (list(missing),)):
            grouped[row[0]].append(row[1:])
        for id_, unsorted in grouped.items():
            listed[id_] = lists.keep_members(missing[id_], member_limit, sorted(unsorted, key=JOINED))
    return listed
