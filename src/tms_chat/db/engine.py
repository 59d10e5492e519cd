"""Connections to SQLite or PostgreSQL. `unit()` is the only way to write, `read()` the way to ask.

SQLite has one writer at a time, so it gets one writing connection that begins with BEGIN IMMEDIATE (a deferred
transaction that turns into a writer half-way fails with "database is locked"), and a few for reading, which WAL lets
run beside it. PostgreSQL has one pool. Reads see one snapshot on both. The hot ones (`fetch`, `ask`) have connections
of their own, past SQLAlchemy.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any

import orjson
import structlog
from sqlalchemy import NullPool, event, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from tms_chat.core.errors import ChatError
from tms_chat.core.events import Announcement
from tms_chat.core.ids import ConversationId
from tms_chat.db.away import translated
from tms_chat.db.prepared import Arguments, Plan, Prepared, Result, Rows
from tms_chat.db.pulse import Pulse, Watched
from tms_chat.db.readers import PostgresqlReader, Reader, SqliteReader
from tms_chat.db.turns import Turns
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
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    f"busy_timeout={BUSY_TIMEOUT_MS}",
    "foreign_keys=ON",
    "secure_delete=ON",  # what is deleted is overwritten, not only given back
    # What a statement keeps to be able to fail alone, and what it sorts: no file, in which text would stay behind.
    "temp_store=MEMORY",
    "wal_autocheckpoint=4000",  # 16 MB: busy pages are copied less often
)


class Database:
    """Both engines behind two verbs. `publish` is set once by the composition root."""

    def __init__(self, url: DatabaseUrl) -> None:
        self.url = url
        self.publish: Publish | None = None
        self.has_trigrams = False  # known once it is migrated
        self.turns: Turns[ConversationId] = Turns()
        self.before_closing: list[Callable[[], Awaitable[None]]] = []
        self._writing: Turns[None] = Turns()
        self._pulse: Pulse | None = None
        if url.dialect == "sqlite":
            self.writer = _sqlite_engine(url, "BEGIN IMMEDIATE", 1)
            self.reader = _sqlite_engine(url, "BEGIN", SQLITE_READERS)
            assert url.path is not None
            self._raw: Reader = SqliteReader(url.path, BUSY_TIMEOUT_MS, self.notice)
        else:
            self.writer = _postgresql_engine(
                _postgresql_arguments(url),
                pool_size=POSTGRESQL_POOL,
                max_overflow=0,
                pool_timeout=POOL_TIMEOUT_SECONDS,
                pool_pre_ping=True,
            )
            self.reader = self.writer.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            self._pulse = Pulse(_postgresql_arguments(url))
            self._raw = PostgresqlReader(_postgresql_arguments(url), POOL_TIMEOUT_SECONDS, self.notice)

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.url.dialect

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """One snapshot to ask. Raises ChatError `unavailable` when the database does not answer."""
        with translated():
            async with self.watched(), self.reader.connect() as connection:
                yield connection

    async def fetch(self, statement: Prepared, *values: Any) -> Rows:
        """The rows of a hot read of one statement, as the driver makes them. Raises ChatError `unavailable`."""
        with translated():
            async with self.watched():
                return await self._raw.fetch(statement, *values)

    async def ask(self, plan: Plan[Arguments, Result], *args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        """What a hot read of several statements finds, all in one snapshot. Raises ChatError `unavailable`."""
        with translated():
            async with self.watched():
                return await self._raw.ask(plan, *args, **kwargs)

    def watched(self) -> AbstractAsyncContextManager[None, bool | None]:
        """Around what waits for the database: a frozen one becomes a TimeoutError in seconds."""
        return nullcontext() if self._pulse is None else Watched(self._pulse)

    @asynccontextmanager
    async def unit(self, conversation_id: ConversationId | None = None) -> AsyncIterator[Unit]:
        """One transaction: commit at the end, then publish what it recorded; an exception rolls all of it back.

        With a conversation, units of this process that change it queue up here, from before they take a connection
        until their events are out: the row lock orders the commits, this orders the publishing too (6 must not reach
        the sockets before 5), and a busy conversation cannot hold every connection of the pool.
        """
        async with self.turns.turn(conversation_id) if conversation_id is not None else nullcontext():
            with translated():
                async with self.watched(), self.writing(), self.writer.connect() as connection:
                    unit = Unit(connection)
                    yield unit
                    await unit.commit()
            if unit.announced:
                await self.publish_committed(unit.announced)

    @asynccontextmanager
    async def schema_connection(self) -> AsyncIterator[AsyncConnection]:
        """To change tables with, and whole tables: that takes as long as it takes."""
        if self.dialect == "sqlite":
            async with self.writer.connect() as connection:
                yield connection
            return
        engine = _postgresql_engine(self.postgresql_arguments | {"command_timeout": None}, poolclass=NullPool)
        try:
            async with engine.connect() as connection:
                yield connection
        finally:
            await engine.dispose()

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[None]:
        """SQLite has one writer at a time: those of this process wait for each other here, in their order, and not for
        each other's locks in the file, which are looked at again and again. PostgreSQL has as many as it likes.

        Raises TimeoutError when the one before does not come to an end.
        """
        if self.dialect != "sqlite":
            yield
            return
        if not self._writing.take_if_free(None):
            async with asyncio.timeout(POOL_TIMEOUT_SECONDS):
                await self._writing.take(None)
        try:
            yield
        finally:
            self._writing.give_back(None)

    async def publish_committed(self, events: Sequence[Announcement]) -> None:
        """Tell everybody, after the commit; who calls this has the turn of the conversations."""
        # The journal has the events: a failed broadcast must not turn a committed change into an error.
        if self.publish is None:
            return
        try:
            await self.publish(events)
        except Exception:
            log.exception("publish_failed", events=[repr(event)[:120] for event in events])

    def open_sqlite(self) -> sqlite3.Connection:
        """A connection of the driver's own to write with, for whoever has `writing()`; usable from any thread."""
        assert self.url.path is not None
        connection = sqlite3.connect(self.url.path, isolation_level=None, check_same_thread=False)
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        return connection

    @property
    def postgresql_arguments(self) -> dict[str, Any]:
        """What the driver's `connect` takes."""
        return _postgresql_arguments(self.url)

    def notice(self, statement: str) -> None:
        """Whoever listens to the statements of the engine hears of those that go past it."""
        for listener in self.writer.sync_engine.dispatch.before_cursor_execute:
            listener(None, None, statement, (), None, False)

    async def ping(self) -> None:
        """Really ask the database something, bounded in time. Raises ChatError `unavailable`."""
        try:
            async with asyncio.timeout(3), self.read() as connection:
                await connection.execute(select(meta.c.value).limit(1))
        except TimeoutError:
            raise ChatError("unavailable", retry_after=2) from None

    async def close(self) -> None:
        """Close every connection; nothing can be asked afterwards."""
        for close in self.before_closing:
            await close()
        await self._raw.close()
        if self._pulse is not None:
            await self._pulse.close()
        await self.writer.dispose()
        if self.dialect == "sqlite":
            await self.reader.dispose()


def _postgresql_arguments(url: DatabaseUrl) -> dict[str, Any]:
    """Where `Pulse` finds nothing wrong, a statement may take its time, but not for ever."""
    settings = {"lock_timeout": "10s", "idle_in_transaction_session_timeout": "30s"}
    given = dict(url.connect)
    settings |= given.pop("server_settings", {})
    return {
        "timeout": POOL_TIMEOUT_SECONDS,
        "command_timeout": COMMAND_TIMEOUT_SECONDS,
        **given,
        "server_settings": settings,
    }


def _postgresql_engine(arguments: dict[str, Any], **pool: Any) -> AsyncEngine:
    return create_async_engine(
        "postgresql+asyncpg://",
        connect_args=arguments,
        hide_parameters=True,  # an error must not carry message text or a password hash into the log
        json_serializer=lambda value: orjson.dumps(value).decode(),
        json_deserializer=orjson.loads,
        **pool,
    )


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
        for pragma in PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin_transaction(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine
