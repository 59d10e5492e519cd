"""What is known of an uploaded file; its bytes are in the object store under `storage_key`."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, Column, Float, ForeignKey, Index, Integer, Table, Text

from tms_chat.core.ids import ConversationId, MessageId, UserId
from tms_chat.db.types import Instant, metadata

files = Table(
    "files",
    metadata,
    Column("id", Text, primary_key=True),
    Column("conversation_id", Text, ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    # Null for the picture of a conversation.
    Column("message_id", Text, ForeignKey("messages.id", ondelete="CASCADE")),
    Column("uploaded_by", Text, ForeignKey("users.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("size", BigInteger, nullable=False),  # bytes
    Column("mime_type", Text, nullable=False),  # by content, never by what the client said
    Column("storage_key", Text, nullable=False),
    Column("thumbnail_key", Text),
    Column("width", Integer),  # pixels
    Column("height", Integer),
    Column("duration", Float),  # seconds
    Column("created_at", Instant, nullable=False),
    Index("ix_files_message_id", "message_id"),
    Index("ix_files_conversation_id", "conversation_id"),
    Index("ix_files_uploaded_by", "uploaded_by"),
)


@dataclass(frozen=True, slots=True)
class File:
    """A file, as stored."""

    id: str
    conversation_id: ConversationId
    message_id: MessageId | None
    uploaded_by: UserId
    name: str
    size: int
    mime_type: str
    storage_key: str
    thumbnail_key: str | None
    width: int | None
    height: int | None
    duration: float | None
    created_at: datetime


FILE_COLUMNS = [files.c[name] for name in File.__dataclass_fields__]
