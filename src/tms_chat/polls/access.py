"""Holding a poll means holding the message that shows it: in one's own history, and not deleted."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from tms_chat.blocks.access import check_deliverable
from tms_chat.core.errors import ChatError
from tms_chat.core.ids import UserId
from tms_chat.db.engine import Database
from tms_chat.db.unit import Unit
from tms_chat.messages.access import MessageAccess, access_message, changing_message
from tms_chat.polls.model import POLL_COLUMNS, Poll, polls


@dataclass(frozen=True, slots=True)
class PollAccess:
    """A poll and the message that shows it."""

    poll: Poll
    held: MessageAccess


async def access_poll(connection: AsyncConnection, user_id: UserId, poll_id: str) -> PollAccess:
    """To look at it. Raises ChatError `poll_not_found`: unknown, foreign and deleted look the same."""
    poll = await _find(connection, poll_id)
    try:
        return PollAccess(poll, await access_message(connection, user_id, poll.message_id))
    except ChatError:
        raise ChatError("poll_not_found") from None


@asynccontextmanager
async def changing_poll(db: Database, user_id: UserId, poll_id: str) -> AsyncIterator[tuple[Unit, PollAccess]]:
    """A unit that holds the lock of the poll's conversation, and the poll as it is under that lock.

    Raises ChatError `poll_not_found`, `not_deliverable`.
    """
    async with db.read() as connection:
        message_id = (await access_poll(connection, user_id, poll_id)).poll.message_id
    async with changing_message(db, user_id, message_id) as (unit, held):
        poll = await _find(unit.connection, poll_id)  # it may have been deleted with its message meanwhile
        await check_deliverable(unit, held.conversation, user_id)
        yield unit, PollAccess(poll, held)


async def _find(connection: AsyncConnection, poll_id: str) -> Poll:
    row = (await connection.execute(select(*POLL_COLUMNS).where(polls.c.id == poll_id))).first()
    if row is None:
        raise ChatError("poll_not_found")
    return Poll(*tuple(row))
