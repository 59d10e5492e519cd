"""Blocking and unblocking. Both may be done again: nothing changes, and nobody is told."""

from sqlalchemy import delete, select

from tms_chat.blocks.model import blocks
from tms_chat.blocks.schema import Block, BlockedEvent
from tms_chat.conversations.access import lock_conversation
from tms_chat.conversations.actions import dm_key
from tms_chat.conversations.model import conversations
from tms_chat.core.clock import now
from tms_chat.core.errors import ChatError
from tms_chat.core.events import Personal
from tms_chat.core.ids import ConversationId, UserId
from tms_chat.core.rules import Rights
from tms_chat.db.engine import Database
from tms_chat.people.access import access_person
from tms_chat.people.model import User
from tms_chat.people.schema import public_profile


async def block(db: Database, rights: Rights, caller: User, user_id: UserId) -> Block:
    """From the answer on, nothing of theirs gets into the direct conversation of the two.

    For that it waits, under the conversation's lock, for what is on its way there. A direct conversation that they
    begin at the same moment may still get its first message.

    Raises ChatError `invalid` for oneself, `user_not_found`.
    """
    if user_id == caller.id:
        raise ChatError("invalid", "user_id: names yourself.")
    person = await access_person(db, rights, caller, user_id)
    pair = select(conversations.c.id).where(conversations.c.dm_key == dm_key(caller.id, user_id))
    async with db.read() as connection:
        direct = await connection.scalar(pair)
    at = now()
    async with db.unit(None if direct is None else ConversationId(direct)) as unit:
        if direct is not None:
            await lock_conversation(unit, ConversationId(direct))
        row = unit.insert(blocks).values(blocker_id=caller.id, blocked_id=user_id, created_at=at)
        if await unit.change(row.on_conflict_do_nothing()) == 1:
            unit.announce(_told(caller.id, user_id, is_blocked=True))
        mine = select(blocks.c.created_at).where(blocks.c.blocker_id == caller.id, blocks.c.blocked_id == user_id)
        since = (await unit.execute(mine)).scalar_one()
    return Block(user_id=user_id, user=public_profile(person), created_at=since)


async def unblock(db: Database, caller_id: UserId, user_id: UserId) -> None:
    """Hear from them again; what was refused meanwhile stays unsent."""
    mine = (blocks.c.blocker_id == caller_id, blocks.c.blocked_id == user_id)
    async with db.unit() as unit:
        if await unit.change(delete(blocks).where(*mine)) == 1:
            unit.announce(_told(caller_id, user_id, is_blocked=False))


def _told(caller_id: UserId, user_id: UserId, *, is_blocked: bool) -> Personal:
    return Personal("user_blocked", caller_id, BlockedEvent(user_id=user_id, is_blocked=is_blocked).event())
