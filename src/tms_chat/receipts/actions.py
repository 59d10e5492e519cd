"""Marking as read and as delivered: one function for every way to say it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from tms_chat.conversations.access import Access, access_conversation, access_own
from tms_chat.core.clock import now
from tms_chat.core.errors import ChatError
from tms_chat.core.ids import ConversationId, MessageId, UserId
from tms_chat.db.engine import Database
from tms_chat.db.unit import Unit
from tms_chat.messages.model import messages
from tms_chat.receipts.positions import Receipt, advance, announce, deliver, newest


@dataclass(frozen=True, slots=True)
class Marked:
    """How many messages of others were newly covered, and when the position last moved."""

    count: int
    at: datetime


async def mark(
    db: Database,
    receipt: Receipt,
    user_id: UserId,
    conversation_id: ConversationId,
    *,
    number: int | None = None,
    message_ids: Collection[str] | None = None,
) -> Marked:
    """Move the caller's position to `number`, to the newest of these messages, or to the end; never back.

    A position is a prefix: whoever names message 7 has read 1 to 6 as well. Everything above it is somebody else's
    (sending moves the sender's own, and notices are nobody's), so the number newly covered is a subtraction.
    The conversation's row is not locked: receipts do not hold up what is written.

    Raises ChatError `conversation_not_found`, `message_not_found`.
    """
    async with db.read() as connection:
        access = await access_conversation(connection, user_id, conversation_id)
        listed = None if message_ids is None else await _numbers(connection, access, message_ids)
    if listed is not None:
        number = max(listed.values(), default=0)
    if _goal(access, number) <= _position(access, receipt):
        return Marked(0, _moved_at(access, receipt))
    async with db.unit() as unit:
        return await _move(unit, receipt, user_id, conversation_id, number, listed)


async def _move(
    unit: Unit,
    receipt: Receipt,
    user_id: UserId,
    conversation_id: ConversationId,
    number: int | None,
    listed: Mapping[MessageId, int] | None,
) -> Marked:
    access = await access_own(unit, user_id, conversation_id)
    goal, position, at = _goal(access, number), _position(access, receipt), now()
    move = advance if receipt == "read" else deliver
    if await unit.change(move(conversation_id, user_id, goal, at)) == 0:
        return Marked(0, _moved_at(access, receipt))
    if listed is None:
        covered = {await newest(unit, conversation_id, goal): goal}
    else:
        covered = {message_id: covers for message_id, covers in listed.items() if covers > position}
    await announce(unit, receipt, conversation_id, user_id, goal, goal - position, covered)
    return Marked(goal - position, at)


async def _numbers(connection: AsyncConnection, access: Access, ids: Collection[str]) -> dict[MessageId, int]:
    """The numbers of these messages, in their order. Raises `message_not_found` when one of them is not the caller's
    to see here."""
    wanted = select(messages.c.id, messages.c.number).where(
        messages.c.conversation_id == access.conversation.id,
        messages.c.id.in_(ids),
        messages.c.number > access.member.history_after,
    )
    found = {MessageId(row[0]): row[1] for row in await connection.execute(wanted.order_by(messages.c.number))}
    if found.keys() != set(ids):
        raise ChatError("message_not_found", "One of the messages is not in this conversation.")
    return found


def _goal(access: Access, number: int | None) -> int:
    last = access.conversation.last_number
    return last if number is None else min(number, last)


def _position(access: Access, receipt: Receipt) -> int:
    return access.member.read_number if receipt == "read" else access.member.delivered_number


def _moved_at(access: Access, receipt: Receipt) -> datetime:
    member = access.member
    return (member.read_at if receipt == "read" else member.delivered_at) or member.joined_at
