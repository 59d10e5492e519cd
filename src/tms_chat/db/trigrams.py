"""The trigram index of the message search on PostgreSQL: made when it can be, told of when it cannot.

It needs the extension pg_trgm, which comes with PostgreSQL and which the owner of a database may add (since version 13
it is a trusted one), but not every provider has it. Without the index a search reads the messages, newest first.
"""

from typing import Any

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

log = structlog.get_logger(__name__)

INDEX = "ix_message_search_trigrams"
MAKE = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    f"CREATE INDEX {INDEX} ON message_search USING gin (text gin_trgm_ops)",
)
REMEDY = (
    "Messages are searched without an index, which takes longer with every message: let the database's owner run "
    "CREATE EXTENSION pg_trgm once, and start again."
)
BUILD_SECONDS = 3600.0  # an index over millions of messages takes its time, once


async def ensure_trigrams(connection: AsyncConnection) -> bool:
    """Whether there is an index of trigrams; that of SQLite comes with its schema. Called by the one who migrates."""
    if connection.dialect.name == "sqlite":
        return True
    there = text("SELECT 1 FROM pg_indexes WHERE schemaname = current_schema() AND indexname = :name")
    if await connection.scalar(there, {"name": INDEX}):
        return True
    await connection.rollback()
    driver: Any = (await connection.get_raw_connection()).driver_connection
    try:
        for statement in MAKE:
            await driver.execute(statement, timeout=BUILD_SECONDS)
    except Exception as error:
        reason = str(error).strip().partition("\n")[0]
        log.warning("search_without_index", reason=reason, remedy=REMEDY)
        return False
    return True
