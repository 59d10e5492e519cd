"""The unit of work: one transaction, the only place that commits, and the list of what to publish afterwards."""

from typing import Any

from sqlalchemy import CursorResult, Executable, Result, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from tms_chat.core.events import Announcement


class Unit:
    """Made by `Database.unit()`. Actions ask and change through it and never commit."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection
        self.announced: list[Announcement] = []

    def insert(self, table: Table) -> postgresql.Insert | sqlite.Insert:
        """An INSERT that can say what happens on a conflict, which both dialects spell alike."""
        return postgresql.insert(table) if self.connection.dialect.name == "postgresql" else sqlite.insert(table)

    async def execute(self, statement: Executable) -> Result[Any]:
        """Run one statement inside the transaction."""
        return await self.connection.execute(statement)

    async def change(self, statement: Executable) -> int:
        """Run one INSERT, UPDATE or DELETE; the number of rows it touched."""
        result = await self.connection.execute(statement)
        assert isinstance(result, CursorResult)
        return result.rowcount

    def announce(self, event: Announcement) -> None:
        """Publish this after the commit. The number of a numbered event comes from `journal.record`."""
        self.announced.append(event)

    async def commit(self) -> None:
        """Called by `Database.unit()` only."""
        await self.connection.commit()
