"""What the message search looks at: one row a message, with its folded text and everything a filter asks for.

`id` grows with time, so that the newest first is the order of the key. Messages deleted for everyone have no row, and
SYSTEM messages never had one. Both databases have an index of trigrams beside it that no model describes: FTS5 keeps
its own in tables of its own (`message_trigrams`), and that of PostgreSQL needs an extension (`db.trigrams`).
"""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text, column, table

from tms_chat.db.types import Instant, metadata

message_search = Table(
    "message_search",
    metadata,
    # INTEGER PRIMARY KEY is the rowid of SQLite, which its index points at.
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("message_id", Text, ForeignKey("messages.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("conversation_id", Text, ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("sender_id", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("text", Text, nullable=False),
    Index("ix_message_search_conversation_id_id", "conversation_id", "id"),
)

# SQLite only.
message_trigrams = table("message_trigrams", column("rowid", Integer), column("text", Text))
