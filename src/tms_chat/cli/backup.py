"""`tms backup` and `tms restore`: with the settings of the server, on the machine it runs on or any other that reaches
its database and its files."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from tms_chat.app import make_folders, open_files
from tms_chat.backup.make import Made, make_backup
from tms_chat.backup.restore import Restored
from tms_chat.backup.restore import restore as put_back
from tms_chat.db.engine import Database
from tms_chat.files.service import FileStore
from tms_chat.logs import configure_logs
from tms_chat.settings import load_settings


def backup(
    target: Annotated[Path, Parameter(help="The folder to make; it must not be there yet.")],
) -> int:
    """Back up database and files while the server runs. Exit code 1 when files of messages were found missing."""

    async def work() -> Made:
        async with _opened() as (db, files):
            return await make_backup(db, files.store, target, _say)

    configure_logs(debug=False)
    made = asyncio.run(work())
    print(f"Backed up to {target}: {made.rows:,} rows and {made.files:,} files. The key (JWT_SECRET) is not in it.")
    for key in made.missing:
        print(f"tms: the file store has lost {key}, which a message names", file=sys.stderr)
    return 1 if made.missing else 0


def restore(
    source: Annotated[Path, Parameter(help="The folder that `tms backup` made.")],
    *,
    force: Annotated[bool, Parameter(help="Replace what is in the database.", negative="")] = False,
    end_sessions: Annotated[bool, Parameter(help="Everybody signs in again.", negative="")] = False,
) -> None:
    """Put a backup back, into an empty database of either kind; with --force in the place of what is there."""

    async def work() -> Restored:
        async with _opened() as (db, files):
            return await put_back(db, files.store, source, force=force, end_sessions=end_sessions, tell=_say)

    configure_logs(debug=False)
    done = asyncio.run(work())
    print(
        f"Restored the backup of {done.made_at}: {done.rows:,} rows and {done.files:,} files. Clients will notice by "
        f"the new epoch {done.epoch}. Start the server, then run `tms verify`."
    )


@asynccontextmanager
async def _opened() -> AsyncIterator[tuple[Database, FileStore]]:
    """Nothing is migrated: a backup is of what is there."""
    settings = load_settings()
    make_folders(settings)
    files = open_files(settings)
    db = Database(settings.database)
    try:
        yield db, files
    finally:
        await files.close()
        await db.close()


def _say(phase: str) -> None:
    print(f"{phase} ...", file=sys.stderr)
