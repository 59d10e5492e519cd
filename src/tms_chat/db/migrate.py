"""Bring the database to the schema of this code, under a lock, at every start; a newer schema is refused."""

import fcntl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, insert, select, text

from tms_chat.core.errors import StartError
from tms_chat.db.engine import Database
from tms_chat.db.journal import meta

MIGRATIONS = Path(__file__).parent / "migrations"
ADVISORY_LOCK = 0x746D73  # "tms": one key for everybody who migrates this database


async def migrate(database: Database) -> str:
    """Apply what is missing; returns the epoch. Raises StartError when the schema is newer than this code."""
    async with _only_one(database), database.writer.connect() as connection:
        await connection.run_sync(_upgrade)
        await connection.commit()
    return await read_epoch(database)


async def read_epoch(database: Database) -> str:
    """The random name of this history; a restored backup gets another one, so that clients notice."""
    async with database.read() as connection:
        value = await connection.scalar(select(meta.c.value).where(meta.c.key == "epoch"))
    assert value is not None
    return str(value)


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    script = ScriptDirectory.from_config(config)
    known = {revision.revision for revision in script.walk_revisions()}
    for current in MigrationContext.configure(connection).get_current_heads():
        if current not in known:
            raise StartError(
                f"The database has schema {current}, which is newer than this version of TMS Chat: "
                "start the newer version, or restore a backup made before the upgrade."
            )
    command.upgrade(config, "head")
    if connection.scalar(select(meta.c.value).where(meta.c.key == "epoch")) is None:
        connection.execute(insert(meta).values(key="epoch", value=uuid4().hex))


@asynccontextmanager
async def _only_one(database: Database) -> AsyncIterator[None]:
    """Two processes that start at once migrate one after the other."""
    if database.dialect == "postgresql":
        async with database.writer.connect() as connection:
            # Held by the session, not the transaction: the migration runs on another connection.
            await connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": ADVISORY_LOCK})
            await connection.commit()
            try:
                yield
            finally:
                await connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": ADVISORY_LOCK})
                await connection.commit()
    else:
        assert database.url.path is not None
        with _open_lock(database.url.path) as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield


def _open_lock(path: Path) -> Any:
    return path.with_name(path.name + ".migrate.lock").open("w")
