"""Gone with the message: its files' rows in the same transaction, their bytes once that has been committed.

A crash in between leaves bytes that nothing points at, which the sweep finds.
"""

from sqlalchemy import ColumnElement, delete

from tms_chat.core.events import FilesGone
from tms_chat.core.ids import ConversationId, MessageId
from tms_chat.db.unit import Unit
from tms_chat.files.model import files


async def forget_files(unit: Unit, message_id: MessageId) -> None:
    """Forget the files of this message; one statement, whether it has any or not."""
    await _forget(unit, files.c.message_id == message_id)


async def forget_pictures(unit: Unit, conversation_id: ConversationId) -> None:
    """Forget what a conversation was pictured with: it gets another one, or none."""
    await _forget(unit, files.c.conversation_id == conversation_id, files.c.message_id.is_(None))


async def _forget(unit: Unit, *which: ColumnElement[bool]) -> None:
    gone = await unit.execute(delete(files).where(*which).returning(files.c.storage_key, files.c.thumbnail_key))
    keys = tuple(key for row in gone for key in row if key is not None)
    if keys:
        unit.announce(FilesGone(keys))
