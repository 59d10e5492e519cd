"""Holding a message means that it is in one's own history: `access_*` loads and authorises in one step.

A member's history begins after `members.history_after` (where they joined, or what they cleared) and leaves out what
they deleted for themselves. Whatever reads messages asks `readable`, or calls `access_message`.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tms_chat.conversations.access import lock_conversation
from tms_chat.conversations.model import (
    CONVERSATION_COLUMNS,
    MEMBER_COLUMNS,
    Conversation,
    Member,
    conversations,
    members,
)
from tms_chat.core.errors import ChatError
from tms_chat.core.ids import ConversationId, MessageId, UserId
from tms_chat.db.engine import Database
from tms_chat.db.unit import Unit
from tms_chat.messages.model import MESSAGE_COLUMNS, Message, hidden_messages, messages
from tms_chat.people.model import USER_COLUMNS, User, to_user, users

UNKNOWN_QUOTE = "The message this one replies to is not in this conversation."


@dataclass(frozen=True, slots=True)
class MessageAccess:
    """A message, who sent it, its conversation and the caller's own membership."""

    message: Message
    sender: User
    conversation: Conversation
    member: Member


def readable(user_id: Any, history_after: Any, of: FromClause = messages) -> ColumnElement[bool]:
    """Of rows of `messages`: those in this member's history. Values, or the columns of a joined `members`."""
    return in_history(user_id, history_after, of.c.conversation_id, of.c.number)


def in_history(user_id: Any, history_after: Any, conversation_id: Any, number: Any) -> ColumnElement[bool]:
    """Whether the message with this number, if there is one, is in this member's history; columns or values."""
    hidden = exists().where(
        hidden_messages.c.conversation_id == conversation_id,
        hidden_messages.c.user_id == user_id,
        hidden_messages.c.number == number,
    )
    return and_(number > history_after, ~hidden.correlate_except(hidden_messages))


async def access_message(
    connection: AsyncConnection, user_id: UserId, message_id: MessageId, *, hidden_too: bool = False
) -> MessageAccess:
    """To look at it. Raises ChatError `message_not_found`: unknown, foreign and outside one's history look the same.

    `hidden_too` finds what the caller deleted for themselves, so that deleting it again is no error.
    """
    after = members.c.history_after
    mine = messages.c.number > after if hidden_too else readable(user_id, after)
    row = (await connection.execute(of_member(user_id).where(messages.c.id == message_id, mine))).first()
    if row is None:
        raise ChatError("message_not_found")
    return to_access(row)


def of_member(user_id: UserId) -> Select[Any]:
    """The messages of a person's conversations, as rows of `to_access`; whoever asks says which of them are theirs."""
    return (
        select(*MESSAGE_COLUMNS, *USER_COLUMNS, *CONVERSATION_COLUMNS, *MEMBER_COLUMNS)
        .join_from(messages, users, users.c.id == messages.c.sender_id)
        .join(conversations, conversations.c.id == messages.c.conversation_id)
        .join(members, members.c.conversation_id == conversations.c.id)
        .where(members.c.user_id == user_id)
    )


def to_access(row: Sequence[Any]) -> MessageAccess:
    """A row of `of_member`."""
    first = len(MESSAGE_COLUMNS)
    second = first + len(USER_COLUMNS)
    third = second + len(CONVERSATION_COLUMNS)
    return MessageAccess(
        Message(*row[:first]), to_user(row, first), Conversation(*row[second:third]), Member(*row[third:])
    )


@asynccontextmanager
async def changing_message(
    db: Database, user_id: UserId, message_id: MessageId, *, hidden_too: bool = False
) -> AsyncIterator[tuple[Unit, MessageAccess]]:
    """A unit that holds the lock of the message's conversation, and the message as it is under that lock.

    Looked at before as well: the lock needs the conversation, and whoever may not know of it does not queue for it.
    """
    async with db.read() as connection:
        found = await access_message(connection, user_id, message_id, hidden_too=hidden_too)
    async with db.unit(found.conversation.id) as unit:
        await lock_conversation(unit, found.conversation.id)
        yield unit, await access_message(unit.connection, user_id, message_id, hidden_too=hidden_too)


async def members_without(unit: Unit, conversation_id: ConversationId, number: int) -> frozenset[UserId]:
    """The members in whose history this message is not: its text must not reach them with an event either."""
    statement = select(members.c.user_id).where(
        members.c.conversation_id == conversation_id, members.c.history_after >= number
    )
    return frozenset(UserId(row[0]) for row in await unit.execute(statement))
