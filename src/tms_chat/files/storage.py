"""Opening the object store: obstore is the port, a folder below DATA_DIR or an S3-compatible bucket behind it.

What is stored never changes: a key is written once, read, and deleted.
"""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING

import obstore
import structlog
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, S3Store

from tms_chat.core.errors import ChatError
from tms_chat.files.bucket import Bucket

if TYPE_CHECKING:
    from obstore.store import S3Config

log = structlog.get_logger(__name__)

FOLDER = "files"
CHUNK_BYTES = 1024 * 1024
PUT_CHUNK_BYTES = 5 * 1024 * 1024  # S3's smallest part
PUT_AT_ONCE = 2  # parts of one upload that are in memory and on their way
TIMEOUT = timedelta(seconds=30)
CONNECT_TIMEOUT = timedelta(seconds=5)
RETRY_TIMEOUT = timedelta(seconds=10)


def open_store(bucket: Bucket | None, data_dir: Path) -> ObjectStore:
    """The store of the settings. Nothing is asked of it yet; see `probe`."""
    if bucket is None:
        return LocalStore(data_dir / FOLDER, mkdir=True)
    config: S3Config = {"bucket": bucket.name, "region": bucket.region}
    if bucket.endpoint is not None:
        config["endpoint"] = bucket.endpoint
    if bucket.key_id is not None and bucket.secret is not None:
        config |= {"access_key_id": bucket.key_id, "secret_access_key": bucket.secret}
    plain_http = bucket.endpoint is not None and bucket.endpoint.startswith("http://")
    return S3Store(
        prefix=bucket.prefix or None,
        config=config,
        client_options={"allow_http": plain_http, "timeout": TIMEOUT, "connect_timeout": CONNECT_TIMEOUT},
        retry_config={"max_retries": 3, "retry_timeout": RETRY_TIMEOUT},
    )


class translated:  # noqa: N801  (used like a function: `with translated():`)
    """What the stores raise when they are away or full, as the sentence a caller gets.

    Not there is `file_not_found` for whoever reads, and a bucket that does not exist for whoever writes.
    """

    def __init__(self, *, writes: bool = False) -> None:
        self._writes = writes

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, FileNotFoundError) and not self._writes:
            raise ChatError("file_not_found") from error
        if isinstance(error, (BaseError, OSError)):
            # The first line names the key and the address; what follows it is for the library's authors.
            detail = str(error).partition("\n")[0]
            log.error("storage_unavailable", reason=type(error).__name__, detail=detail[:300])
            if "No space left" in str(error):
                raise ChatError("storage_full") from error
            raise ChatError("unavailable", "The file storage does not answer: try again in a moment.") from error


async def put(store: ObjectStore, key: str, content: IO[bytes] | bytes) -> None:
    """Store it under this key, all or nothing, with a few parts in memory at a time. Raises ChatError."""
    with translated(writes=True):
        await obstore.put_async(store, key, content, chunk_size=PUT_CHUNK_BYTES, max_concurrency=PUT_AT_ONCE)
        if isinstance(store, LocalStore) and store.prefix is not None:
            await asyncio.to_thread(_to_disk, Path(store.prefix), key)


def _to_disk(folder: Path, key: str) -> None:
    """The library writes and renames, and leaves the rest to the system. After a power cut the database would have the
    message, which is on the disk before anybody hears of it, and the file would be empty or gone."""
    path = folder / key
    for written in (path, path.parent, folder):
        handle = os.open(written, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


async def read(store: ObjectStore, key: str, start: int, end: int) -> AsyncIterator[bytes]:
    """The bytes from `start` up to before `end`, a chunk at a time.

    Each chunk is a question of its own: a reader on a slow line holds no connection of the store meanwhile.
    """
    while start < end:
        stop = min(start + CHUNK_BYTES, end)
        with translated():
            chunk = bytes(await obstore.get_range_async(store, key, start=start, end=stop))
        yield chunk
        start = stop


async def delete(store: ObjectStore, keys: list[str]) -> None:
    """Remove these; those that are not there are no mistake. Raises ChatError."""
    for key in keys:
        with translated(writes=True), contextlib.suppress(FileNotFoundError):
            await obstore.delete_async(store, key)


async def probe(store: ObjectStore, key: str) -> None:
    """Really write, read and delete something. Raises ChatError `unavailable`."""
    content = b"can it be written?"
    await put(store, key, content)
    chunks = [chunk async for chunk in read(store, key, 0, len(content))]
    if b"".join(chunks) != content:
        raise ChatError("unavailable", "The file storage gives back something else than was put into it.")
    await delete(store, [key])
