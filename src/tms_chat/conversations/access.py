"""Holding a conversation means being a member of it: `access_*` loads and authorises in one step."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from tms_chat.conversations.model import (
    CONVERSATION_COLUMNS,
    MEMBER_COLUMNS,
    Conversation,
    Member,
    conversations,
    members,
)
from tms_chat.core.errors import ChatError
from tms_chat.core.ids import ConversationId, UserId
from tms_chat.db.unit import Unit


@dataclass(frozen=True, slots=True)
class Access:
    """A conversation and the caller's own membership."""

    conversation: Conversation
    member: Member


async def access_conversation(connection: AsyncConnection, user_id: UserId, conversation_id: ConversationId) -> Access:
    """To look at it. Raises ChatError `conversation_not_found`: unknown and foreign look the same."""
    statement = (
        select(*CONVERSATION_COLUMNS, *MEMBER_COLUMNS)
        .join_from(conversations, members)
        .where(conversations.c.id == conversation_id, members.c.user_id == user_id)
    )
    row = (await connection.execute(statement)).first()
    if row is None:
        raise ChatError("conversation_not_found")
    split = len(CONVERSATION_COLUMNS)
    return Access(Conversation(*row[:split]), Member(*row[split:]))


async def lock_conversation(unit: Unit, conversation_id: ConversationId) -> Conversation:
    """Lock the conversation's row to the commit: whoever changes it does so in the order of its numbers.

    A statement of its own, before the membership is looked at: in one statement PostgreSQL (READ COMMITTED) re-checks
    only the locked row after waiting, and a member removed a moment ago would still get through.
    """
    lock = select(*CONVERSATION_COLUMNS).where(conversations.c.id == conversation_id).with_for_update(key_share=True)
    row = (await unit.execute(lock)).first()
    if row is None:
        raise ChatError("conversation_not_found")
    return Conversation(*tuple(row))


async def access_locked(unit: Unit, user_id: UserId, conversation: Conversation) -> Access:
    """The membership in a locked conversation. Raises ChatError `conversation_not_found`."""
    mine = select(*MEMBER_COLUMNS).where(members.c.conversation_id == conversation.id, members.c.user_id == user_id)
    member = (await unit.execute(mine)).first()
    if member is None:
        raise ChatError("conversation_not_found")
    return Access(conversation, Member(*tuple(member)))


async def access_own(unit: Unit, user_id: UserId, conversation_id: ConversationId) -> Access:
    """To change one's own membership, locked to the commit: of two devices, the later one sees what the first made of
    it. The conversation's row is not locked: this holds up nobody who writes. Raises `conversation_not_found`."""
    mine = select(members.c.user_id).where(members.c.conversation_id == conversation_id, members.c.user_id == user_id)
    await unit.execute(mine.with_for_update())
    return await access_conversation(unit.connection, user_id, conversation_id)
