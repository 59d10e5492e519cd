"""A broken proxy before a good server: it lets everything through but one websocket frame, or says something else in
as many bytes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from tests.support.server import TmsServer

UPGRADED = b"HTTP/1.1 101"


class Proxy:
    """The server's first frame that starts so is gone; `dropped` is that frame. The words of `instead` are changed."""

    def __init__(self, server: TmsServer, start: bytes, instead: tuple[bytes, bytes]) -> None:
        self._port = urlsplit(server.base_url).port
        self._start = start
        self._instead = instead
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
                    if self._start and payload.startswith(self._start) and not self.dropped:
                        self.dropped = payload
                    else:
                        writer.write(frame.replace(*self._instead))
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
async def proxy(
    server: TmsServer, start: bytes = b"", *, instead: tuple[bytes, bytes] = (b"", b"")
) -> AsyncIterator[Proxy]:
    assert len(instead[0]) == len(instead[1])  # the length stands before the frame
    made = Proxy(server, start, instead)
    listener = await asyncio.start_server(made.accept, "127.0.0.1", 0)
    made.address = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    try:
        yield made
    finally:
        listener.close()
