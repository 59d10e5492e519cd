"""Reading conversations: a constant number of statements, whatever the number of rows, members and messages."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, ScalarSelect, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tms_chat.conversations.access import access_conversation
from tms_chat.conversations.model import (
    CONVERSATION_COLUMNS,
    MEMBER_COLUMNS,
    Conversation,
    Member,
    conversations,
    members,
)
from tms_chat.conversations.schema import (
    MAX_LISTED_MEMBERS,
    ConversationPage,
    LastMessage,
    conversation_answer,
)
from tms_chat.conversations.schema import Conversation as ConversationAnswer
from tms_chat.core.clock import from_iso, iso, now
from tms_chat.core.errors import ChatError
from tms_chat.core.ids import ConversationId, UserId
from tms_chat.core.text import like_pattern, search_key
from tms_chat.db.engine import Database
from tms_chat.db.prepared import Prepared, among
from tms_chat.messages.access import readable
from tms_chat.messages.model import messages
from tms_chat.people.model import USER_COLUMNS, User, to_user, users
from tms_chat.schema import Pagination

#: Whoever was not told for longer is told how it is now.
MAX_FOLLOWING = 1_000
LAST_MESSAGE_COLUMNS = [messages.c[name] for name in ("id", "content", "type", "sender_id", "created_at", "deleted_at")]

#: The newest journal number of each conversation of these people: which rooms their sockets belong to.
HEADS = Prepared(
    select(members.c.user_id, conversations.c.id, conversations.c.last_seq)
    .join_from(members, conversations)
    .where(among(members.c.user_id, "user_ids")),
    "user_ids",
)

HEADS_OF = Prepared(
    select(conversations.c.id, conversations.c.last_seq).where(among(conversations.c.id, "conversation_ids")),
    "conversation_ids",
)


async def list_conversations(
    db: Database, user_id: UserId, *, limit: int, cursor: str | None, offset: int, type_: str | None
) -> ConversationPage:
    """One page of the caller's conversations, last activity first, never-used ones last (newest first)."""
    statement = in_order(_with_details(user_id)).limit(limit + 1)
    if type_ is not None:
        statement = statement.where(conversations.c.type == type_)
    if cursor is not None:
        statement = statement.where(_after(cursor))
    elif offset:
        statement = statement.offset(offset)
    async with db.read() as connection:
        rows = (await connection.execute(statement)).all()
        data = await _assemble(connection, rows[:limit], MAX_LISTED_MEMBERS)
    has_more = len(rows) > limit
    next_cursor = None
    if has_more:
        last = Conversation(*rows[limit - 1][: len(CONVERSATION_COLUMNS)])
        next_cursor = cursor_after(last.id, last.last_message_at, last.created_at)
    return ConversationPage(data=data, pagination=Pagination(next_cursor=next_cursor, has_more=has_more, limit=limit))


async def find_conversations(db: Database, user_id: UserId, query: str, limit: int) -> ConversationPage:
    """The first of the caller's groups whose title has every word of `query`, and direct ones by the other person.

    One page, which nobody leafs on from: a longer query finds less. Raises ChatError `invalid` for a blank one.
    """
    words = search_key(query).split()
    if not words:
        raise ChatError("invalid", "q: is blank.")
    other, person = members.alias(), users.alias()
    with_them = exists().where(
        other.c.conversation_id == conversations.c.id,
        other.c.user_id != user_id,
        person.c.id == other.c.user_id,
        *(_contains(person.c.search_key, word) for word in words),
    )
    group = and_(conversations.c.type == "group", *(_contains(conversations.c.search_key, word) for word in words))
    direct = and_(conversations.c.type == "dm", with_them)
    async with db.read() as connection:
        rows = (await connection.execute(in_order(_with_details(user_id)).where(or_(group, direct)).limit(limit))).all()
        data = await _assemble(connection, rows, MAX_LISTED_MEMBERS)
    return ConversationPage(data=data, pagination=Pagination(next_cursor=None, has_more=False, limit=limit))


