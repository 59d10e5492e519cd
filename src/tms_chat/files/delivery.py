"""How a file is given out: which bytes, and the headers that keep it from doing more than being looked at or saved."""

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

import obstore

from tms_chat.core.addresses import FILES_PATH, is_own_address
from tms_chat.core.errors import ChatError
from tms_chat.files.model import File
from tms_chat.files.names import disposition
from tms_chat.files.ranges import wanted
from tms_chat.files.service import FileStore
from tms_chat.files.storage import read, translated
from tms_chat.files.types import PICTURES, UNKNOWN

#: Types that a browser may take for a page are named as bytes.
PAGES = frozenset({"text/html", "image/svg+xml", "application/xml", "text/xml", "application/xhtml+xml"})
OUR_PATH = re.compile(re.escape(FILES_PATH) + r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
THUMBNAIL_TYPE = "image/webp"
PRIVATE = "private, max-age=3600"  # whoever leaves a conversation keeps what their browser has seen, for as long
PUBLIC = "public, max-age=86400"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A status, headers, and the bytes of the body."""

    status: int
    headers: dict[str, str]
    key: str
    start: int
    end: int


async def deliver(store: FileStore, file: File, headers: Mapping[str, str], *, thumbnail: bool) -> Delivery:
    """What to answer. Raises ChatError `file_not_found`, `range_not_satisfiable`."""
    small = thumbnail and file.thumbnail_key is not None
    key = file.thumbnail_key if small and file.thumbnail_key is not None else file.storage_key
    size = file.size
    if small:
        with translated():
            size = (await obstore.head_async(store.store, key))["size"]
    etag = f'"{file.id}{"-small" if small else ""}"'
    answer = _headers(file, etag, small=small)
    if _matches(headers.get("if-none-match"), etag):
        return Delivery(304, answer, key, 0, 0)
    # A range of another file than the one that is there now is of no use (RFC 9110 §13.1.5).
    condition = headers.get("if-range")
    part = wanted(headers.get("range"), size) if condition is None or condition.strip() == etag else None
    start, end = part or (0, size)
    answer["Content-Length"] = str(end - start)
    if part is None:
        return Delivery(200, answer, key, start, end)
    return Delivery(206, answer | {"Content-Range": f"bytes {start}-{end - 1}/{size}"}, key, start, end)


async def content(store: FileStore, delivery: Delivery) -> AsyncIterator[bytes]:
    """Its bytes. The first are there before this returns: what is missing in the store is still a 404."""
    chunks = read(store.store, delivery.key, delivery.start, delivery.end)
    first = await anext(chunks, b"")

    async def all_of_it() -> AsyncIterator[bytes]:
        yield first
        async for chunk in chunks:
            yield chunk

    return all_of_it()


def _headers(file: File, etag: str, *, small: bool) -> dict[str, str]:
    mime = THUMBNAIL_TYPE if small else UNKNOWN if file.mime_type in PAGES else file.mime_type
    return {
        "Content-Type": mime,
        "Content-Disposition": disposition("inline" if _is_shown(file) else "attachment", file.name),
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Cache-Control": PUBLIC if file.message_id is None else PRIVATE,
        "Accept-Ranges": "bytes",
        "ETag": etag,
    }


def _is_shown(file: File) -> bool:
    """In its place: pictures that we made ourselves (they have a width), sound, film. The rest is saved."""
    if file.mime_type in PICTURES:
        return file.width is not None
    return file.mime_type.startswith(("audio/", "video/"))


def _matches(header: str | None, etag: str) -> bool:
    """Weak comparison with any of the list (RFC 9110 §13.1.2)."""
    if header is None:
        return False
    return header.strip() == "*" or etag in [tag.strip().removeprefix("W/") for tag in header.split(",")]


def file_of(address: str, public_url: str | None = None) -> tuple[str, bool]:
    """The file that one of our addresses names, and whether its small picture is meant; nothing is ever fetched.

    Absolute, as messages show it to this client, or the path alone. Raises ChatError `file_not_found` for all else.
    """
    path, _, query = address.partition("?")
    if "://" in path:
        if not is_own_address(path, public_url):
            raise ChatError("file_not_found")
        path = "/" + path.partition("://")[2].partition("/")[2]
    match = OUR_PATH.fullmatch(path)
    if match is None:
        raise ChatError("file_not_found")
    return match.group(1), "thumbnail=1" in query.split("&")
