"""Removing bytes that nothing points at: of an upload or a deletion that a crash cut in two.

A bucket may hold what others keep there, and a server may be started with the wrong database, to which every file of
the right one is an orphan. So only what has a name of ours is looked at, and only in a store that belongs to this
database: the first one that sweeps it writes its name there.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import uuid4

import obstore
import structlog
from obstore.store import ObjectStore
from sqlalchemy import or_, select

from tms_chat.core.clock import now
from tms_chat.core.errors import ChatError
from tms_chat.db.engine import Database
from tms_chat.db.types import meta
from tms_chat.files.model import files
from tms_chat.files.storage import delete, put, read, translated

log = structlog.get_logger(__name__)

#: No upload takes as long, so what is older and has no row will never get one.
ORPHAN_AGE = timedelta(days=1)
CHUNK = 500
OWNER = "owner"
_UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
OURS = re.compile(rf"[0-9a-f]{{2}}/{_UUID}(\.thumbnail)?|probe/{_UUID}")
REMEDY = (
    "Nothing is removed: the files in this store belong to another database. Correct DATABASE_URL or FILES_URL; "
    f"when this database is to have them, remove the object named {OWNER}."
)


async def sweep(db: Database, store: ObjectStore, before: datetime | None = None) -> int:
    """Remove what is older than a day (or `before`) and belongs to no file; how many objects that were."""
    if not await _is_ours(db, store):
        log.error("files_of_another_database", remedy=REMEDY)
        return 0
    before = before or now() - ORPHAN_AGE
    removed = 0
    listing = obstore.list(store, chunk_size=CHUNK)
    while True:
        with translated(writes=True):
            found = await anext(listing, None)
        if not found:
            return removed
        old = [str(item["path"]) for item in found if item["last_modified"] < before]
        orphans = await _orphans(db, [key for key in old if OURS.fullmatch(key)])
        await delete(store, orphans)
        removed += len(orphans)


async def _is_ours(db: Database, store: ObjectStore) -> bool:
    name = (await _name(db)).encode()
    try:
        return b"".join([chunk async for chunk in read(store, OWNER, 0, len(name))]) == name
    except ChatError as error:
        if error.code != "file_not_found":
            raise
    await put(store, OWNER, name)
    return True


async def _name(db: Database) -> str:
    """What this database calls itself in its store; a restored backup keeps it."""
    async with db.unit() as unit:
        made = unit.insert(meta).values(key="files_owner", value=uuid4().hex)
        await unit.execute(made.on_conflict_do_nothing())
        return str((await unit.execute(select(meta.c.value).where(meta.c.key == "files_owner"))).scalar_one())


async def _orphans(db: Database, keys: Sequence[str]) -> list[str]:
    if not keys:
        return []
    known = select(files.c.storage_key, files.c.thumbnail_key).where(
        or_(files.c.storage_key.in_(keys), files.c.thumbnail_key.in_(keys))
    )
    async with db.read() as connection:
        kept = {key for row in await connection.execute(known) for key in row}
    return [key for key in keys if key not in kept]
