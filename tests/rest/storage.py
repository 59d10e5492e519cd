"""The database of a running server, looked at and filled from outside through the same code."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy import Executable, func, select

import tms_chat.app  # noqa: F401  (every table is known once the application is imported)
from tests.support.server import TmsServer
from tms_chat.core.ids import UserId, uuid7
from tms_chat.db.engine import Database
from tms_chat.db.types import meta, metadata
from tms_chat.db.url import parse_database_url
from tms_chat.people.actions import add_user, make_user

Result = TypeVar("Result")


def with_database(server: TmsServer, work: Callable[[Database], Awaitable[Result]]) -> Result:
    """What `work` returns; for tests that are not async themselves."""

    async def run() -> Result:
        db = Database(parse_database_url(server.env.get("DATABASE_URL"), None, server.folder / "data"))
        try:
            return await work(db)
        finally:
            await db.close()

    return asyncio.run(run())


def change(server: TmsServer, statement: Executable) -> None:
    """One statement, committed."""

    async def work(db: Database) -> None:
        async with db.unit() as unit:
            await unit.execute(statement)

    with_database(server, work)


def crowd(server: TmsServer, count: int, name: str = "Crowd") -> list[str]:
    """The ids of that many new people; signing each one up would hash as many passwords."""

    async def work(db: Database) -> list[str]:
        made = [make_user(UserId(uuid7()), f"{n}@crowd.local", f"{name} {n:04d}", "MEMBER") for n in range(count)]
        async with db.unit() as unit:
            return [(await add_user(unit, user)).id for user in made]

    return with_database(server, work)


def row_counts(server: TmsServer) -> dict[str, int]:
    """How many rows each table has: equal before and after, nothing was written."""
    return with_database(server, row_counts_of)


async def row_counts_of(db: Database) -> dict[str, int]:
    """The same of a database that is open already, without what a server writes for itself after its start."""
    counts = {}
    async with db.read() as connection:
        for name, table in metadata.tables.items():
            if name == "link_previews":
                continue  # a cache of what the world outside said
            count = select(func.count()).select_from(table)
            if table is meta:
                count = count.where(meta.c.key != "files_owner")  # of the first sweep of the files
            counts[name] = (await connection.execute(count)).scalar_one()
    return counts
