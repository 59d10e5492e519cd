"""A poll belongs to its message and goes with it. Votes are rows; counts are counted."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Boolean, Column, ForeignKey, Integer, PrimaryKeyConstraint, Table, Text, UniqueConstraint

from tms_chat.core.ids import ConversationId, MessageId, UserId
from tms_chat.db.types import Instant, metadata

polls = Table(
    "polls",
    metadata,
    Column("id", Text, primary_key=True),
    Column("message_id", Text, ForeignKey("messages.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("conversation_id", Text, ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("created_by", Text, ForeignKey("users.id"), nullable=False),
    Column("question", Text, nullable=False),
    Column("multiple_choice", Boolean, nullable=False),
    Column("is_closed", Boolean, nullable=False),
    Column("expires_at", Instant),
    Column("created_at", Instant, nullable=False),
)

poll_options = Table(
    "poll_options",
    metadata,
    Column("id", Text, primary_key=True),
    Column("poll_id", Text, ForeignKey("polls.id", ondelete="CASCADE"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("option_text", Text, nullable=False),
    UniqueConstraint("poll_id", "position"),
)

poll_votes = Table(
    "poll_votes",
    metadata,
    Column("poll_id", Text, ForeignKey("polls.id", ondelete="CASCADE"), nullable=False),
    Column("user_id", Text, ForeignKey("users.id"), nullable=False),
    Column("option_id", Text, ForeignKey("poll_options.id", ondelete="CASCADE"), nullable=False),
    Column("created_at", Instant, nullable=False),
    PrimaryKeyConstraint("poll_id", "user_id", "option_id"),
)


@dataclass(frozen=True, slots=True)
class Poll:
    """A poll, as stored."""

    id: str
    message_id: MessageId
    conversation_id: ConversationId
    created_by: UserId
    question: str
    multiple_choice: bool
    is_closed: bool
    expires_at: datetime | None
    created_at: datetime


POLL_COLUMNS = [polls.c[name] for name in Poll.__dataclass_fields__]
