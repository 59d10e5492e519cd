"""What one process does for all that share a database: one of them is on duty, and when it ends another one takes over.

On PostgreSQL it is the one that holds an advisory lock, which belongs to a connection of its own and goes with it. A
SQLite file is served by one process.
"""

import asyncio
from typing import Any, Final

import structlog

from tms_chat.db.aside import connect
from tms_chat.db.away import POSTGRESQL_ERRORS
from tms_chat.db.engine import Database

log = structlog.get_logger(__name__)

LOCK: Final = 0x746D7301  # beside that of migrations
PATIENCE_SECONDS: Final = 5.0


class Duty:
    """Made once; asked before each piece of such work."""

    def __init__(self, db: Database) -> None:
        self._arguments = db.postgresql_arguments if db.dialect == "postgresql" else None
        self._connection: Any = None
        self._asking = asyncio.Lock()

    async def is_ours(self) -> bool:
        """Whether this process is on duty: still, or from now on. Where the database is away nobody is."""
        if self._arguments is None:
            return True
        async with self._asking:
            try:
                return await self._holds()
            except POSTGRESQL_ERRORS:
                await self.close()
                return False

    async def close(self) -> None:
        """Leave it to another process."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()

    async def _holds(self) -> bool:
        if self._connection is not None:
            await self._connection.execute("SELECT 1", timeout=PATIENCE_SECONDS)
            return True
        assert self._arguments is not None
        connection = await connect(self._arguments, PATIENCE_SECONDS)
        try:
            is_ours: bool = await connection.fetchval("SELECT pg_try_advisory_lock($1)", LOCK)
        except BaseException:
            connection.terminate()
            raise
        if is_ours:
            log.info("on_duty")
            self._connection = connection
        else:
            connection.terminate()
        return is_ours