async def get_conversation(
    db: Database, user_id: UserId, conversation_id: ConversationId
) -> tuple[ConversationAnswer, int]:
    """One conversation with all its members, and the journal number it stands for.

    Raises ChatError `conversation_not_found`.
    """
    async with db.read() as connection:
        row = await _detail(connection, user_id, conversation_id)
        seq = Conversation(*row[: len(CONVERSATION_COLUMNS)]).last_seq
        return (await _assemble(connection, [row], None))[0], seq


async def load_conversation(
    connection: AsyncConnection, user_id: UserId, conversation_id: ConversationId, member_limit: int | None = None
) -> ConversationAnswer:
    """The same inside an open transaction, with all its members or the first ones only."""
    return (await _assemble(connection, [await _detail(connection, user_id, conversation_id)], member_limit))[0]


async def _detail(connection: AsyncConnection, user_id: UserId, conversation_id: ConversationId) -> Row[Any]:
    row = (await connection.execute(_with_details(user_id).where(conversations.c.id == conversation_id))).first()
    if row is None:
        raise ChatError("conversation_not_found")
    return row


class Welcome(NamedTuple):
    """What `conversation_created` tells somebody who was not told when they came in, as of `seq`. What was written
    since, up to `head`, follows by itself."""

    user_id: UserId
    conversation_id: ConversationId
    seq: int
    head: int
    body: dict[str, Any]


async def welcomes(db: Database, wanted: Sequence[tuple[UserId, ConversationId]]) -> list[Welcome]:
    """For those of these people who belong to these conversations. Who came into a group together is told the same."""
    pairs = set(wanted)
    theirs = (
        select(
            members.c.user_id, conversations.c.id, members.c.joined_seq, conversations.c.last_seq, conversations.c.type
        )
        .join_from(members, conversations)
        .where(members.c.user_id.in_({user_id for user_id, _ in pairs}))
        .where(conversations.c.id.in_({place for _, place in pairs}))
    )
    told: list[Welcome] = []
    views: dict[tuple[str, ...], dict[str, Any]] = {}
    async with db.read() as connection:
        for user_id, place, joined, head, kind in (await connection.execute(theirs)).all():
            if (user_id, place) not in pairs:
                continue
            seq = joined if head - joined <= MAX_FOLLOWING else head
            key = (place, str(seq)) if kind == "group" else (place, str(seq), user_id)
            if key not in views:
                view = await load_conversation(connection, user_id, place, MAX_LISTED_MEMBERS)
                new = view.model_copy(update={"unread_count": 0}) if seq < head else view
                views[key] = new.event() | {"conversation_id": place, "seq": seq}
            told.append(Welcome(user_id, place, seq, head, views[key]))
    return told


async def sharing_a_conversation(db: Database, user_id: UserId, candidates: Sequence[UserId]) -> set[UserId]:
    """Those of `candidates` who share a conversation with this person, who is always one of them."""
    mine = select(members.c.conversation_id).where(members.c.user_id == user_id)
    statement = select(members.c.user_id).where(members.c.conversation_id.in_(mine), members.c.user_id.in_(candidates))
    async with db.read() as connection:
        found = {UserId(row[0]) for row in await connection.execute(statement.distinct())}
    return found | ({user_id} & set(candidates))


async def check_member(db: Database, user_id: UserId, conversation_id: ConversationId) -> None:
    """Raises ChatError `conversation_not_found` for everybody but its members."""
    async with db.read() as connection:
        await access_conversation(connection, user_id, conversation_id)


def in_order(statement: Any) -> Any:
    """Conversations as they are listed."""
    return statement.order_by(
        conversations.c.last_message_at.desc().nulls_last(),
        conversations.c.created_at.desc(),
        conversations.c.id.desc(),
    )


def _contains(key: Any, word: str) -> ColumnElement[bool]:
    contained: ColumnElement[bool] = key.like(like_pattern(word), escape="\\")
    return contained


