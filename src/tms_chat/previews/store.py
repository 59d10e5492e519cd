"""What links led to, kept for a day; a link that led nowhere is left alone for an hour."""

import hashlib
from datetime import timedelta

from sqlalchemy import delete, select

from tms_chat.core.clock import now
from tms_chat.core.errors import ChatError
from tms_chat.core.links import first_link
from tms_chat.db.engine import Database
from tms_chat.db.unit import Unit
from tms_chat.previews.model import link_previews
from tms_chat.previews.schema import LinkPreview

KEPT = timedelta(days=1)
FAILURE_KEPT = timedelta(hours=1)
_SHOWN = tuple(LinkPreview.model_fields)


async def kept_preview(db: Database, url: str) -> LinkPreview | None:
    """What is known of it; None when that is nothing, or too old. Raises ChatError when it led nowhere an hour ago."""
    columns = [link_previews.c[name] for name in (*_SHOWN, "failure", "fetched_at")]
    async with db.read() as connection:
        row = (await connection.execute(select(*columns).where(link_previews.c.url_hash == _key(url)))).first()
    if row is None or row.fetched_at < now() - (FAILURE_KEPT if row.failure else KEPT):
        return None
    if row.failure:
        raise ChatError(row.failure)
    return LinkPreview(**{name: getattr(row, name) for name in _SHOWN})


async def keep_preview(db: Database, preview: LinkPreview, failure: str | None = None) -> None:
    """Remember it, and forget everything that is too old."""
    values = preview.event() | {"failure": failure, "fetched_at": now()}
    async with db.unit() as unit:
        await unit.execute(delete(link_previews).where(link_previews.c.fetched_at < now() - KEPT))
        insert = unit.insert(link_previews).values(url_hash=_key(preview.url), **values)
        await unit.execute(insert.on_conflict_do_update(index_elements=["url_hash"], set_=values))


async def forget_preview(unit: Unit, text: str) -> None:
    """Of a text that is deleted for everyone, or has another link now: its link is kept no longer than it says so."""
    url = first_link(text)
    if url is not None:
        await unit.execute(delete(link_previews).where(link_previews.c.url_hash == _key(url)))


def _key(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()
