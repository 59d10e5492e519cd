"""Looking up links in the background: a message never waits for a page, and a full queue drops what comes."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from weakref import WeakValueDictionary

import structlog

from tms_chat.core.errors import ChatError
from tms_chat.core.events import Announcement, Event
from tms_chat.core.ids import MessageId
from tms_chat.core.links import first_link
from tms_chat.db.engine import Database
from tms_chat.previews.attaching import attach, forget_unless_written
from tms_chat.previews.fetch import TOTAL_SECONDS, Fetcher
from tms_chat.previews.schema import LinkPreview
from tms_chat.previews.store import keep_preview, kept_preview

log = structlog.get_logger(__name__)

AT_ONCE = 4
MAX_QUEUE = 200
WAIT_SECONDS = 2 * TOTAL_SECONDS  # for one's turn and the page
PATIENCE_SECONDS = 2.0  # what is running at a stop may end by itself


@dataclass(frozen=True, slots=True)
class Job:
    """The first link of a message."""

    message_id: MessageId
    url: str
    host: str


class Previews:
    """What links lead to. Nothing happens in the background before `start()`; `fetcher` None switches it all off."""

    def __init__(self, db: Database, fetcher: Fetcher | None) -> None:
        self._db = db
        self._fetcher = fetcher
        self._waiting: deque[Job] = deque()
        self._news = asyncio.Condition()
        self._busy: set[str] = set()
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._workers: list[asyncio.Task[None]] = []
        self._is_stopping = False

    def start(self) -> None:
        """Begin to work; needs the running loop."""
        if self._fetcher is not None:
            self._workers = [asyncio.get_running_loop().create_task(self._work()) for _ in range(AT_ONCE)]

    async def close(self) -> None:
        """Take nothing more; what is running may end for a moment. What waits is lost: a preview is no promise."""
        self._is_stopping = True
        self._waiting.clear()
        async with self._news:
            self._news.notify_all()
        if self._workers:
            _, late = await asyncio.wait(self._workers, timeout=PATIENCE_SECONDS)
            for worker in late:
                worker.cancel()
            await asyncio.gather(*self._workers, return_exceptions=True)
        self._workers = []

    @property
    def is_working(self) -> bool:
        """Whether there is a link that was not looked up yet."""
        return bool(self._waiting or self._busy)

    async def notice(self, announced: Sequence[Announcement]) -> None:
        """What was committed and published: a text with a link gets its preview later."""
        if self._fetcher is None or not self._workers or self._is_stopping:
            return
        for job in filter(None, map(self._job, announced)):
            if len(self._waiting) >= MAX_QUEUE:
                log.info("link_preview_dropped", waiting=MAX_QUEUE)
                return
            self._waiting.append(job)
            async with self._news:
                self._news.notify()

    async def look_up(self, url: str) -> LinkPreview:
        """What it leads to. Raises ChatError `link_refused`, `link_unreachable`."""
        if self._fetcher is None:
            raise ChatError("link_refused", "Link previews are switched off on this server.")
        host = self._fetcher.check(url).host
        known = await kept_preview(self._db, url)
        if known is not None:
            return known
        turn = self._turns.setdefault(host, asyncio.Lock())
        try:
            async with asyncio.timeout(WAIT_SECONDS), turn, self._slots:
                # Somebody else may have looked meanwhile.
                return await kept_preview(self._db, url) or await self._visit(self._fetcher, url, host)
        except TimeoutError:
            raise ChatError("link_unreachable") from None

    async def _visit(self, fetcher: Fetcher, url: str, host: str) -> LinkPreview:
        try:
            visited = await fetcher.visit(url)
        except ChatError as error:
            nothing = LinkPreview(url=url, title=None, description=None, image=None, favicon=None, domain=host)
            await keep_preview(self._db, nothing, error.code)
            raise
        preview = LinkPreview(url=url, domain=visited.domain, **asdict(visited.page))
        await keep_preview(self._db, preview)
        return preview

    def _job(self, announced: Announcement) -> Job | None:
        if not isinstance(announced, Event) or announced.name not in ("new_message", "message_edited"):
            return None
        if announced.encoded is not None and b"://" not in announced.encoded:
            return None
        text = announced.body.get("content", "")
        url = first_link(text) if "://" in text and announced.body.get("type", "TEXT") == "TEXT" else None
        if url is None or self._fetcher is None:
            return None
        try:
            host = self._fetcher.check(url).host
        except ChatError:
            return None
        return Job(announced.body.get("message_id") or announced.body["id"], url, host)

    async def _work(self) -> None:
        while True:
            async with self._news:
                await self._news.wait_for(lambda: self._is_stopping or self._next() is not None)
                job = self._next()
                if job is None:
                    return
                self._waiting.remove(job)
                self._busy.add(job.host)
            try:
                with contextlib.suppress(ChatError):  # the link leads nowhere, or the message is gone
                    preview = await self.look_up(job.url)
                    if preview.title or preview.description or preview.image:
                        await attach(self._db, job.message_id, preview)
                await forget_unless_written(self._db, job.message_id, job.url)
            except ChatError:
                pass  # the database is away: said in the log by the one who asked it
            except Exception:
                log.exception("link_preview_failed")
            finally:
                self._busy.discard(job.host)
                async with self._news:
                    self._news.notify_all()

    def _next(self) -> Job | None:
        """The longest waiting one whose host is not asked already."""
        return next((job for job in self._waiting if job.host not in self._busy), None)
