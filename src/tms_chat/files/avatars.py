"""The picture of a group, uploaded: made anew and small, shown to whoever knows its unguessable address."""

import uuid

from sqlalchemy import insert

from tms_chat.conversations.access import access_conversation
from tms_chat.conversations.membership import change_details
from tms_chat.conversations.queries import load_conversation
from tms_chat.conversations.schema import Conversation
from tms_chat.core.clock import now
from tms_chat.core.errors import ChatError
from tms_chat.core.ids import ConversationId, UserId
from tms_chat.db.engine import Database
from tms_chat.files.actions import as_values, storage_key
from tms_chat.files.model import File, files
from tms_chat.files.multipart import Received
from tms_chat.files.pictures import Avatar, avatar
from tms_chat.files.schema import file_path
from tms_chat.files.service import FileStore
from tms_chat.files.storage import put
from tms_chat.files.types import PICTURES, recognise
from tms_chat.groups.access import access_group, check_looks_after
from tms_chat.messages.writing import Actor
from tms_chat.people.model import User

MAX_AVATAR_BYTES = 5_000_000


async def check_may_picture(db: Database, user_id: UserId, conversation_id: ConversationId) -> None:
    """Before the bytes are taken in. Raises ChatError `conversation_not_found`, `forbidden`."""
    async with db.read() as connection:
        check_looks_after(await access_conversation(connection, user_id, conversation_id))


async def set_picture(
    db: Database, store: FileStore, caller: User, conversation_id: ConversationId, received: Received
) -> Conversation:
    """The group has this picture now; the one before is removed.

    Raises ChatError `file_type_refused`, `conversation_not_found`, `forbidden`.
    """
    made = await store.aside(_look, received)
    file = _file(caller.id, conversation_id, made)
    await put(store.store, file.storage_key, made.content)
    try:
        async with db.unit(conversation_id) as unit:
            access = await access_group(unit, caller.id, conversation_id)
            check_looks_after(access)
            row = access.conversation
            await change_details(
                unit,
                row,
                Actor(caller),
                None,
                name=row.name or "",
                avatar_url=file_path(file.id),
                history_visibility=row.history_visibility,
            )
            await unit.execute(insert(files).values(as_values(file)))
            return await load_conversation(unit.connection, caller.id, conversation_id)
    except ChatError as error:
        if error.status < 500:
            await store.remove([file.storage_key])
        raise


def _look(received: Received) -> Avatar:
    """Blocking: in a thread of the store."""
    if recognise(received.file, received.name).mime not in PICTURES:
        raise ChatError("file_type_refused", "The picture must be a JPEG, PNG, GIF or WebP.")
    return avatar(received.file)


def _file(uploaded_by: UserId, conversation_id: ConversationId, made: Avatar) -> File:
    # Not one of our time-ordered ids: the address is the only key to it.
    file_id = str(uuid.uuid4())
    return File(
        id=file_id,
        conversation_id=conversation_id,
        message_id=None,
        uploaded_by=uploaded_by,
        name="picture.webp",
        size=len(made.content),
        mime_type="image/webp",
        storage_key=storage_key(file_id),
        thumbnail_key=None,
        width=made.width,
        height=made.height,
        duration=None,
        created_at=now(),
    )
