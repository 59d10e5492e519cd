"""Reading messages: a constant number of statements, whatever the page's size and however many members there are."""

from collections import defaultdict
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
from tms_chat.messages.access import MessageAccess, access_message, readable
from tms_chat.messages.model import MESSAGE_COLUMNS, Message, messages, reactions
from tms_chat.messages.schema import MAX_STATUS_MEMBERS, MessagePage, Reaction, is_recipient, message_answer
from tms_chat.messages.schema import Message as MessageAnswer
from tms_chat.people.model import USER_COLUMNS, User, to_user, users
from tms_chat.polls.queries import polls_of
from tms_chat.schema import Pagination


@dataclass(frozen=True, slots=True)
class Positions:
    """How far everybody is: each member in a conversation of up to 50, else only the slowest of the others."""

    listed: Sequence[Member]
    slowest_delivered: int = 0
    slowest_read: int = 0


async def history(
    db: Database, user_id: UserId, conversation_id: ConversationId, limit: int, cursor: str | None
) -> tuple[MessagePage, int]:
    """One page, newest first, and the journal number it stands for."""
    before = _number(cursor)
    async with db.read() as connection:
        access = await access_conversation(connection, user_id, conversation_id)
        mine = readable(user_id, access.member.history_after)
        statement = with_senders().where(messages.c.conversation_id == conversation_id, mine)
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


async def get_message(db: Database, user_id: UserId, message_id: MessageId) -> MessageAnswer:
    """One message. Raises ChatError `message_not_found`."""
    async with db.read() as connection:
        found = await access_message(connection, user_id, message_id)
        return await render_one(connection, found.message, found)


async def render(
    connection: AsyncConnection,
    found: Sequence[tuple[Message, User]],
    conversation: Conversation,
    viewer: Member,
) -> list[MessageAnswer]:
    """These messages of one conversation as `viewer` sees them."""
    replied = [row.reply_to_id for row, _ in found if row.reply_to_id]
    quotes = await quoted(connection, conversation.id, replied, viewer.history_after)
    positions = await positions_of(connection, conversation, viewer.user_id)
    shown = [row.id for row, _ in found]
    said = await reactions_of(connection, shown)
    polls = await polls_of(connection, shown, viewer.user_id)
    return [
        message_answer(
            row,
            sender,
            quoted=quotes.get(row.reply_to_id) if row.reply_to_id else None,
            recipients=[member for member in positions.listed if member.user_id != row.sender_id],
            status=status_for(viewer, row, positions),
            reactions=said[row.id],
            poll=polls.get(row.id),
        )
        for row, sender in found
    ]


async def render_one(connection: AsyncConnection, message: Message, access: MessageAccess) -> MessageAnswer:
    """This message as the one who holds it sees it; `message` may be newer than what was held."""
    found = [(message, access.sender)]
    return (await render(connection, found, access.conversation, access.member))[0]


async def quoted(
    connection: AsyncConnection, conversation_id: ConversationId, ids: Sequence[MessageId], history_after: int
) -> dict[MessageId, MessageAnswer]:
    """The messages others answer to, one level deep, without receipts. Asked even for none: a constant cost.

    What is outside the viewer's history is left out: whoever quotes it to them does not show it to them. Looked up by
    the ids alone: with the conversation beside them, SQLite reads all of it, which for 100,000 messages takes 20 ms.
    """
    found = await load_quotes(connection, with_senders().where(messages.c.id.in_(ids)))
    return {
        quote_id: quote
        for quote_id, quote in found.items()
        if quote.conversation_id == conversation_id and quote.sequence_number > history_after
    }


async def load_quotes(connection: AsyncConnection, statement: Select[Any]) -> dict[MessageId, MessageAnswer]:
    """What a statement of `with_senders` finds, as it is quoted."""
    split = len(MESSAGE_COLUMNS)
    return {
        MessageId(row[0]): message_answer(Message(*row[:split]), to_user(row, split))
        for row in await connection.execute(statement)
    }


async def reactions_of(connection: AsyncConnection, ids: Sequence[MessageId]) -> dict[MessageId, list[Reaction]]:
    """What people say to these messages, oldest first (the ids are in the order of time)."""
    columns = [reactions.c[name] for name in ("id", "message_id", "user_id", "emoji", "created_at")]
    statement = select(*columns).where(reactions.c.message_id.in_(ids)).order_by(reactions.c.id)
    said: dict[MessageId, list[Reaction]] = defaultdict(list)
    for row in await connection.execute(statement):
        said[row.message_id].append(Reaction(**row._mapping))
    return said


async def positions_of(connection: AsyncConnection, conversation: Conversation, viewer_id: UserId) -> Positions:
    """Everybody's positions in one statement."""
    if conversation.member_count <= MAX_STATUS_MEMBERS:
        statement = select(*MEMBER_COLUMNS).where(members.c.conversation_id == conversation.id)
        listed = [
            Member(*row) for row in await connection.execute(statement.order_by(members.c.joined_at, members.c.user_id))
        ]
        return Positions(listed)
    slowest = select(func.min(members.c.delivered_number), func.min(members.c.read_number)).where(
        members.c.conversation_id == conversation.id, members.c.user_id != viewer_id
    )
    delivered, read = (await connection.execute(slowest)).one()
    return Positions((), delivered or 0, read or 0)


def status_for(viewer: Member, row: Message, positions: Positions) -> str:
    """For its sender the worst of the others, for anybody else their own."""
    if row.sender_id == viewer.user_id:
        if not positions.listed:
            return message_status(row.number, positions.slowest_delivered, positions.slowest_read)
        others = [m for m in positions.listed if m.user_id != viewer.user_id and is_recipient(row, m)]
        delivered = min((member.delivered_number for member in others), default=0)
        return message_status(row.number, delivered, min((member.read_number for member in others), default=0))
    return message_status(row.number, viewer.delivered_number, viewer.read_number)


def with_senders() -> Select[Any]:
    """Messages and who sent them."""
    return select(*MESSAGE_COLUMNS, *USER_COLUMNS).join_from(messages, users, users.c.id == messages.c.sender_id)


def _number(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    digits = cursor.removeprefix("seq:")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 18):
        raise ChatError("invalid", "cursor: is not one this server gave out (seq:<number>).")
    return int(digits)
