"""Bytes on a connection, for requests that no HTTP client would make."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from tests.engine.wire import SECONDS
from tests.support.server import TmsServer


@dataclass
class Request:
    """A request that was begun."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def status(self) -> int | None:
        """The answer's, or None when the server hung up instead."""
        async with asyncio.timeout(SECONDS):
            with suppress(ConnectionError):
                line = await self.reader.readline()
                return int(line.split()[1]) if line else None
        return None

    async def everything(self) -> bytes:
        """All the server says until it hangs up."""
        async with asyncio.timeout(SECONDS):
            with suppress(ConnectionError):
                return await self.reader.read()
        return b""


@asynccontextmanager
async def request(server: TmsServer, head: bytes) -> AsyncIterator[Request]:
    """A connection on which this was written; it is cut at the end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        writer.write(head)
        yield Request(reader, writer)
    finally:
        writer.transport.abort()
        with suppress(ConnectionError):
            await writer.wait_closed()
