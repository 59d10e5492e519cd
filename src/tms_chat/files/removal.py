"""What becomes of a message's files when the message is deleted for everyone."""

from sqlalchemy import delete

from tms_chat.core.ids import MessageId
from tms_chat.db.unit import Unit
from tms_chat.files.model import files


async def forget_files(unit: Unit, message_id: MessageId) -> None:
    """Nobody finds them from the commit on. Bytes that belong to no row are swept out of the storage."""
    await unit.execute(delete(files).where(files.c.message_id == message_id))
