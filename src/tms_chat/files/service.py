"""The file store of this server: where bytes are, how much is taken, and the few threads that look into them."""

import asyncio
import contextlib
import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import structlog
from obstore.store import ObjectStore

from tms_chat.core.errors import ChatError
from tms_chat.core.ids import uuid7
from tms_chat.db.duty import Duty
from tms_chat.db.engine import Database
from tms_chat.files.bucket import Bucket
from tms_chat.files.storage import delete, open_store, probe
from tms_chat.files.sweep import sweep

log = structlog.get_logger(__name__)

Result = TypeVar("Result")

MEGABYTE = 1_000_000
THREADS = 2  # pictures that are decoded at once; of the large ones, one
PROBE_SECONDS = 5.0
SWEEP_AFTER_SECONDS = 60.0
SWEEP_SECONDS = 6 * 3600.0


class FileStore:
    """Made once by the composition root; `start` begins to look for bytes that nothing points at."""

    def __init__(
        self,
        data_dir: Path,
        bucket: Bucket | None,
        *,
        max_file_mb: int,
        quota_mb: int,
        max_disk_percent: int,
    ) -> None:
        self.store: ObjectStore = open_store(bucket, data_dir)
        self.folder = data_dir  # uploads arrive here before they are stored
        self.label = bucket.label if bucket is not None else "local disk"
        self.max_bytes = max_file_mb * MEGABYTE
        self.quota_bytes = quota_mb * MEGABYTE or None
        self._max_disk_percent = max_disk_percent
        self._is_local = bucket is None
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="pictures")
        self._worked_at = 0.0
        self._sweeper: asyncio.Task[None] | None = None
        self._removals: set[asyncio.Task[None]] = set()

    def start(self, db: Database, duty: Duty) -> None:
        """Begin to look after the store, while this process is on `duty`; needs the running loop."""
        self._sweeper = asyncio.get_running_loop().create_task(self._keep_sweeping(db, duty))

    async def close(self) -> None:
        """Stop looking after it."""
        if self._sweeper is not None:
            self._sweeper.cancel()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PROBE_SECONDS):
                await self.settled()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def aside(self, work: Callable[..., Result], *arguments: object) -> Result:
        """Run what would block: in a thread of our own, so that a queue of pictures keeps nobody else waiting."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)

    async def check_room(self) -> None:
        """Raises ChatError `storage_full` when the local disk is nearly full."""
        if not self._is_local:
            return
        usage = await asyncio.to_thread(shutil.disk_usage, self.folder)
        if usage.used * 100 >= (usage.used + usage.free) * self._max_disk_percent:
            log.error("storage_full", remedy="Make room on the disk of DATA_DIR, or raise FILES_MAX_DISK_PERCENT.")
            raise ChatError("storage_full")

    async def check(self) -> str:
        """Really write, read and delete, at most every few seconds. Raises ChatError `unavailable`."""
        if time.monotonic() - self._worked_at > PROBE_SECONDS:
            try:
                async with asyncio.timeout(PROBE_SECONDS):
                    await probe(self.store, f"probe/{uuid7()}")
            except TimeoutError:
                raise ChatError("unavailable", "The file storage does not answer.") from None
            self._worked_at = time.monotonic()
        return self.label

    def forget(self, keys: list[str]) -> None:
        """Remove these as soon as may be, while the one who deleted them has their answer already."""
        if keys:
            task = asyncio.get_running_loop().create_task(self.remove(keys))
            self._removals.add(task)
            task.add_done_callback(self._removals.discard)

    async def settled(self) -> None:
        """Wait until what is forgotten so far is removed."""
        if self._removals:
            await asyncio.wait(self._removals)

    async def remove(self, keys: list[str]) -> None:
        """Remove objects that nothing points at any more; what fails is found by the sweep."""
        try:
            await delete(self.store, keys)
        except ChatError:
            log.warning("files_left", count=len(keys))

    async def _keep_sweeping(self, db: Database, duty: Duty) -> None:
        await asyncio.sleep(SWEEP_AFTER_SECONDS)
        while True:
            if not await duty.is_ours():
                await asyncio.sleep(SWEEP_AFTER_SECONDS)
                continue
            try:
                removed = await sweep(db, self.store)
                if removed:
                    log.info("files_swept", removed=removed)
            except ChatError:
                pass  # the database or the store is away: said in the log by the one who asked it
            except Exception:
                log.exception("sweep_failed")
            await asyncio.sleep(SWEEP_SECONDS)
