"""Deleting a message for everyone: what it said is erased wherever it stands, and an empty stub keeps its number."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import delete, update

from tms_chat.core.clock import now
from tms_chat.core.errors import ChatError
from tms_chat.core.events import Event
from tms_chat.core.ids import MessageId, UserId
from tms_chat.db.engine import Database
from tms_chat.db.unit import Unit
from tms_chat.files.removal import forget_files
from tms_chat.messages.access import changing_message
from tms_chat.messages.changing import announce_change, number_change
from tms_chat.messages.editing import edited_event
from tms_chat.messages.events import MessageDeletedEvent
from tms_chat.messages.model import Message, messages, reactions
from tms_chat.polls.model import polls
from tms_chat.previews.store import forget_preview
from tms_chat.search.index import forget_message


async def delete_for_everyone(db: Database, deleter_id: UserId, message_id: MessageId) -> datetime:
    """When it was deleted; a second time changes nothing and tells nobody.

    Raises ChatError: `message_not_found`, `forbidden`.
    """
    async with changing_message(db, deleter_id, message_id, hidden_too=True) as (unit, held):
        row = held.message
        _check_may_delete(row, deleter_id)
        if row.deleted_at is not None:
            return row.deleted_at
        at = now()
        change = await number_change(unit, held, "message_edited", deleter_id, at)
        stub = replace(row, content="", metadata={}, updated_at=at, deleted_at=at)
        await _erase(unit, stub)
        await forget_preview(unit, row.content)
        companion = MessageDeletedEvent(conversation_id=row.conversation_id, seq=change.seq, message_id=row.id)
        deleted = Event("message_deleted", row.conversation_id, companion.event())
        announce_change(unit, change, replace(edited_event(stub, change.seq), companions=(deleted,)))
        return at


async def _erase(unit: Unit, stub: Message) -> None:
    """The text, what was said and voted about it, and its files. `request_hash` stays: a retry still finds the stub."""
    values = {name: getattr(stub, name) for name in ("content", "metadata", "updated_at", "deleted_at")}
    await unit.execute(update(messages).where(messages.c.id == stub.id).values(values))
    await unit.execute(delete(reactions).where(reactions.c.message_id == stub.id))
    await unit.execute(delete(polls).where(polls.c.message_id == stub.id))
    await forget_message(unit, stub.id)
    await forget_files(unit, stub.id)


def _check_may_delete(row: Message, deleter_id: UserId) -> None:
    if row.type == "SYSTEM":
        raise ChatError("forbidden", "Notices of the system cannot be deleted for everyone.")
    if row.sender_id != deleter_id:
        raise ChatError("forbidden", "Only who sent a message can delete it for everyone.")
