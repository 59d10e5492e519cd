"""Connections to PostgreSQL beside those of the pools: what they hold, or wait for, is nobody else's."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg


async def connect(arguments: dict[str, Any], seconds: float) -> Any:
    """One more, or what the driver raises after so many seconds; `arguments` are those of its `connect`."""
    return await asyncpg.connect(**arguments | {"timeout": seconds})


@asynccontextmanager
async def connected(arguments: dict[str, Any], seconds: float) -> AsyncIterator[Any]:
    """The same, closed without a word at the end: a server that hangs would not answer it."""
    connection = await connect(arguments, seconds)
    try:
        yield connection
    finally:
        connection.terminate()
