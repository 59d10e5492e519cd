"""Search: the folded text of every message, with an index of trigrams where the database has one; names folded anew.

The index of PostgreSQL needs an extension that may be missing: it is made at each start until it is there.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from tms_chat.core.folding import fold_text
from tms_chat.core.text import search_key
from tms_chat.db.types import Instant

revision = "0004"
down_revision = "0003"

CHUNK = 1000
# External content: the text stands in message_search only. No positions (detail=none), no lengths: what may contain a
# word is looked at again anyway, and the order of a text cannot be read from what is left.
SQLITE = (
    """CREATE VIRTUAL TABLE message_trigrams USING fts5(
        text, content='message_search', content_rowid='id', tokenize='trigram case_sensitive 1', detail='none',
        columnsize=0)""",
    """CREATE TRIGGER message_search_inserted AFTER INSERT ON message_search BEGIN
        INSERT INTO message_trigrams(rowid, text) VALUES (new.id, new.text); END""",
    """CREATE TRIGGER message_search_deleted AFTER DELETE ON message_search BEGIN
        INSERT INTO message_trigrams(message_trigrams, rowid, text) VALUES ('delete', old.id, old.text); END""",
    """CREATE TRIGGER message_search_updated AFTER UPDATE OF text ON message_search BEGIN
        INSERT INTO message_trigrams(message_trigrams, rowid, text) VALUES ('delete', old.id, old.text);
        INSERT INTO message_trigrams(rowid, text) VALUES (new.id, new.text); END""",
)
ROWS = sa.table(
    "message_search",
    *(sa.column(name) for name in ("message_id", "conversation_id", "number", "sender_id", "type")),
    sa.column("created_at", Instant()),
    sa.column("text"),
)
MESSAGES = sa.table(
    "messages",
    *(sa.column(name) for name in ("id", "conversation_id", "number", "sender_id", "type", "content", "deleted_at")),
    sa.column("created_at", Instant()),
)
USERS = sa.table("users", sa.column("id"), sa.column("search_key"))


def upgrade() -> None:
    op.create_table(
        "message_search",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("message_id", sa.Text(), sa.ForeignKey("messages.id", ondelete="CASCADE"), nullable=False),
        sa.Column("conversation_id", sa.Text(), sa.ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("sender_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_message_search"),
        sa.UniqueConstraint("message_id", name="uq_message_search_message_id"),
    )
    op.create_index("ix_message_search_conversation_id_id", "message_search", ["conversation_id", "id"])
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        for statement in SQLITE:
            op.execute(statement)
    _fold_messages(connection)
    _fold_people(connection)


def _fold_messages(connection: sa.Connection) -> None:
    for rows in _in_chunks(connection, MESSAGES, MESSAGES.c.type != "SYSTEM", MESSAGES.c.deleted_at.is_(None)):
        values = [
            {
                "message_id": row.id,
                "conversation_id": row.conversation_id,
                "number": row.number,
                "sender_id": row.sender_id,
                "type": row.type,
                "created_at": row.created_at,
                "text": fold_text(row.content),
            }
            for row in rows
        ]
        connection.execute(sa.insert(ROWS).values(values))


def _fold_people(connection: sa.Connection) -> None:
    for rows in _in_chunks(connection, USERS):
        for row in rows:
            key = search_key(row.search_key)
            if key != row.search_key:
                connection.execute(sa.update(USERS).where(USERS.c.id == row.id).values(search_key=key))


def _in_chunks(connection: sa.Connection, table: Any, *conditions: Any) -> Any:
    """By id, which grows with time: message ids are UUIDv7."""
    statement = sa.select(*table.c).where(*conditions).order_by(table.c.id).limit(CHUNK)
    rows = connection.execute(statement).all()
    while rows:
        yield rows
        rows = connection.execute(statement.where(table.c.id > rows[-1].id)).all()
