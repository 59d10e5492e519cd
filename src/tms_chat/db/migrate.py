"""Bring the database to the schema of this code, under a lock, at every start; a newer schema is refused."""

import fcntl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, insert, inspect, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from tms_chat.core.errors import ChatError, StartError
from tms_chat.db.engine import Database
from tms_chat.db.trigrams import ensure_trigrams
from tms_chat.db.types import meta, metadata

MIGRATIONS = Path(__file__).parent / "migrations"
SEARCH_INDEX = "message_trigrams"
VERSION_TABLE = "alembic_version"
ADVISORY_LOCK = 0x746D73  # "tms": one key for everybody who migrates this database


async def migrate(database: Database) -> str:
    """Apply what is missing; returns the epoch. Raises StartError when it cannot, or when the schema is newer."""
    try:
        async with _only_one(database), database.schema_connection() as connection:
            await connection.run_sync(_upgrade)
            await connection.commit()
            database.has_trigrams = await ensure_trigrams(connection)
        return await read_epoch(database)
    except (DBAPIError, OSError, ChatError) as error:
        reason = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
        raise StartError(
            f"The database ({database.url.label}) cannot be opened: {reason}. Is it running, and DATABASE_URL right?"
        ) from None


async def read_epoch(database: Database) -> str:
    """The random name of this history; a restored backup gets another one, so that clients notice."""
    async with database.read() as connection:
        value = await connection.scalar(select(meta.c.value).where(meta.c.key == "epoch"))
    assert value is not None
    return str(value)


def newest_schema() -> str:
    """The version of the schema that this code needs."""
    head = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    assert head is not None
    return head


def is_in_use(connection: Connection) -> bool:
    """Whether there is anything that somebody would miss."""
    tables = inspect(connection)
    return any(
        tables.has_table(name) and connection.scalar(text(f"SELECT 1 FROM {name} LIMIT 1")) is not None
        for name in ("users", "conversations")
    )


@asynccontextmanager
async def made_anew(database: Database, schema: str) -> AsyncIterator[AsyncConnection]:
    """Empty tables of that version in the place of what is there, to fill and, at the end, to commit, all or nothing.

    Constraints between rows are looked at when they are written on PostgreSQL, at the end on SQLite. Raises StartError.
    """
    if schema not in {revision.revision for revision in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}:
        raise StartError(f"The backup has schema {schema}, which is newer than this version of TMS Chat.")
    async with _only_one(database), database.schema_connection() as connection:
        await connection.run_sync(_drop_all)
        await connection.run_sync(_upgrade_to, schema)
        if database.dialect == "sqlite":
            await connection.execute(text("PRAGMA defer_foreign_keys=ON"))
        yield connection
        await connection.commit()


def _drop_all(connection: Connection) -> None:
    there = set(inspect(connection).get_table_names())
    # The index of SQLite's search is a table of its own; dropping it drops those inside it.
    names = [SEARCH_INDEX, *(table.name for table in reversed(metadata.sorted_tables)), VERSION_TABLE]
    for name in names:
        if name in there:
            connection.execute(text(f"DROP TABLE {name}"))


def _upgrade(connection: Connection) -> None:
    known = {revision.revision for revision in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}
    for current in MigrationContext.configure(connection).get_current_heads():
        if current not in known:
            raise StartError(
                f"The database has schema {current}, which is newer than this version of TMS Chat: "
                "start the newer version, or restore a backup made before the upgrade."
            )
    _upgrade_to(connection, "head")
    if connection.scalar(select(meta.c.value).where(meta.c.key == "epoch")) is None:
        connection.execute(insert(meta).values(key="epoch", value=uuid4().hex))


def _upgrade_to(connection: Connection, schema: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, schema)


@asynccontextmanager
async def _only_one(database: Database) -> AsyncIterator[None]:
    """Two processes that start at once migrate one after the other."""
    if database.dialect == "postgresql":
        async with database.schema_connection() as connection:
            # Held by the session, not the transaction: the migration runs on another connection.
            await connection.execute(text("SET lock_timeout = 0"))  # the one before may have much to do
            await connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": ADVISORY_LOCK})
            await connection.commit()
            try:
                yield
            finally:
                await connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": ADVISORY_LOCK})
                await connection.commit()
    else:
        assert database.url.path is not None
        with _open_lock(database.url.path, "migrate") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield


@contextmanager
def only_server(database: Database) -> Iterator[None]:
    """Held while serving: two servers on one SQLite file would each tell only their own sockets. Raises StartError.

    The operating system lets go of it when the process ends, however it ends.
    """
    if database.url.path is None:
        yield
        return
    with _open_lock(database.url.path, "serve") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StartError(
                f"Another TMS Chat server serves {database.url.path}: stop it, or give this one another DATA_DIR."
            ) from None
        yield


def _open_lock(path: Path, purpose: str) -> Any:
    return path.with_name(f"{path.name}.{purpose}.lock").open("w")
