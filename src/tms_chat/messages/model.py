"""A message row. `number` is the wire's `sequence_number`: 1, 2, 3 … per conversation, without a gap."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

from tms_chat.core.ids import ConversationId, MessageId, UserId
from tms_chat.db.types import Instant, Json, metadata

messages = Table(
    "messages",
    metadata,
    Column("id", Text, primary_key=True),
    Column("conversation_id", Text, ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("sender_id", Text, ForeignKey("users.id"), nullable=False),
    Column("type", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("metadata", Json, nullable=False),
    Column("reply_to_id", Text, ForeignKey("messages.id")),
    Column("client_id", Text),
    Column("request_hash", Text),  # of the accepted request, beside a client_id: tells a retry from a reuse
    Column("is_edited", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant),
    Column("deleted_at", Instant),
    UniqueConstraint("conversation_id", "number"),
    UniqueConstraint("conversation_id", "sender_id", "client_id"),
)

# Deleted for one person only.
hidden_messages = Table(
    "hidden_messages",
    metadata,
    Column("user_id", Text, ForeignKey("users.id"), nullable=False),
    Column("conversation_id", Text, ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("number", BigInteger, nullable=False),
    PrimaryKeyConstraint("conversation_id", "user_id", "number"),
)

# One a person and message: a new one replaces it.
reactions = Table(
    "reactions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("message_id", Text, ForeignKey("messages.id", ondelete="CASCADE"), nullable=False),
    Column("user_id", Text, ForeignKey("users.id"), nullable=False),
    Column("emoji", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("message_id", "user_id"),
)


@dataclass(frozen=True, slots=True)
class Message:
    """A message, as stored."""

    id: MessageId
    conversation_id: ConversationId
    number: int
    sender_id: UserId
    type: str
    content: str
    metadata: dict[str, Any]
    reply_to_id: MessageId | None
    client_id: str | None
    is_edited: bool
    created_at: datetime
    updated_at: datetime | None
    deleted_at: datetime | None


MESSAGE_COLUMNS = [messages.c[name] for name in Message.__dataclass_fields__]
