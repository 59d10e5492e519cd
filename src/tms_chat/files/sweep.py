"""Removing bytes that nothing points at: of an upload or a deletion that a crash cut in two."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import obstore
from obstore.store import ObjectStore
from sqlalchemy import or_, select

from tms_chat.core.clock import now
from tms_chat.db.engine import Database
from tms_chat.files.model import files
from tms_chat.files.storage import delete, translated

#: No upload takes as long, so what is older and has no row will never get one.
ORPHAN_AGE = timedelta(days=1)
CHUNK = 500


async def sweep(db: Database, store: ObjectStore, before: datetime | None = None) -> int:
    """Remove what is older than a day (or `before`) and belongs to no file; how many objects that were."""
    before = before or now() - ORPHAN_AGE
    removed = 0
    listing = obstore.list(store, chunk_size=CHUNK)
    while True:
        with translated(writes=True):
            found = await anext(listing, None)
        if not found:
            return removed
        old = [str(item["path"]) for item in found if item["last_modified"] < before]
        orphans = await _orphans(db, old)
        await delete(store, orphans)
        removed += len(orphans)


async def _orphans(db: Database, keys: Sequence[str]) -> list[str]:
    if not keys:
        return []
    known = select(files.c.storage_key, files.c.thumbnail_key).where(
        or_(files.c.storage_key.in_(keys), files.c.thumbnail_key.in_(keys))
    )
    async with db.read() as connection:
        kept = {key for row in await connection.execute(known) for key in row}
    return [key for key in keys if key not in kept]