def _with_details(user_id: UserId) -> Any:
    last = and_(messages.c.conversation_id == conversations.c.id, messages.c.number == newest_readable())
    return (
        select(*CONVERSATION_COLUMNS, *MEMBER_COLUMNS, *LAST_MESSAGE_COLUMNS, *USER_COLUMNS)
        .join_from(members, conversations)
        .outerjoin(messages, last)
        .outerjoin(users, users.c.id == conversations.c.created_by)
        .where(members.c.user_id == user_id)
    )


def newest_readable() -> ScalarSelect[int]:
    """The number of the newest message the member sees, from the index backwards: mostly the very first it looks at."""
    inner = messages.alias("newest")
    return (
        select(inner.c.number)
        .where(
            inner.c.conversation_id == conversations.c.id,
            readable(members.c.user_id, members.c.history_after, inner),
        )
        .order_by(inner.c.number.desc())
        .limit(1)
        .correlate(conversations, members)
        .scalar_subquery()
    )


async def _assemble(
    connection: AsyncConnection, rows: Sequence[Row[Any]], member_limit: int | None
) -> list[ConversationAnswer]:
    listed = await _members_of(connection, [row[0] for row in rows], member_limit)
    at = now()
    first, second, third = (
        len(CONVERSATION_COLUMNS),
        len(CONVERSATION_COLUMNS) + len(MEMBER_COLUMNS),
        len(CONVERSATION_COLUMNS) + len(MEMBER_COLUMNS) + len(LAST_MESSAGE_COLUMNS),
    )
    answers = []
    for row in rows:
        conversation = Conversation(*row[:first])
        creator = to_user(row, third) if row[third] is not None else None
        answers.append(
            conversation_answer(
                conversation,
                Member(*row[first:second]),
                listed[conversation.id],
                _last_message(row[second:third]),
                creator,
                at,
            )
        )
    return answers


async def _members_of(
    connection: AsyncConnection, ids: Sequence[ConversationId], limit: int | None
) -> dict[ConversationId, list[tuple[Member, User]]]:
    listed: dict[ConversationId, list[tuple[Member, User]]] = defaultdict(list)
    if not ids:
        return listed
    place = func.row_number().over(
        partition_by=members.c.conversation_id, order_by=(members.c.joined_at, members.c.user_id)
    )
    ranked = (
        select(*MEMBER_COLUMNS, *USER_COLUMNS, place.label("place"))
        .join_from(members, users)
        .where(members.c.conversation_id.in_(ids))
        .subquery()
    )
    columns = list(ranked.c)[:-1]
    statement = select(*columns).order_by(ranked.c.conversation_id, ranked.c.place)
    if limit is not None:
        statement = statement.where(ranked.c.place <= limit)
    split = len(MEMBER_COLUMNS)
    for row in await connection.execute(statement):
        member = Member(*row[:split])
        listed[member.conversation_id].append((member, to_user(row, split)))
    return listed


def _last_message(row: Sequence[Any]) -> LastMessage | None:
    message_id, content, type_, sender_id, created_at, deleted_at = row
    if message_id is None:
        return None
    return LastMessage(
        id=message_id,
        content="" if deleted_at is not None else content,
        type=type_,
        sender_id=sender_id,
        senderId=sender_id,
        timestamp=created_at,
    )


def cursor_after(conversation_id: str, last_message_at: datetime | None, created_at: datetime) -> str:
    """Where the page after this conversation begins."""
    kind = "new" if last_message_at is None else "used"
    return f"{kind}~{iso(last_message_at or created_at)}~{conversation_id}"


def _after(cursor: str) -> ColumnElement[bool]:
    kind, _, rest = cursor.partition("~")
    moment_text, _, conversation_id = rest.partition("~")
    try:
        if kind not in ("used", "new"):
            raise ValueError(kind)
        moment = from_iso(moment_text)
    except (ValueError, OverflowError):
        raise ChatError("invalid", "cursor: is not one this server gave out.") from None
    column: Any = conversations.c.last_message_at if kind == "used" else conversations.c.created_at
    older = or_(column < moment, and_(column == moment, conversations.c.id < conversation_id))
    if kind == "used":
        return or_(older, conversations.c.last_message_at.is_(None))
    return and_(conversations.c.last_message_at.is_(None), older)
