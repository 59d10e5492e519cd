"""Conversations and their members.

`last_seq` counts every visible change (the journal), `last_number` messages only: unread is a subtraction, not a
count. A member's positions replace receipts per message; they never go back.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)

from tms_chat.core.ids import ConversationId, UserId
from tms_chat.db.types import Instant, metadata

conversations = Table(
    "conversations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("type", Text, nullable=False),  # dm or group
    Column("name", Text),
    Column("avatar_url", Text),
    Column("created_by", Text, ForeignKey("users.id")),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    # Both user ids, sorted: the direct conversation of a pair exists once, also under a race.
    Column("dm_key", Text, unique=True),
    # The host's name for what this conversation belongs to, like task:123.
    Column("host_key", Text),
    Column("last_seq", BigInteger, nullable=False),
    Column("last_number", BigInteger, nullable=False),
    Column("last_message_at", Instant),  # null: never used
    Column("member_count", Integer, nullable=False),
    Column("member_version", Integer, nullable=False),  # moves with every change of the members
    # What somebody who is added may read: `joined`, from then on, or `all` of it.
    Column("history_visibility", Text, nullable=False, server_default="joined"),
    # The folded name: what the conversation search looks at.
    Column("search_key", Text, nullable=False, server_default=text("''")),
    Index("ix_conversations_host_key", "host_key", unique=True),
)

members = Table(
    "members",
    metadata,
    Column("conversation_id", Text, ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("user_id", Text, ForeignKey("users.id"), nullable=False),
    Column("role", Text, nullable=False),  # admin or member
    Column("joined_at", Instant, nullable=False),
    Column("read_number", BigInteger, nullable=False),
    Column("read_at", Instant),
    Column("delivered_number", BigInteger, nullable=False),
    Column("delivered_at", Instant),
    Column("is_muted", Boolean, nullable=False),
    Column("mute_until", Instant),
    Column("muted_at", Instant),
    # The history begins after this number for this member: where they joined, or what they cleared.
    Column("history_after", BigInteger, nullable=False, server_default="0"),
    # The journal begins after this number for this member: the change they were added with, 0 for who was there first.
    Column("joined_seq", BigInteger, nullable=False, server_default="0"),
    PrimaryKeyConstraint("conversation_id", "user_id"),
    Index("ix_members_user_id", "user_id"),
)


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation row."""

    id: ConversationId
    type: str
    name: str | None
    avatar_url: str | None
    created_by: UserId | None
    created_at: datetime
    updated_at: datetime
    last_seq: int
    last_number: int
    last_message_at: datetime | None
    member_count: int
    member_version: int
    history_visibility: str
    search_key: str


@dataclass(frozen=True, slots=True)
class Member:
    """A member row."""

    conversation_id: ConversationId
    user_id: UserId
    role: str
    joined_at: datetime
    read_number: int
    read_at: datetime | None
    delivered_number: int
    delivered_at: datetime | None
    is_muted: bool
    mute_until: datetime | None
    muted_at: datetime | None
    history_after: int
    joined_seq: int


CONVERSATION_COLUMNS = [conversations.c[name] for name in Conversation.__dataclass_fields__]
MEMBER_COLUMNS = [members.c[name] for name in Member.__dataclass_fields__]
