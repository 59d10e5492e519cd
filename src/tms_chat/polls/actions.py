"""Asking, voting, closing. Each is one numbered change of the conversation; events carry nobody's own choice."""

from collections.abc import Sequence

from sqlalchemy import delete, insert, update

from tms_chat.blocks.access import check_deliverable
from tms_chat.conversations.access import access_locked, lock_conversation
from tms_chat.core.clock import now
from tms_chat.core.errors import ChatError
from tms_chat.core.events import Event
from tms_chat.core.ids import ConversationId, MessageId, UserId, uuid7
from tms_chat.db.engine import Database
from tms_chat.messages.actions import advance_sender
from tms_chat.messages.changing import announce_change, number_change
from tms_chat.messages.queries import positions_of
from tms_chat.messages.writing import Draft, write
from tms_chat.people.model import User
from tms_chat.polls.access import changing_poll
from tms_chat.polls.events import NewPollEvent, PollClosedEvent, PollCreated, PollVoteEvent
from tms_chat.polls.model import Poll as PollRow
from tms_chat.polls.model import poll_options, poll_votes, polls
from tms_chat.polls.queries import is_over, load_poll, poll_answer
from tms_chat.polls.schema import Poll, PollRequest


async def create_poll(db: Database, creator: User, request: PollRequest) -> PollCreated:
    """A message of type POLL and the poll it shows, numbered once.

    Raises ChatError `conversation_not_found`, `not_deliverable`, `invalid` for an end that has passed.
    """
    conversation_id = ConversationId(request.conversation_id)
    async with db.unit(conversation_id) as unit:
        access = await access_locked(unit, creator.id, await lock_conversation(unit, conversation_id))
        await check_deliverable(unit, access.conversation, creator.id)
        row = _new_row(creator, request)
        options = [
            (uuid7(), option.position, option.option_text)
            for option in sorted(request.options, key=lambda option: option.position)
        ]
        draft = Draft(
            "POLL",
            request.question,
            also_found_by=[text for _, _, text in options],
            poll=poll_answer(row, options, {}, None),
            id=row.message_id,
        )
        positions = await positions_of(unit.connection, access.conversation, creator.id)
        recipients = [member for member in positions.listed if member.user_id != creator.id]
        written = await write(unit, access.conversation, creator, draft, recipients=recipients)
        await unit.execute(insert(polls).values(**{name: getattr(row, name) for name in PollRow.__dataclass_fields__}))
        rows = [{"id": id_, "poll_id": row.id, "position": place, "option_text": text} for id_, place, text in options]
        await unit.execute(insert(poll_options).values(rows))
        made = PollCreated(poll=poll_answer(row, options, {}, None), message=written.message)
        seq = written.conversation.last_seq
        compat = NewPollEvent(conversation_id=conversation_id, seq=seq, poll=made.poll, message=made.message)
        unit.announce(Event("new_poll", conversation_id, compat.event()))
        await advance_sender(
            unit, access.conversation, access.member, written.message.sequence_number, written.message.created_at
        )
        return made


async def vote(db: Database, voter_id: UserId, poll_id: str, option_ids: Sequence[str]) -> Poll:
    """The poll with this as the voter's whole choice. The same choice again has no number.

    Raises ChatError `poll_not_found`, `not_deliverable`, `poll_closed`, `invalid`.
    """
    chosen = set(option_ids)
    async with changing_poll(db, voter_id, poll_id) as (unit, access):
        at = now()
        if is_over(access.poll, at):
            raise ChatError("poll_closed")
        before = await load_poll(unit.connection, poll_id, voter_id)
        _check_choice(before, chosen)
        if chosen == set(before.userVotes):
            return before
        mine = (poll_votes.c.poll_id == poll_id, poll_votes.c.user_id == voter_id)
        await unit.execute(delete(poll_votes).where(*mine))
        rows = [{"poll_id": poll_id, "user_id": voter_id, "option_id": id_, "created_at": at} for id_ in sorted(chosen)]
        await unit.execute(insert(poll_votes).values(rows))
        after = await load_poll(unit.connection, poll_id, voter_id)
        change = await number_change(unit, access.held, "poll_vote_added", voter_id, at)
        body = PollVoteEvent(
            conversation_id=access.poll.conversation_id,
            seq=change.seq,
            poll_id=poll_id,
            user_id=voter_id,
            poll=_of_nobody(after),
        )
        announce_change(unit, change, Event("poll_vote_added", access.poll.conversation_id, body.event()))
        return after


async def close(db: Database, closer_id: UserId, poll_id: str) -> Poll:
    """Nobody can vote any more; who made the poll decides that.

    Raises ChatError `poll_not_found`, `not_deliverable`, `forbidden`, `poll_closed` also where it has expired.
    """
    async with changing_poll(db, closer_id, poll_id) as (unit, access):
        if access.poll.created_by != closer_id:
            raise ChatError("forbidden", "Only who made a poll can close it.")
        at = now()
        if is_over(access.poll, at):
            raise ChatError("poll_closed", "This poll is closed already.")
        await unit.execute(update(polls).where(polls.c.id == poll_id).values(is_closed=True))
        after = await load_poll(unit.connection, poll_id, closer_id)
        change = await number_change(unit, access.held, "poll_closed", closer_id, at)
        body = PollClosedEvent(
            conversation_id=access.poll.conversation_id, seq=change.seq, poll_id=poll_id, poll=_of_nobody(after)
        )
        announce_change(unit, change, Event("poll_closed", access.poll.conversation_id, body.event()))
        return after


def _new_row(creator: User, request: PollRequest) -> PollRow:
    at = now()
    if request.expires_at is not None and request.expires_at <= at:
        raise ChatError("invalid", "expires_at: has passed already.")
    return PollRow(
        id=uuid7(),
        message_id=MessageId(uuid7()),
        conversation_id=ConversationId(request.conversation_id),
        created_by=creator.id,
        question=request.question,
        multiple_choice=request.multiple_choice,
        is_closed=False,
        expires_at=request.expires_at,
        created_at=at,
    )


def _check_choice(poll: Poll, chosen: set[str]) -> None:
    if not chosen <= {option.id for option in poll.options}:
        raise ChatError("invalid", "option_ids: names an option that this poll does not have.")
    if len(chosen) > 1 and not poll.multipleChoice:
        raise ChatError("invalid", "option_ids: this poll takes one choice.")


def _of_nobody(poll: Poll) -> Poll:
    return poll.model_copy(update={"userVotes": []})
