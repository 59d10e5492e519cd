"""Who runs prepared statements and plans: each in one snapshot, on connections of the driver's own.

SQLite answers a hot read in less time than it takes to hand the question to a thread and the answer back, and every row
a thread fetches is another fight for the interpreter with a busy event loop. So a plan runs where it is asked, on the
loop, for a moment at most: what takes longer (a cold disk, a search through much that is hidden) is
interrupted and asked again in a thread, and for a while everything after it goes there at once.
"""

import asyncio
import contextvars
import resource
import sqlite3
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from types import TracebackType
from typing import Any

import asyncpg

from tms_chat.core.errors import ChatError
from tms_chat.db.away import POSTGRESQL_ERRORS, is_away
from tms_chat.db.prepared import SNAPSHOT, Arguments, Plan, Prepared, Result, Rows, Together
from tms_chat.db.rounds import Rounds

MOST_SECONDS_ON_LOOP = 0.01
FAR_TOO_LONG = 5
SLOW_FOR_SECONDS = 0.25
INSTRUCTIONS_BETWEEN_LOOKS = 1000
SQLITE_THREADS = 4
#: Of SQLite's own pages: the connection on the loop has many, those in threads are for what is not in memory anyway.
CACHED_KIB, CACHED_IN_THREAD_KIB = 16 * 1024, 2 * 1024
POSTGRESQL_READERS = 6
DATA_VERSION = "PRAGMA data_version"
ONE_SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

Notice = Callable[[str], None]


class Reader(ABC):
    """What both can do. Errors are the driver's own; `ChatError`s of a plan pass."""

    async def fetch(self, statement: Prepared, *values: Any) -> Rows:
        """The rows of one statement."""
        rows: Rows = await self._ask(self._fetch, statement, values)
        return rows

    async def ask(self, plan: Plan[Arguments, Result], *args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        """The result of a plan, all of whose statements see one snapshot."""
        result: Result = await self._ask(self._run, plan, args, kwargs)
        return result

    @abstractmethod
    async def close(self) -> None:
        """Give the connections back."""

    @abstractmethod
    async def _ask(self, what: Callable[..., Any], *args: Any) -> Any:
        """`what` with a connection before its arguments: `_fetch` or `_run`."""

    @abstractmethod
    def _fetch(self, connection: Any, statement: Prepared, values: tuple[Any, ...]) -> Any: ...

    @abstractmethod
    def _run(self, connection: Any, plan: Callable[..., Any], args: Any, kwargs: Any) -> Any: ...


class SqliteReader(Reader):
    """`notice` hears of every statement."""

    def __init__(self, path: Path, busy_timeout_ms: int, notice: Notice) -> None:
        self._path = path
        self._busy_timeout_ms = busy_timeout_ms
        self._notice = notice
        self._on_loop: sqlite3.Connection | None = None
        self._deadline = 0.0
        self._blocks_read = 0  # from the disk, by this thread
        self._slow_until = 0.0
        self._rounds = Rounds()
        self._threads = ThreadPoolExecutor(SQLITE_THREADS, "sqlite-reader")
        self._of_thread = threading.local()
        self._opened: list[sqlite3.Connection] = []

    async def close(self) -> None:
        """See `Reader`."""
        self._threads.shutdown()
        for connection in self._opened:
            connection.close()
        self._opened.clear()

    async def _ask(self, what: Callable[..., Any], *args: Any) -> Any:
        if self._rounds.is_used_up:
            await self._rounds.wait()
        now = time.monotonic()
        if now >= self._slow_until:
            self._deadline = now + MOST_SECONDS_ON_LOOP
            connection = self._on_loop or self._open_on_loop()
            try:
                return what(connection, *args)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_BUSY):
                    raise
                self._slow_until = time.monotonic() + SLOW_FOR_SECONDS
            finally:
                self._rounds.took(time.monotonic() - now)
        here = contextvars.copy_context()  # a plan renders our own addresses with the name of this request
        return await asyncio.get_running_loop().run_in_executor(self._threads, here.run, self._in_thread, what, *args)

    def _in_thread(self, what: Callable[..., Any], *args: Any) -> Any:
        connection = getattr(self._of_thread, "connection", None)
        if connection is None:
            connection = self._of_thread.connection = self._open(self._busy_timeout_ms, CACHED_IN_THREAD_KIB)
        return what(connection, *args)

    def _fetch(self, connection: sqlite3.Connection, statement: Prepared, values: tuple[Any, ...]) -> Rows:
        compiled = statement.compiled("sqlite")
        self._notice(compiled.sql)
        return connection.execute(compiled.sql, compiled.bind(values)).fetchall()

    def _answer(self, connection: sqlite3.Connection, asked: Prepared | Together, values: tuple[Any, ...]) -> Any:
        if isinstance(asked, Together):
            return tuple([self._answer(connection, *one) for one in zip(asked.parts, values, strict=True)])
        if asked is SNAPSHOT:
            # Of the open transaction; every connection counts for itself what others have committed.
            (seen,) = connection.execute(DATA_VERSION).fetchone()
            return (((self._opened.index(connection), seen),),)
        return self._fetch(connection, asked, values)

    def _run(self, connection: sqlite3.Connection, plan: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        steps = plan(*args, **kwargs)
        try:
            connection.execute("BEGIN")  # may be interrupted when it has begun
            asked = next(steps)
            while True:
                asked = steps.send(self._answer(connection, *asked))
        except StopIteration as done:
            return done.value
        finally:
            # Not a statement that is kept: those count their instructions on, and this must not be interrupted.
            connection.rollback()

    def _open_on_loop(self) -> sqlite3.Connection:
        # Busy means somebody recovers the database: nothing to wait for here.
        self._on_loop = connection = self._open(0, CACHED_KIB)
        connection.set_progress_handler(self._is_late, INSTRUCTIONS_BETWEEN_LOOKS)
        return connection

    def _is_late(self) -> bool:
        """Asked by SQLite now and then: more than its time, because of the disk; or far more, whyever.

        On a machine that is too busy time passes as well, and a thread would make that worse.
        """
        late_by = time.monotonic() - self._deadline
        if late_by < 0:
            return False
        blocks = resource.getrusage(resource.RUSAGE_THREAD).ru_inblock
        before, self._blocks_read = self._blocks_read, blocks
        return blocks > before or late_by > FAR_TOO_LONG * MOST_SECONDS_ON_LOOP

    def _open(self, busy_timeout_ms: int, cached_kib: int) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False, cached_statements=256)
        for pragma in (f"busy_timeout={busy_timeout_ms}", "query_only=ON", f"cache_size=-{cached_kib}"):
            connection.execute(f"PRAGMA {pragma}")
        self._opened.append(connection)
        return connection


