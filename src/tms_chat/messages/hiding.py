"""Out of one's own sight: one message, or everything there is. The others keep it and are not told."""

from datetime import datetime

from sqlalchemy import delete, func, select, update

from tms_chat.conversations.access import access_locked, lock_conversation
from tms_chat.conversations.model import members
from tms_chat.core.clock import now
from tms_chat.core.events import Personal
from tms_chat.core.ids import ConversationId, MessageId, UserId
from tms_chat.db.engine import Database
from tms_chat.messages.access import changing_message, readable
from tms_chat.messages.events import ConversationClearedEvent, MessageHiddenEvent
from tms_chat.messages.model import hidden_messages, messages
from tms_chat.receipts.positions import advance, announce_read


async def delete_for_me(db: Database, user_id: UserId, message_id: MessageId) -> datetime:
    """Any message, whoever sent it; a second time changes nothing. Raises ChatError `message_not_found`."""
    async with changing_message(db, user_id, message_id, hidden_too=True) as (unit, held):
        values = {"user_id": user_id, "conversation_id": held.conversation.id, "number": held.message.number}
        if await unit.change(unit.insert(hidden_messages).values(values).on_conflict_do_nothing()) == 1:
            event = MessageHiddenEvent(conversation_id=held.conversation.id, message_id=message_id)
            unit.announce(Personal("message_hidden", user_id, event.event()))
    return now()


async def clear(db: Database, user_id: UserId, conversation_id: ConversationId) -> int:
    """One's history begins after the newest message now, which counts as read; how many were shown before.

    Raises ChatError `conversation_not_found`.
    """
    async with db.unit(conversation_id) as unit:
        conversation = await lock_conversation(unit, conversation_id)
        member = (await access_locked(unit, user_id, conversation)).member
        newest, at = conversation.last_number, now()
        mine = readable(user_id, member.history_after)
        shown = select(func.count()).select_from(messages).where(messages.c.conversation_id == conversation_id, mine)
        count: int = (await unit.execute(shown)).scalar_one()
        me = (members.c.conversation_id == conversation_id, members.c.user_id == user_id)
        await unit.execute(update(members).where(*me).values(history_after=newest))
        # All of these are before the beginning now.
        hidden = (hidden_messages.c.conversation_id == conversation_id, hidden_messages.c.user_id == user_id)
        await unit.execute(delete(hidden_messages).where(*hidden))
        await unit.execute(advance(conversation_id, user_id, newest, at))
        unread = newest - member.read_number
        if unread > 0:
            await announce_read(unit, conversation_id, user_id, newest, unread, newest)
        event = ConversationClearedEvent(conversation_id=conversation_id, sequence_number=newest)
        unit.announce(Personal("conversation_cleared", user_id, event.event()))
        return count
