"""A broken proxy before a good server: it lets everything through but one websocket frame."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from tests.support.server import TmsServer

UPGRADED = b"HTTP/1.1 101"


class Proxy:
    """The server's first frame that starts so is gone; `dropped` is that frame."""

    def __init__(self, server: TmsServer, start: bytes) -> None:
        self._port = urlsplit(server.base_url).port
        self._start = start
        self.dropped = b""
        self.address = ""

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._port)
        await asyncio.gather(self._pipe(reader, back), self._answers(there, writer))

    async def _pipe(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65_536):
                writer.write(data)
        writer.close()

    async def _answers(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, EOFError):
            head = await reader.readexactly(len(UPGRADED))
            writer.write(head)
            if head == UPGRADED:
                writer.write(await reader.readuntil(b"\r\n\r\n"))
                while True:
                    frame, payload = await self._frame(reader)
                    if payload.startswith(self._start) and not self.dropped:
                        self.dropped = payload
                    else:
                        writer.write(frame)
        await self._pipe(reader, writer)

    async def _frame(self, reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
        """Whole, as servers send it: not masked (RFC 6455, section 5.2)."""
        head = await reader.readexactly(2)
        size = head[1]
        if size > 125:
            more = await reader.readexactly(2 if size == 126 else 8)
            head += more
            size = int.from_bytes(more, "big")
        payload = await reader.readexactly(size)
        return head + payload, payload


@asynccontextmanager
async def proxy(server: TmsServer, start: bytes) -> AsyncIterator[Proxy]:
    made = Proxy(server, start)
    listener = await asyncio.start_server(made.accept, "127.0.0.1", 0)
    made.address = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    try:
        yield made
    finally:
        listener.close()
