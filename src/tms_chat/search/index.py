"""Keeping the search up to date: in the transaction of the change, so that what is deleted cannot be found any more.

One statement a change on both databases; SQLite's own index follows by triggers.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, insert, update

from tms_chat.core.folding import fold_text
from tms_chat.core.ids import MessageId
from tms_chat.db.unit import Unit
from tms_chat.messages.model import Message
from tms_chat.search.model import message_search


async def index_message(unit: Unit, row: Message, more: Sequence[str] = ()) -> None:
    """Make a new message findable by its text, and by `more`: the options of a poll. SYSTEM messages are not found."""
    if row.type == "SYSTEM":
        return
    await unit.execute(
        insert(message_search).values(
            message_id=row.id,
            conversation_id=row.conversation_id,
            number=row.number,
            sender_id=row.sender_id,
            type=row.type,
            created_at=row.created_at,
            text=searched_text(row, more),
        )
    )


async def reindex_message(unit: Unit, row: Message, more: Sequence[str] = ()) -> None:
    """It has another text now."""
    text = searched_text(row, more)
    await unit.execute(update(message_search).where(message_search.c.message_id == row.id).values(text=text))


async def forget_message(unit: Unit, message_id: MessageId) -> None:
    """It was deleted for everyone: neither found nor kept."""
    await unit.execute(delete(message_search).where(message_search.c.message_id == message_id))


def searched_text(row: Message, more: Sequence[str] = ()) -> str:
    """What it is found by: its text, or the name of its file."""
    return found_by(row.content, row.metadata, more)


def found_by(content: str, metadata: Mapping[str, Any], more: Sequence[str] = ()) -> str:
    """The same of a message that is not there yet."""
    name = metadata.get("fileName")
    parts = [content, name if isinstance(name, str) and name != content else "", *more]
    return fold_text("\n".join(part for part in parts if part))
