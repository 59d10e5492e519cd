"""Which of the two writes a batch."""

from tms_chat.db.engine import BUSY_TIMEOUT_MS, Database
from tms_chat.messages.schema import MAX_STATUS_MEMBERS
from tms_chat.messages.sending.batch import BatchWriter
from tms_chat.messages.sending.postgresql import PostgresqlBatchWriter
from tms_chat.messages.sending.sqlite import SqliteBatchWriter


def open_writer(db: Database) -> BatchWriter:
    """That of this database; it connects when it is needed."""
    if db.dialect == "sqlite":
        return SqliteBatchWriter(db.open_sqlite, BUSY_TIMEOUT_MS, MAX_STATUS_MEMBERS, db.notice)
    return PostgresqlBatchWriter(db.postgresql_arguments, MAX_STATUS_MEMBERS, db.notice)


def open_waiting_writers(db: Database, count: int) -> list[BatchWriter]:
    """They wait a moment for rows that other processes hold; on SQLite no row can be held."""
    if db.dialect == "sqlite":
        return []
    arguments = db.postgresql_arguments
    return [PostgresqlBatchWriter(arguments, MAX_STATUS_MEMBERS, db.notice, waits=True) for _ in range(count)]
