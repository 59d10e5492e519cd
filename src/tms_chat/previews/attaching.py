"""A preview in a message: `metadata.linkPreview`, the server's word alone, about the first link in the text."""

from typing import Any

from sqlalchemy import select, update

from tms_chat.core.clock import now
from tms_chat.core.events import Event
from tms_chat.core.ids import MessageId, UserId
from tms_chat.core.links import first_link
from tms_chat.db.engine import Database
from tms_chat.db.unit import Unit
from tms_chat.messages.access import changing_message
from tms_chat.messages.changing import announce_change, number_change
from tms_chat.messages.events import LinkPreviewEvent
from tms_chat.messages.model import messages
from tms_chat.previews.schema import LinkPreview
from tms_chat.previews.store import forget_preview

LINK_PREVIEW = "linkPreview"


def without_preview(metadata: dict[str, Any]) -> dict[str, Any]:
    """What a client sends: it must not say what a link leads to, which is how people are led to the wrong place."""
    return {key: value for key, value in metadata.items() if key != LINK_PREVIEW}


async def preview_after_edit(unit: Unit, metadata: dict[str, Any], before: str, after: str) -> dict[str, Any]:
    """The preview stays while the first link does; a link that is taken back is not kept either."""
    if first_link(before) == first_link(after):
        return metadata
    await forget_preview(unit, before)
    return without_preview(metadata)


async def forget_unless_written(db: Database, message_id: MessageId, url: str) -> None:
    """A link that was taken back, with its message or by an edit, while it was looked up: nothing of it is kept."""
    async with db.read() as connection:
        text = await connection.scalar(select(messages.c.content).where(messages.c.id == message_id))
    if first_link(text or "") != url:
        async with db.unit() as unit:
            await forget_preview(unit, url)


async def attach(db: Database, message_id: MessageId, preview: LinkPreview) -> None:
    """Add it to a message, when that is still there and has this link, and its sender still sees it."""
    async with db.read() as connection:
        sender_id = await connection.scalar(select(messages.c.sender_id).where(messages.c.id == message_id))
    async with changing_message(db, UserId(sender_id or ""), message_id, hidden_too=True) as (unit, held):
        old = held.message
        metadata = old.metadata | {LINK_PREVIEW: preview.model_dump()}
        if old.deleted_at is not None or first_link(old.content) != preview.url or metadata == old.metadata:
            return
        change = await number_change(unit, held, "link_preview", old.sender_id, now())
        await unit.execute(update(messages).where(messages.c.id == old.id).values(metadata=metadata))
        body = LinkPreviewEvent(
            conversation_id=old.conversation_id, seq=change.seq, message_id=old.id, metadata_json=metadata
        )
        announce_change(unit, change, Event("link_preview", old.conversation_id, body.event()))
