"""What people say to a message with one emoji: one a person, a new one replaces it."""

from dataclasses import replace
from typing import Any

from sqlalchemy import delete, insert, select, update

from tms_chat.blocks.access import check_deliverable
from tms_chat.core.clock import now
from tms_chat.core.errors import ChatError
from tms_chat.core.events import Event
from tms_chat.core.ids import MessageId, UserId, uuid7
from tms_chat.core.notify import Notice
from tms_chat.db.engine import Database
from tms_chat.db.unit import Unit
from tms_chat.messages.access import changing_message
from tms_chat.messages.changing import announce_change, number_change
from tms_chat.messages.events import ReactionAddedEvent, ReactionRemovedEvent
from tms_chat.messages.model import Message, reactions
from tms_chat.messages.schema import Reaction


async def react(db: Database, user_id: UserId, message_id: MessageId, emoji: str) -> Reaction:
    """The reaction; one change, also where it replaces another.

    Raises ChatError: `message_not_found`, `forbidden`, `message_deleted`, `not_deliverable`, `reaction_exists`.
    """
    async with changing_message(db, user_id, message_id) as (unit, held):
        _check_takes_reactions(held.message)
        await check_deliverable(unit, held.conversation, user_id)
        earlier = await _emoji_of(unit, user_id, message_id)
        if earlier == emoji:
            raise ChatError("reaction_exists")
        at = now()
        # A new id for a new one: the ids are in the order in which people reacted.
        reaction = Reaction(id=uuid7(), message_id=message_id, user_id=user_id, emoji=emoji, created_at=at)
        values = {name: getattr(reaction, name) for name in Reaction.model_fields}
        mine = (reactions.c.message_id == message_id, reactions.c.user_id == user_id)
        await unit.execute(
            insert(reactions).values(values) if earlier is None else update(reactions).where(*mine).values(values)
        )
        change = await number_change(unit, held, "reaction_added", user_id, at, _kept("replaced", earlier))
        conversation_id, author_id = held.conversation.id, held.message.sender_id
        body = ReactionAddedEvent(
            conversation_id=conversation_id, seq=change.seq, message_id=message_id, reaction=reaction
        )
        event = Event("reaction_added", conversation_id, body.event())
        if author_id not in change.outside:
            event = replace(event, notice=Notice("reaction", user_id, message_id, only=author_id))
        if earlier is not None:
            event = replace(event, companions=(_removed(held.message, change.seq, user_id, earlier, compat=True),))
        announce_change(unit, change, event)
        return reaction


async def take_back(db: Database, user_id: UserId, message_id: MessageId, emoji: str) -> None:
    """Remove one's own reaction. Raises ChatError: `message_not_found`, `reaction_not_found`."""
    async with changing_message(db, user_id, message_id) as (unit, held):
        mine = (reactions.c.message_id == message_id, reactions.c.user_id == user_id, reactions.c.emoji == emoji)
        if await unit.change(delete(reactions).where(*mine)) == 0:
            raise ChatError("reaction_not_found")
        change = await number_change(unit, held, "reaction_removed", user_id, now(), _kept("emoji", emoji))
        announce_change(unit, change, _removed(held.message, change.seq, user_id, emoji))


def _removed(message: Message, seq: int, user_id: UserId, emoji: str, *, compat: bool = False) -> Event:
    body = ReactionRemovedEvent(
        conversation_id=message.conversation_id,
        seq=seq,
        message_id=message.id,
        user_id=user_id,
        emoji=emoji,
        compat=compat,
    )
    return Event("reaction_removed", message.conversation_id, body.event())


def _kept(name: str, emoji: str | None) -> dict[str, Any]:
    """For the journal, which outlives the reaction. A word or a number that somebody took back is a text: not kept."""
    return {} if emoji is None or any(character.isalnum() for character in emoji) else {name: emoji}


async def _emoji_of(unit: Unit, user_id: UserId, message_id: MessageId) -> str | None:
    mine = (reactions.c.message_id == message_id, reactions.c.user_id == user_id)
    emoji: str | None = (await unit.execute(select(reactions.c.emoji).where(*mine))).scalar_one_or_none()
    return emoji


def _check_takes_reactions(row: Message) -> None:
    if row.deleted_at is not None:
        raise ChatError("message_deleted")
    if row.type == "SYSTEM":
        raise ChatError("forbidden", "Notices of the system take no reactions.")
