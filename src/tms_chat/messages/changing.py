"""A change of a message that is there: one number, one journal row, one event, and nothing of it outside a history.

The journal holds no text, of nobody: what a message says stands in its own row alone, where deleting it deletes it.
Of a reaction that is gone it keeps the emoji, by which older clients find it.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from tms_chat.conversations.numbers import next_numbers
from tms_chat.core.events import Event
from tms_chat.core.ids import UserId
from tms_chat.db.journal import Kind, record
from tms_chat.db.unit import Unit
from tms_chat.messages.access import MessageAccess, members_without
from tms_chat.messages.events import UnseenChangeEvent


@dataclass(frozen=True, slots=True)
class Change:
    """The number of a change, and the members in whose history its message is not."""

    seq: int
    outside: frozenset[UserId]


async def number_change(
    unit: Unit, held: MessageAccess, kind: Kind, actor_id: UserId, at: datetime, data: dict[str, Any] | None = None
) -> Change:
    """Take the next number for a change of this message and journal it. `held` was looked at under the lock.

    The conversation's `updated_at` stays: it moves with messages, and with changes of the conversation itself.
    """
    conversation = await next_numbers(unit, held.conversation.id, held.conversation.updated_at, is_message=False)
    await record(
        unit,
        conversation_id=conversation.id,
        seq=conversation.last_seq,
        kind=kind,
        actor_id=actor_id,
        member_version=conversation.member_version,
        at=at,
        message_id=held.message.id,
        data=data,
    )
    return Change(conversation.last_seq, await members_without(unit, conversation.id, held.message.number))


def announce_change(unit: Unit, change: Change, event: Event) -> None:
    """The event, to whom the message is shown; to the others only that one number is over."""
    unit.announce(replace(event, but=change.outside))
    if change.outside:
        unseen = UnseenChangeEvent(conversation_id=event.conversation_id, seq=change.seq).event()
        bodies = dict.fromkeys(change.outside, unseen)
        unit.announce(Event("unseen_change", event.conversation_id, {}, bodies_by_user=bodies))
