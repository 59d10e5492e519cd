"""How far a member has read and received: two numbers that only ever grow, instead of a receipt per message."""

from datetime import datetime

from sqlalchemy import Update, select, update

from tms_chat.conversations.access import access_conversation
from tms_chat.conversations.model import members
from tms_chat.core.clock import now
from tms_chat.core.events import Event
from tms_chat.core.ids import ConversationId, UserId
from tms_chat.db.engine import Database
from tms_chat.db.unit import Unit
from tms_chat.messages.model import messages
from tms_chat.receipts.schema import MessagesReadEvent, MessageStatusEvent


async def mark_read(db: Database, user_id: UserId, conversation_id: ConversationId) -> datetime:
    """Move the caller's read position to the newest message; the time it last moved.

    Everything above the position is somebody else's (sending moves the sender's own), so the number of messages newly
    read is a subtraction. The conversation's row is not locked: a position only ever grows.
    """
    async with db.read() as connection:
        access = await access_conversation(connection, user_id, conversation_id)
    if access.member.read_number >= access.conversation.last_number:
        return access.member.read_at or access.member.joined_at
    at = now()
    async with db.unit() as unit:
        access = await access_conversation(unit.connection, user_id, conversation_id)
        newest = access.conversation.last_number
        if await unit.change(advance(conversation_id, user_id, newest, at)) == 1:
            await announce_read(unit, conversation_id, user_id, newest, newest - access.member.read_number, newest)
    return at


def advance(conversation_id: ConversationId, user_id: UserId, number: int, at: datetime) -> Update:
    """The statement that moves a member's positions up to `number`; it touches no row when they are there already."""
    return (
        update(members)
        .where(
            members.c.conversation_id == conversation_id,
            members.c.user_id == user_id,
            members.c.read_number < number,
        )
        .values(read_number=number, read_at=at, delivered_number=number, delivered_at=at)
    )


async def announce_read(
    unit: Unit, conversation_id: ConversationId, user_id: UserId, number: int, count: int, newest_covered: int
) -> None:
    """`messages_read` for a moved position, and `message_status` for older clients, for the newest message covered."""
    covered = select(messages.c.id).where(
        messages.c.conversation_id == conversation_id, messages.c.number == newest_covered
    )
    message_id = (await unit.execute(covered)).scalar_one()
    read = MessagesReadEvent(conversation_id=conversation_id, user_id=user_id, sequence_number=number, count=count)
    status = MessageStatusEvent(conversation_id=conversation_id, message_id=message_id, user_id=user_id, status="read")
    companion = Event("message_status", conversation_id, status.event())
    unit.announce(Event("messages_read", conversation_id, read.event(), companions=(companion,)))
