"""Reading polls: two statements, whatever the number of polls, options and votes."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tms_chat.core.clock import now
from tms_chat.core.errors import ChatError
from tms_chat.core.ids import MessageId, UserId
from tms_chat.db.engine import Database
from tms_chat.polls.access import access_poll
from tms_chat.polls.model import POLL_COLUMNS, poll_options, poll_votes, polls
from tms_chat.polls.model import Poll as PollRow
from tms_chat.polls.schema import Poll, PollOption

OPTION_COLUMNS = [poll_options.c.id, poll_options.c.position, poll_options.c.option_text]


async def polls_of(
    connection: AsyncConnection, message_ids: Sequence[MessageId], viewer_id: UserId | None
) -> dict[MessageId, Poll]:
    """The polls of these messages as `viewer_id` sees them; None for an event, which everybody gets.

    Asked even for none: a constant cost.
    """
    return await _load(connection, polls.c.message_id.in_(message_ids), viewer_id)


async def load_poll(connection: AsyncConnection, poll_id: str, viewer_id: UserId | None) -> Poll:
    """One poll. Raises ChatError `poll_not_found`."""
    found = await _load(connection, polls.c.id == poll_id, viewer_id)
    if not found:
        raise ChatError("poll_not_found")
    return next(iter(found.values()))


def poll_answer(
    row: PollRow, options: Sequence[tuple[str, int, str]], voters: Mapping[str, Sequence[UserId]], viewer_id: str | None
) -> Poll:
    """The poll of the wire. `options` are id, position and text; `voters` of each, in the order they voted."""
    shown = [
        PollOption(
            id=option_id,
            pollId=row.id,
            optionText=text,
            position=position,
            voteCount=len(voters.get(option_id, ())),
            voters=[*voters.get(option_id, ())],
        )
        for option_id, position, text in options
    ]
    return Poll(
        id=row.id,
        messageId=row.message_id,
        question=row.question,
        multipleChoice=row.multiple_choice,
        isClosed=is_over(row, now()),
        expiresAt=row.expires_at,
        createdAt=row.created_at,
        options=shown,
        totalVotes=sum(option.voteCount for option in shown),
        userVotes=[option.id for option in shown if viewer_id in option.voters],
    )


def is_over(row: PollRow, at: datetime) -> bool:
    """Closed by its maker, or expired: `isClosed` of a fetch. No event tells that time has passed, `expiresAt` does."""
    return row.is_closed or (row.expires_at is not None and row.expires_at <= at)


async def _load(
    connection: AsyncConnection, which: ColumnElement[bool], viewer_id: UserId | None
) -> dict[MessageId, Poll]:
    with_options = select(*POLL_COLUMNS, *OPTION_COLUMNS).join_from(polls, poll_options).where(which)
    rows: dict[str, PollRow] = {}
    options: dict[str, list[tuple[str, int, str]]] = defaultdict(list)
    split = len(POLL_COLUMNS)
    for row in await connection.execute(with_options.order_by(poll_options.c.poll_id, poll_options.c.position)):
        rows[row[0]] = PollRow(*row[:split])
        options[row[0]].append((row[split], row[split + 1], row[split + 2]))
    votes = select(poll_votes.c.option_id, poll_votes.c.user_id).join_from(poll_votes, polls).where(which)
    voters: dict[str, list[UserId]] = defaultdict(list)
    for option_id, user_id in await connection.execute(votes.order_by(poll_votes.c.created_at, poll_votes.c.user_id)):
        voters[option_id].append(user_id)
    return {row.message_id: poll_answer(row, options[row.id], voters, viewer_id) for row in rows.values()}


async def get_poll(db: Database, user_id: UserId, poll_id: str) -> Poll:
    """The poll as this person sees it. Raises ChatError `poll_not_found`."""
    async with db.read() as connection:
        await access_poll(connection, user_id, poll_id)
        return await load_poll(connection, poll_id, user_id)