class PostgresqlReader(Reader):
    """A few connections; `notice` hears of every statement. One that was cut while idle is not noticed by anybody."""

    def __init__(self, arguments: dict[str, Any], wait_seconds: float, notice: Notice) -> None:
        self._arguments = arguments
        self._wait_seconds = wait_seconds
        self._notice = notice
        self._idle: list[Any] = []
        self._turns = asyncio.Semaphore(POSTGRESQL_READERS)
        self._longer: set[Plan[..., Any]] = set()  # plans that asked more than once when they were asked last

    async def close(self) -> None:
        """See `Reader`."""
        while self._idle:
            await self._idle.pop().close()

    async def _ask(self, what: Callable[..., Any], *args: Any) -> Any:
        async with _Turn(self._turns, self._wait_seconds):
            connection = self._take()
            if connection is not None:
                try:
                    return await self._use(connection, what, args)
                except POSTGRESQL_ERRORS as error:
                    # It was cut while nobody looked, or its statements are older than the schema: a new one knows. It
                    # is not asked again when it had its time.
                    if isinstance(error, TimeoutError) or not (is_away(error) or _is_stale(error)):
                        raise
                    self._forget_idle()
            return await self._use(await asyncpg.connect(**self._arguments), what, args)

    async def _use(self, connection: Any, what: Callable[..., Any], args: Any) -> Any:
        try:
            result = await what(connection, *args)
        except ChatError:
            self._idle.append(connection)
            raise
        except BaseException:
            connection.terminate()  # whatever state it is in
            raise
        self._idle.append(connection)
        return result

    async def _fetch(self, connection: Any, statement: Prepared, values: tuple[Any, ...]) -> Rows:
        compiled = statement.compiled("postgresql")
        self._notice(compiled.sql)
        rows: Rows = await connection.fetch(compiled.sql, *compiled.bind(values))
        return rows

    async def _answer(self, connection: Any, asked: Prepared | Together, values: tuple[Any, ...]) -> Any:
        if isinstance(asked, Together):
            self._notice(asked.packed)
            return asked.unpacked(await connection.fetch(asked.packed, *asked.bind(values)))
        return await self._fetch(connection, asked, values)

    async def _run(self, connection: Any, plan: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """A plan whose first question is its last one is asked without a transaction: a statement sees one snapshot.
        Whether it will be is known afterwards only; the same was the case the last time."""
        if plan not in self._longer:
            steps = plan(*args, **kwargs)
            try:
                asked = next(steps)
                if isinstance(asked[0], Together):
                    steps.send(await self._answer(connection, *asked))
            except StopIteration as done:
                return done.value
            steps.close()
        count, steps = 0, plan(*args, **kwargs)
        await connection.execute(ONE_SNAPSHOT)
        try:
            asked = next(steps)
            while True:
                count += 1
                asked = steps.send(await self._answer(connection, *asked))
        except StopIteration as done:
            (self._longer.add if count > 1 else self._longer.discard)(plan)
            await connection.execute("COMMIT")
            return done.value
        except ChatError:
            await connection.execute("COMMIT")
            raise

    def _take(self) -> Any:
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
        return None

    def _forget_idle(self) -> None:
        for connection in self._idle:
            connection.terminate()
        self._idle.clear()


class _Turn(AbstractAsyncContextManager[None]):
    """One of so many at a time; waiting ends with TimeoutError."""

    def __init__(self, turns: asyncio.Semaphore, seconds: float) -> None:
        self._turns = turns
        self._seconds = seconds

    async def __aenter__(self) -> None:
        if self._turns.locked():
            async with asyncio.timeout(self._seconds):
                await self._turns.acquire()
        else:
            await self._turns.acquire()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._turns.release()


def _is_stale(error: BaseException) -> bool:
    return isinstance(error, asyncpg.InvalidCachedStatementError | asyncpg.OutdatedSchemaCacheError)
