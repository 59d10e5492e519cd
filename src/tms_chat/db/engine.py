"""Connections to SQLite or PostgreSQL. `unit()` is the only way to write, `read()` the way to ask.

SQLite has one writer at a time, so it gets one writing connection that begins with BEGIN IMMEDIATE (a deferred
transaction that turns into a writer half-way fails with "database is locked"), and a few for reading, which WAL lets
run beside it. PostgreSQL has one pool. Reads see one snapshot on both.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from weakref import WeakValueDictionary

import orjson
import structlog
from sqlalchemy import event, select
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from tms_chat.core.errors import ChatError
from tms_chat.core.events import Announcement
from tms_chat.core.ids import ConversationId
from tms_chat.db.types import meta
from tms_chat.db.unit import Unit
from tms_chat.db.url import DatabaseUrl

log = structlog.get_logger(__name__)

Publish = Callable[[Sequence[Announcement]], Awaitable[None]]

BUSY_TIMEOUT_MS = 5_000
POOL_TIMEOUT_SECONDS = 5.0
COMMAND_TIMEOUT_SECONDS = 15.0
SQLITE_READERS = 4
POSTGRESQL_POOL = 10


class Database:
    """Both engines behind two verbs. `publish` is set once by the composition root."""

    def __init__(self, url: DatabaseUrl) -> None:
        self.url = url
        self.publish: Publish | None = None
        self.has_trigrams = False  # known once it is migrated
        self._locks: WeakValueDictionary[ConversationId, asyncio.Lock] = WeakValueDictionary()
        if url.dialect == "sqlite":
            self.writer = _sqlite_engine(url, "BEGIN IMMEDIATE", 1)
            self.reader = _sqlite_engine(url, "BEGIN", SQLITE_READERS)
        else:
            self.writer = create_async_engine(
                "postgresql+asyncpg://",
                connect_args=_postgresql_arguments(url),
                hide_parameters=True,  # an error must not carry message text or a password hash into the log
                pool_size=POSTGRESQL_POOL,
                max_overflow=0,
                pool_timeout=POOL_TIMEOUT_SECONDS,
                pool_pre_ping=True,
                json_serializer=lambda value: orjson.dumps(value).decode(),
                json_deserializer=orjson.loads,
            )
            self.reader = self.writer.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.url.dialect

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """One snapshot to ask. Raises ChatError `unavailable` when the database does not answer."""
        with _translated():
            async with self.reader.connect() as connection:
                yield connection

    @asynccontextmanager
    async def unit(self, conversation_id: ConversationId | None = None) -> AsyncIterator[Unit]:
        """One transaction: commit at the end, then publish what it recorded; an exception rolls all of it back.

        With a conversation, units of this process that change it queue up here, from before they take a connection
        until their events are out: the row lock orders the commits, this orders the publishing too (6 must not reach
        the sockets before 5), and a busy conversation cannot hold every connection of the pool.
        """
        async with self._queue(conversation_id):
            with _translated():
                async with self.writer.connect() as connection:
                    unit = Unit(connection)
                    yield unit
                    await unit.commit()
            if unit.announced:
                await self._publish(unit.announced)

    @asynccontextmanager
    async def _queue(self, conversation_id: ConversationId | None) -> AsyncIterator[None]:
        if conversation_id is None:
            yield
            return
        lock = self._locks.setdefault(conversation_id, asyncio.Lock())
        async with lock:
            yield

    async def _publish(self, events: Sequence[Announcement]) -> None:
        # The journal has the events: a failed broadcast must not turn a committed change into an error.
        if self.publish is None:
            return
        try:
            await self.publish(events)
        except Exception:
            log.exception("publish_failed", events=[repr(event)[:120] for event in events])

    async def ping(self) -> None:
        """Really ask the database something, bounded in time. Raises ChatError `unavailable`."""
        try:
            async with asyncio.timeout(3), self.read() as connection:
                await connection.execute(select(meta.c.value).limit(1))
        except TimeoutError:
            raise ChatError("unavailable", retry_after=2) from None

    async def close(self) -> None:
        """Close every connection; nothing can be asked afterwards."""
        await self.writer.dispose()
        if self.dialect == "sqlite":
            await self.reader.dispose()


class _translated:  # noqa: N801  (used like a function: `with _translated():`)
    """What the drivers raise when the database is away or busy, as the sentence a caller gets."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> None:
        lost = isinstance(error, DBAPIError) and (error.connection_invalidated or _is_away(error))
        if lost or isinstance(error, (OperationalError, InterfaceError, PoolTimeout, OSError)):
            log.error(
                "database_unavailable",
                reason=type(error).__name__,
                detail=str(getattr(error, "orig", error))[:300],
            )
            raise ChatError("unavailable", retry_after=2) from error


def _is_away(error: DBAPIError) -> bool:
    """PostgreSQL is starting, stopping, full, or gave up waiting for a lock (SQLSTATE, PostgreSQL appendix A)."""
    state = str(getattr(error.orig, "sqlstate", None) or "")
    return (
        state[:2] in ("08", "28", "3D", "53")
        or state[:3] == "57P"
        or state in ("40001", "40P01", "55000", "55P03", "57014")
    )


def _postgresql_arguments(url: DatabaseUrl) -> dict[str, Any]:
    """A frozen database must become an answer in seconds, not a request that never ends."""
    settings = {"lock_timeout": "10s", "idle_in_transaction_session_timeout": "30s"}
    given = dict(url.connect)
    settings |= given.pop("server_settings", {})
    return {
        "timeout": POOL_TIMEOUT_SECONDS,
        "command_timeout": COMMAND_TIMEOUT_SECONDS,
        **given,
        "server_settings": settings,
    }


def _sqlite_engine(url: DatabaseUrl, begin: str, size: int) -> AsyncEngine:
    assert url.path is not None
    engine = create_async_engine(
        f"sqlite+aiosqlite:///{url.path}",
        pool_size=size,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT_SECONDS,
        hide_parameters=True,
    )

    @event.listens_for(engine.sync_engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        # Python 3.11's sqlite3 begins transactions by itself, at the wrong moment; here they begin below.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            "foreign_keys=ON",
            "secure_delete=ON",  # what is deleted is overwritten, not only given back
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin_transaction(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine
