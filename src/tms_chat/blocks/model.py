"""Who does not want to hear of whom."""

from sqlalchemy import Column, ForeignKey, Index, PrimaryKeyConstraint, Table, Text

from tms_chat.db.types import Instant, metadata

blocks = Table(
    "blocks",
    metadata,
    Column("blocker_id", Text, ForeignKey("users.id"), nullable=False),
    Column("blocked_id", Text, ForeignKey("users.id"), nullable=False),
    Column("created_at", Instant, nullable=False),
    PrimaryKeyConstraint("blocker_id", "blocked_id"),
    Index("ix_blocks_blocked_id", "blocked_id"),
)
