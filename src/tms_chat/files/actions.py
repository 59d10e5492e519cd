"""Sending a file: its bytes are stored first, then its message in one transaction, as every other message is."""

from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import func, insert, select

from tms_chat.conversations.access import access_conversation
from tms_chat.core.clock import now
from tms_chat.core.errors import ChatError
from tms_chat.core.ids import ConversationId, MessageId, UserId, uuid7
from tms_chat.db.engine import Database
from tms_chat.db.unit import Unit
from tms_chat.files.model import File, files
from tms_chat.files.multipart import Received
from tms_chat.files.pictures import Picture, remake
from tms_chat.files.schema import FileMessage, UploadFields, metadata_of
from tms_chat.files.service import FileStore
from tms_chat.files.storage import put
from tms_chat.files.types import PICTURES, Kind, recognise
from tms_chat.messages.actions import send
from tms_chat.messages.model import messages
from tms_chat.messages.sending.post import Sent
from tms_chat.people.model import User

VOICE_NAMES = ("voice", "recording", "audio-message")


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found in an upload: its kind, and the picture that takes its place when it is one."""

    kind: Kind
    picture: Picture | None


async def check_may_upload(
    db: Database, store: FileStore, sender: User, conversation_id: str, client_id: UUID | None, size: int
) -> None:
    """Before the bytes are taken in, and again when their number is known.

    Raises ChatError `conversation_not_found`, `quota_exceeded`. A retry is let through: it gets its answer, whatever
    has happened since.
    """
    async with db.read() as connection:
        if client_id is not None:
            earlier = select(messages.c.id).where(
                messages.c.conversation_id == conversation_id,
                messages.c.sender_id == sender.id,
                messages.c.client_id == str(client_id),
            )
            if (await connection.execute(earlier)).first() is not None:
                return
        await access_conversation(connection, sender.id, ConversationId(conversation_id))
        if store.quota_bytes is not None:
            used = select(func.coalesce(func.sum(files.c.size), 0)).where(files.c.uploaded_by == sender.id)
            if int((await connection.execute(used)).scalar_one()) + size > store.quota_bytes:
                raise ChatError("quota_exceeded")


async def upload(db: Database, store: FileStore, sender: User, fields: UploadFields, received: Received) -> Sent:
    """Store what arrived and send its message.

    Raises ChatError: `invalid` (empty), `file_type_refused`, and what `messages.actions.send` raises.
    """
    if received.size == 0:
        raise ChatError("invalid", "The file is empty.")
    await check_may_upload(db, store, sender, fields.conversation_id, fields.client_id, received.size)
    looked = await store.aside(_look, received, store)
    try:
        return await _store_and_send(db, store, sender, fields, received, looked)
    finally:
        if looked.picture is not None:
            looked.picture.file.close()


def _look(received: Received, store: FileStore) -> Looked:
    """Blocking: in a thread of the store."""
    kind = recognise(received.file, received.name, received.declared_type)
    return Looked(kind, remake(received.file, store.folder) if kind.mime in PICTURES else None)


async def _store_and_send(
    db: Database, store: FileStore, sender: User, fields: UploadFields, received: Received, looked: Looked
) -> Sent:
    file = _file(sender.id, fields, received, looked)
    request = FileMessage(
        conversation_id=fields.conversation_id,
        type=_message_type(file, looked, fields),
        content=file.name,
        metadata_json=metadata_of(file),
        reply_to_id=fields.reply_to_id,
        client_id=fields.client_id,
        fingerprint=fields.digest(received.name, received.size, received.sha256),
    )

    async def attach(unit: Unit, message_id: MessageId) -> None:
        await unit.execute(insert(files).values(as_values(replace(file, message_id=message_id))))

    keys = [file.storage_key] + ([file.thumbnail_key] if file.thumbnail_key is not None else [])
    content = looked.picture.file if looked.picture is not None else received.file
    content.seek(0)
    try:
        await put(store.store, file.storage_key, content)
        if looked.picture is not None and looked.picture.thumbnail is not None and file.thumbnail_key is not None:
            await put(store.store, file.thumbnail_key, looked.picture.thumbnail)
        sent = await send(db, sender, request, attach)
    except ChatError as error:
        # Where the server itself failed the message may be stored all the same: then only the sweep can tell.
        if error.status < 500:
            await store.remove(keys)
        raise
    if not sent.is_new:
        await store.remove(keys)
    return sent


def _file(sender_id: UserId, fields: UploadFields, received: Received, looked: Looked) -> File:
    file_id = uuid7()
    picture = looked.picture
    key = storage_key(file_id)
    return File(
        id=file_id,
        conversation_id=ConversationId(fields.conversation_id),
        message_id=None,
        uploaded_by=sender_id,
        name=received.name,
        size=received.size if picture is None else picture.size,
        mime_type=looked.kind.mime if picture is None else picture.mime,
        storage_key=key,
        thumbnail_key=f"{key}.thumbnail" if picture is not None and picture.thumbnail is not None else None,
        width=picture.width if picture is not None else None,
        height=picture.height if picture is not None else None,
        duration=fields.duration if looked.kind.is_audio or looked.kind.is_video else None,
        created_at=now(),
    )


def _message_type(file: File, looked: Looked, fields: UploadFields) -> str:
    if looked.picture is not None:
        return "IMAGE"
    is_voice = fields.duration is not None or file.name.lower().startswith(VOICE_NAMES)
    return "VOICE" if looked.kind.is_audio and is_voice else "FILE"


def storage_key(file_id: str) -> str:
    """Where the bytes of a file are: 256 folders of about the same size."""
    return f"{file_id[-2:]}/{file_id}"


def as_values(file: File) -> dict[str, object]:
    """A file as a row to insert."""
    return {name: getattr(file, name) for name in File.__dataclass_fields__}
