"""Another text for a message."""

from dataclasses import replace

from sqlalchemy import update

from tms_chat.blocks.access import check_deliverable
from tms_chat.core.addresses import shown_metadata
from tms_chat.core.clock import now
from tms_chat.core.errors import ChatError
from tms_chat.core.events import Event
from tms_chat.core.ids import MessageId, UserId
from tms_chat.db.engine import Database
from tms_chat.messages.access import changing_message
from tms_chat.messages.changing import announce_change, number_change
from tms_chat.messages.events import MessageEditedEvent
from tms_chat.messages.mentioning import with_mentions
from tms_chat.messages.model import Message, messages
from tms_chat.messages.queries import render_one
from tms_chat.messages.schema import Message as MessageAnswer
from tms_chat.previews.attaching import preview_after_edit
from tms_chat.search.index import reindex_message


async def edit(db: Database, editor_id: UserId, message_id: MessageId, content: str) -> MessageAnswer:
    """The message with its new text. The same text again changes nothing and has no number.

    Raises ChatError: `message_not_found`, `forbidden`, `message_deleted`, `not_deliverable`.
    """
    async with changing_message(db, editor_id, message_id) as (unit, held):
        old = held.message
        _check_may_edit(old, editor_id)
        await check_deliverable(unit, held.conversation, editor_id)
        if content == old.content:
            return await render_one(unit.connection, old, held)
        at = now()
        kept = await preview_after_edit(unit, old.metadata, old.content, content)
        metadata = await with_mentions(unit, held.conversation, old.type, content, kept)
        new = replace(old, content=content, metadata=metadata, is_edited=True, updated_at=at)
        change = await number_change(unit, held, "message_edited", editor_id, at)
        values = {"content": content, "metadata": metadata, "is_edited": True, "updated_at": at}
        await unit.execute(update(messages).where(messages.c.id == old.id).values(values))
        await reindex_message(unit, new)
        announce_change(unit, change, edited_event(new, change.seq))
        return await render_one(unit.connection, new, held)


def edited_event(row: Message, seq: int) -> Event:
    """What a message says now: another text, or nothing any more."""
    body = MessageEditedEvent(
        conversation_id=row.conversation_id,
        seq=seq,
        message_id=row.id,
        content=row.content,
        metadata_json=shown_metadata(row.metadata),
        is_edited=row.is_edited,
        updated_at=row.updated_at,
        deleted_at=row.deleted_at,
    )
    return Event("message_edited", row.conversation_id, body.event())


def _check_may_edit(row: Message, editor_id: UserId) -> None:
    if row.sender_id != editor_id:
        raise ChatError("forbidden", "Only who sent a message can edit it.")
    if row.deleted_at is not None:
        raise ChatError("message_deleted")
    if row.type != "TEXT":
        raise ChatError("forbidden", "Only the text of text messages can be edited.")
