"""Reading messages: a page is four statements, whatever its size and however many members there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tms_chat.conversations.access import access_conversation
from tms_chat.conversations.model import MEMBER_COLUMNS, Conversation, Member, members
from tms_chat.core.errors import ChatError
from tms_chat.core.ids import ConversationId, MessageId, UserId
from tms_chat.core.rules import message_status
from tms_chat.db.engine import Database
from tms_chat.messages.model import MESSAGE_COLUMNS, Message, messages
from tms_chat.messages.schema import MAX_STATUS_MEMBERS, MessagePage, message_answer
from tms_chat.messages.schema import Message as MessageAnswer
from tms_chat.people.model import USER_COLUMNS, User, to_user, users
from tms_chat.schema import Pagination


@dataclass(frozen=True, slots=True)
class Positions:
    """How far everybody is: each member in a conversation of up to 50, else only the slowest of the others."""

    listed: Sequence[Member]
    slowest_delivered: int
    slowest_read: int


async def history(
    db: Database, user_id: UserId, conversation_id: ConversationId, limit: int, cursor: str | None
) -> tuple[MessagePage, int]:
    """One page, newest first, and the journal number it stands for."""
    before = _number(cursor)
    async with db.read() as connection:
        access = await access_conversation(connection, user_id, conversation_id)
        statement = _messages().where(messages.c.conversation_id == conversation_id)
        if before is not None:
            statement = statement.where(messages.c.number < before)
        rows = (await connection.execute(statement.order_by(messages.c.number.desc()).limit(limit + 1))).all()
        found = [(Message(*row[: len(MESSAGE_COLUMNS)]), to_user(row, len(MESSAGE_COLUMNS))) for row in rows[:limit]]
        data = await render(connection, found, access.conversation, access.member)
    has_more = len(rows) > limit
    pagination = Pagination(
        next_cursor=f"seq:{found[-1][0].number}" if has_more else None, has_more=has_more, limit=limit
    )
    return MessagePage(data=data, pagination=pagination), access.conversation.last_seq


async def render(
    connection: AsyncConnection,
    found: Sequence[tuple[Message, User]],
    conversation: Conversation,
    viewer: Member,
) -> list[MessageAnswer]:
    """These messages of one conversation as `viewer` sees them."""
    quotes = await quoted(connection, conversation.id, [row.reply_to_id for row, _ in found if row.reply_to_id])
    positions = await positions_of(connection, conversation, viewer.user_id)
    return [
        message_answer(
            row,
            sender,
            quoted=quotes.get(row.reply_to_id) if row.reply_to_id else None,
            recipients=[member for member in positions.listed if member.user_id != row.sender_id],
            status=_status_for(viewer, row, positions),
        )
        for row, sender in found
    ]


async def quoted(
    connection: AsyncConnection, conversation_id: ConversationId, ids: Sequence[MessageId]
) -> dict[MessageId, MessageAnswer]:
    """The messages others answer to, one level deep, without receipts. Asked even for none: a constant cost."""
    statement = _messages().where(messages.c.id.in_(ids), messages.c.conversation_id == conversation_id)
    rows = (await connection.execute(statement)).all()
    split = len(MESSAGE_COLUMNS)
    return {MessageId(row[0]): message_answer(Message(*row[:split]), to_user(row, split)) for row in rows}


async def positions_of(connection: AsyncConnection, conversation: Conversation, viewer_id: UserId) -> Positions:
    """Everybody's positions in one statement."""
    if conversation.member_count <= MAX_STATUS_MEMBERS:
        statement = select(*MEMBER_COLUMNS).where(members.c.conversation_id == conversation.id)
        listed = [
            Member(*row) for row in await connection.execute(statement.order_by(members.c.joined_at, members.c.user_id))
        ]
        others = [member for member in listed if member.user_id != viewer_id]
        return Positions(
            listed,
            min((member.delivered_number for member in others), default=0),
            min((member.read_number for member in others), default=0),
        )
    slowest = select(func.min(members.c.delivered_number), func.min(members.c.read_number)).where(
        members.c.conversation_id == conversation.id, members.c.user_id != viewer_id
    )
    delivered, read = (await connection.execute(slowest)).one()
    return Positions((), delivered or 0, read or 0)


def _status_for(viewer: Member, row: Message, positions: Positions) -> str:
    if row.sender_id == viewer.user_id:
        return message_status(row.number, positions.slowest_delivered, positions.slowest_read)
    return message_status(row.number, viewer.delivered_number, viewer.read_number)


def _messages() -> Select[Any]:
    return select(*MESSAGE_COLUMNS, *USER_COLUMNS).join_from(messages, users, users.c.id == messages.c.sender_id)


def _number(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    digits = cursor.removeprefix("seq:")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 18):
        raise ChatError("invalid", "cursor: is not one this server gave out (seq:<number>).")
    return int(digits)
