"""How far a member has read and received: two numbers that only ever grow, instead of a receipt per message."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from sqlalchemy import BigInteger, ColumnElement, Update, and_, case, literal, select, update

from tms_chat.conversations.model import members
from tms_chat.core.events import Event
from tms_chat.core.ids import ConversationId, MessageId, UserId
from tms_chat.db.types import Instant
from tms_chat.db.unit import Unit
from tms_chat.messages.model import messages

Receipt = Literal["read", "delivered"]


def advance(conversation_id: ConversationId, user_id: UserId, number: int, at: datetime) -> Update:
    """The statement that moves a member's read position up to `number`, and the delivered one where it is behind:
    what was read has arrived. It touches no row when the read position is there already."""
    mine = _mine(conversation_id, user_id)
    is_behind = members.c.delivered_number < number
    return (
        update(members)
        .where(mine, members.c.read_number < number)
        .values(
            read_number=number,
            read_at=at,
            delivered_number=case((is_behind, literal(number, BigInteger())), else_=members.c.delivered_number),
            delivered_at=case((is_behind, literal(at, Instant())), else_=members.c.delivered_at),
        )
    )


def deliver(conversation_id: ConversationId, user_id: UserId, number: int, at: datetime) -> Update:
    """The statement that moves a member's delivered position up to `number`; no row when it is there already."""
    mine = _mine(conversation_id, user_id)
    moved = update(members).where(mine, members.c.delivered_number < number)
    return moved.values(delivered_number=number, delivered_at=at)


async def announce_read(
    unit: Unit, conversation_id: ConversationId, user_id: UserId, number: int, count: int, newest_covered: int
) -> None:
    """`messages_read` for a moved position, and `message_status` for older clients, for the newest message covered."""
    covered = {await newest(unit, conversation_id, newest_covered): newest_covered}
    await announce(unit, "read", conversation_id, user_id, number, count, covered)


async def newest(unit: Unit, conversation_id: ConversationId, number: int) -> MessageId:
    """The id of the message with this number."""
    numbered = select(messages.c.id).where(messages.c.conversation_id == conversation_id, messages.c.number == number)
    return MessageId((await unit.execute(numbered)).scalar_one())


async def announce(
    unit: Unit,
    receipt: Receipt,
    conversation_id: ConversationId,
    user_id: UserId,
    number: int,
    count: int,
    covered: Mapping[MessageId, int],
) -> None:
    """One event for a moved position, and for older clients one for each of these messages (with its number), to those
    in whose history it is."""
    late = await _late(unit, conversation_id, min(covered.values()))
    unaware = {
        message_id: frozenset(member for member, after in late.items() if after >= covers)
        for message_id, covers in covered.items()
    }
    unit.announce(moved(receipt, conversation_id, user_id, number, count, unaware))


def moved(
    receipt: Receipt,
    conversation_id: ConversationId,
    user_id: UserId,
    number: int,
    count: int,
    covered: Mapping[MessageId, frozenset[UserId]],
) -> Event:
    """What `MessagesReadEvent` and `MessageStatusEvent` describe, for a position that moved over these messages; with
    each the members in whose history it is not. Sends tell it too, so it goes past the validation."""
    about = {"conversation_id": conversation_id, "user_id": user_id}
    told = {**about, "sequence_number": number, "count": count}
    companions = tuple(
        Event(
            "message_status",
            conversation_id,
            {**about, "message_id": message_id, "status": receipt, "compat": True},
            by=user_id,
            but=unaware,
        )
        for message_id, unaware in covered.items()
    )
    return Event(f"messages_{receipt}", conversation_id, told, companions=companions, by=user_id)


async def _late(unit: Unit, conversation_id: ConversationId, number: int) -> dict[UserId, int]:
    """Members whose history begins after this message or a later one, and after which."""
    late = select(members.c.user_id, members.c.history_after).where(
        members.c.conversation_id == conversation_id, members.c.history_after >= number
    )
    return {UserId(user_id): after for user_id, after in await unit.connection.execute(late)}


def _mine(conversation_id: ConversationId, user_id: UserId) -> ColumnElement[bool]:
    return and_(members.c.conversation_id == conversation_id, members.c.user_id == user_id)
