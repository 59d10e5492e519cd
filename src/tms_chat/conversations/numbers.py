"""The next numbers of a locked conversation: one for the journal, and one for a message when there is one."""

from datetime import datetime
from typing import Any

from sqlalchemy import update

from tms_chat.conversations.model import CONVERSATION_COLUMNS, Conversation, conversations
from tms_chat.core.ids import ConversationId
from tms_chat.db.unit import Unit


async def next_numbers(
    unit: Unit, conversation_id: ConversationId, at: datetime, *, is_message: bool, **changes: Any
) -> Conversation:
    """Take the next number and make these changes of the conversation's row; the row as it is now."""
    values = {"last_seq": conversations.c.last_seq + 1, "updated_at": at, **changes}
    if is_message:
        values |= {"last_number": conversations.c.last_number + 1, "last_message_at": at}
    taken = update(conversations).where(conversations.c.id == conversation_id).values(values)
    row = (await unit.execute(taken.returning(*CONVERSATION_COLUMNS))).one()
    return Conversation(*tuple(row))
