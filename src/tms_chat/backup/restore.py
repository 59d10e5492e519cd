"""Putting a backup back: into an empty database of either kind, or with `force` in the place of what is there.

All of it is one transaction after the files, so that an interrupted restore has changed nothing that anybody sees. The
history gets a new epoch: clients that were further than the backup drop what they have and load anew.
"""

import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import orjson
from obstore.store import ObjectStore
from sqlalchemy import Connection, insert, text, update

from tms_chat.backup.archive import FILES, check_archive, table_path
from tms_chat.backup.tables import as_table, from_values
from tms_chat.core.clock import now
from tms_chat.core.errors import StartError
from tms_chat.db.engine import Database
from tms_chat.db.migrate import is_in_use, made_anew, migrate, only_server
from tms_chat.db.types import meta
from tms_chat.files.storage import put
from tms_chat.people.model import users

ROWS_AT_ONCE: Final = 500
#: Of the server's own user: a monitoring of somebody else's does not matter.
OTHERS: Final = text(
    "SELECT count(*) FROM pg_stat_activity "
    "WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
)

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Restored:
    """What is there now."""

    rows: int
    files: int
    epoch: str
    made_at: str


async def restore(
    db: Database,
    store: ObjectStore,
    source: Path,
    *,
    force: bool = False,
    end_sessions: bool = False,
    tell: Tell = lambda _: None,
) -> Restored:
    """From the folder `source`. No server may be running on the database. Raises StartError.

    `end_sessions`: everybody signs in again; else also sessions that were ended after the backup are good again.
    """
    tell("checking")
    manifest, keys = check_archive(source)
    with only_server(db):
        async with db.writer.connect() as connection:
            await connection.run_sync(_check_may_replace, db.url.label, force)
        tell("restoring files")
        for key in keys:
            with (source / FILES / key).open("rb") as file:
                await put(store, key, file)
        tell("restoring the database")
        rows = 0
        async with made_anew(db, manifest["schema"]) as connection:
            for name, table in manifest["tables"].items():
                rows += await connection.run_sync(_fill, source / table_path(name), name, table)
            await connection.run_sync(_sign, end_sessions)
        epoch = await migrate(db)
    return Restored(rows, len(keys), epoch, manifest["made_at"])


def _check_may_replace(connection: Connection, label: str, force: bool) -> None:
    if connection.dialect.name == "postgresql" and (others := connection.scalar(OTHERS)):
        raise StartError(
            f"{others} other connections to the database ({label}) are open: stop every server that uses it, and "
            "start them after the restore."
        )
    if not force and is_in_use(connection):
        raise StartError(
            f"The database ({label}) is in use: there are people or conversations in it. Restore into an empty one, "
            "or add --force to replace all of it."
        )


def _fill(connection: Connection, path: Path, name: str, described: Mapping[str, Any]) -> int:
    columns: Mapping[str, str] = described["columns"]
    table = as_table(name, columns)
    count = 0
    with gzip.open(path, "rb") as file:
        rows = (from_values(columns, orjson.loads(line)) for line in file)
        while batch := list(islice(rows, ROWS_AT_ONCE)):
            connection.execute(insert(table), batch)
            count += len(batch)
    if count != described["rows"]:
        raise StartError(f"The backup is damaged: {name} has {count} rows instead of {described['rows']}.")
    return count


def _sign(connection: Connection, end_sessions: bool) -> None:
    connection.execute(update(meta).where(meta.c.key == "epoch").values(value=uuid4().hex))
    if end_sessions:
        connection.execute(update(users).values(tokens_valid_after=now()))
