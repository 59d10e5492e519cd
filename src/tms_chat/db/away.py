"""What the drivers raise when the database is away or busy, as the one sentence a caller gets."""

import sqlite3
from typing import Any

import asyncpg
import structlog
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from tms_chat.core.errors import ChatError

log = structlog.get_logger(__name__)

AWAY = (
    OperationalError,
    InterfaceError,
    PoolTimeout,
    OSError,  # TimeoutError is one
    sqlite3.OperationalError,
    sqlite3.InterfaceError,
    asyncpg.InterfaceError,
    # What it says of a connection that the server has begun to close in between: its last word came unasked.
    asyncpg.InternalClientError,
)
#: What asyncpg raises for what the server or the network did.
POSTGRESQL_ERRORS = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)


class translated:  # noqa: N801  (used like a function: `with translated():`)
    """Turns them into ChatError `unavailable` and says in the log what it was; other errors pass."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> None:
        if error is None or not is_away(error):
            return
        detail = str(getattr(error, "orig", error))[:300]
        log.error("database_unavailable", reason=type(error).__name__, detail=detail)
        raise ChatError("unavailable", retry_after=2) from error


def is_away(error: BaseException) -> bool:
    """Whether this says that the database cannot be asked now."""
    if isinstance(error, AWAY):
        return True
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or _says_so(error.orig)
    return isinstance(error, asyncpg.PostgresError) and _says_so(error)


def _says_so(error: BaseException | None) -> bool:
    """PostgreSQL is starting, stopping, full, or gave up waiting for a lock (SQLSTATE, PostgreSQL appendix A)."""
    state = str(getattr(error, "sqlstate", None) or "")
    return (
        state[:2] in ("08", "28", "3D", "53")
        or state[:3] == "57P"
        or state in ("40001", "40P01", "55000", "55P03", "57014")
    )
