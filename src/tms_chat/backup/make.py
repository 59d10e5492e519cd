"""Making a backup while everybody writes: one snapshot of the database, and every file that it names.

Files are written once and deleted with their message. So they are copied first, then the snapshot is taken, then what
came in between is copied: of what the snapshot names, only a file that was uploaded during the first pass and deleted
for everyone before the second one can be missed, and that one is meant to be gone.
"""

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import obstore
import orjson
from obstore.store import ObjectStore
from sqlalchemy import Connection, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tms_chat import __version__
from tms_chat.backup.archive import CHUNK, FILES, FORMAT, TABLES, table_path, unfinished, write_manifest
from tms_chat.backup.tables import as_values, columns_of, rows_of, schema_of, stored_tables
from tms_chat.core.clock import iso, now
from tms_chat.core.errors import ChatError, StartError
from tms_chat.db.engine import Database
from tms_chat.db.migrate import newest_schema
from tms_chat.db.types import meta
from tms_chat.files.model import files
from tms_chat.files.storage import translated

ROWS_AT_ONCE: Final = 1000
COMPRESSION: Final = 3

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Made:
    """What is in it. `missing` are files that the store has lost, though their messages are there."""

    rows: int
    files: int
    missing: tuple[str, ...]


async def make_backup(db: Database, store: ObjectStore, target: Path, tell: Tell = lambda _: None) -> Made:
    """A new folder `target`. Raises StartError; nothing is left of it then."""
    with unfinished(target) as folder:
        (folder / TABLES).mkdir()
        (folder / FILES).mkdir()
        tell("copying files")
        async with db.read() as connection:
            await connection.run_sync(_check_schema)
            before = await _keys(connection)
        copied = {key for key in before if await _copy(store, key, folder)}
        tell("reading the database")
        async with db.read() as connection:
            named = await _keys(connection)  # the snapshot begins here
            manifest = await _dump(connection, folder)
        tell("copying new files")
        copied |= {key for key in named - copied if await _copy(store, key, folder)}
        for key in copied - named:
            (folder / FILES / key).unlink()
        async with db.read() as connection:
            missing = sorted((named - copied) & await _keys(connection))
        write_manifest(folder, {**manifest, "files": len(copied & named), "missing_files": missing})
        return Made(sum(table["rows"] for table in manifest["tables"].values()), len(copied & named), tuple(missing))


def _check_schema(connection: Connection) -> None:
    found = schema_of(connection)
    if found != newest_schema():
        raise StartError(
            f"The database has schema {found or 'none'} and this version of TMS Chat {newest_schema()}: "
            "make the backup with the version that serves it."
        )


async def _keys(connection: AsyncConnection) -> set[str]:
    rows = await connection.execute(select(files.c.storage_key, files.c.thumbnail_key))
    return {key for row in rows for key in row if key is not None}


async def _dump(connection: AsyncConnection, folder: Path) -> dict[str, Any]:
    tables: dict[str, dict[str, Any]] = {}
    for table in await connection.run_sync(stored_tables):
        rows = 0
        with gzip.open(folder / table_path(table.name), "wb", compresslevel=COMPRESSION) as file:
            async with connection.stream(rows_of(table).execution_options(yield_per=ROWS_AT_ONCE)) as found:
                async for row in found:
                    file.write(orjson.dumps(as_values(row)) + b"\n")
                    rows += 1
        tables[str(table.name)] = {"columns": columns_of(table), "rows": rows}
    return {
        "format": FORMAT,
        "version": __version__,
        "schema": newest_schema(),
        "epoch": await connection.scalar(select(meta.c.value).where(meta.c.key == "epoch")),
        "made_at": iso(now()),
        "database": connection.dialect.name,
        "tables": tables,
    }


async def _copy(store: ObjectStore, key: str, folder: Path) -> bool:
    """Whether it was there. Raises ChatError `unavailable`."""
    path = folder / FILES / key
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with translated():
            found = await obstore.get_async(store, key)
            with path.open("wb") as file:
                async for chunk in found.stream(min_chunk_size=CHUNK):
                    file.write(chunk)
    except ChatError as error:
        if error.code != "file_not_found":
            raise
        return False
    return True
