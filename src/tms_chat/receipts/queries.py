"""What is unread: a subtraction, never a count."""

from sqlalchemy import select

from tms_chat.conversations.access import access_conversation
from tms_chat.conversations.model import conversations, members
from tms_chat.core.ids import ConversationId, UserId
from tms_chat.db.engine import Database


async def unread_counts(db: Database, user_id: UserId) -> dict[str, int]:
    """How many messages wait in each conversation in which some do."""
    unread = conversations.c.last_number - members.c.read_number
    statement = select(conversations.c.id, unread).join_from(members, conversations)
    async with db.read() as connection:
        rows = await connection.execute(statement.where(members.c.user_id == user_id, unread > 0))
        return {row[0]: row[1] for row in rows}


async def unread_count(db: Database, user_id: UserId, conversation_id: ConversationId) -> int:
    """The same for one conversation. Raises ChatError `conversation_not_found`."""
    async with db.read() as connection:
        access = await access_conversation(connection, user_id, conversation_id)
    return access.conversation.last_number - access.member.read_number
