"""A network between clients and servers, as bad as a test wants it: TCP bytes, passed on, held back or cut off."""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import Collection
from contextlib import suppress
from typing import Self

CHUNK = 16 * 1024
#: Of the kernel, for a slow connection: what is not read must soon be felt by who writes.
SMALL_BUFFER = 4 * 1024


class Pipe:
    """One connection through the proxy."""

    def __init__(self, proxy: Proxy, client: asyncio.StreamWriter, server: asyncio.StreamWriter) -> None:
        self._proxy = proxy
        self._ends = (client, server)
        self._flows = asyncio.Event()
        self._flows.set()
        #: What the client gets in a second at most, None as fast as it reads.
        self.bytes_per_second: float | None = None

    def cut(self) -> None:
        """Both sides see a reset."""
        self._flows.set()
        for end in self._ends:
            end.transport.abort()

    def hold(self) -> None:
        """Half open: nothing is passed on in either direction any more, and neither side is told."""
        self._flows.clear()

    async def passes(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, to_client: bool) -> None:
        """In this direction, until an end closes."""
        with suppress(OSError):
            while data := await reader.read(self._chunk(to_client)):
                if self._proxy.delay_seconds:
                    await asyncio.sleep(self._proxy.delay_seconds * random.uniform(0.5, 1.5))
                await self._flows.wait()
                writer.write(data)
                await writer.drain()
                if to_client and self.bytes_per_second is not None:
                    await asyncio.sleep(len(data) / self.bytes_per_second)
        self.cut()

    def _chunk(self, to_client: bool) -> int:
        return CHUNK if self.bytes_per_second is None or not to_client else SMALL_BUFFER


class Proxy:
    """Listens on a port of its own and connects to any of these, as a balancer does. `async with` closes it, and every
    connection."""

    def __init__(self, *ports: int, bytes_per_second: float | None = None) -> None:
        self.port = 0
        self.pipes: set[Pipe] = set()
        self.delay_seconds = 0.0  # in each direction, on average
        self.is_down = False
        self.cuts = 0
        self._targets = ports
        self._bytes_per_second = bytes_per_second
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, backlog=2048)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self.cut(self.pipes)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self, pipes: Collection[Pipe]) -> None:
        """These, at once."""
        self.cuts += len(pipes)
        for pipe in list(pipes):
            pipe.cut()

    def heal(self) -> None:
        """As fast as it gets, from now on."""
        self._bytes_per_second = None
        for pipe in self.pipes:
            pipe.bytes_per_second = None

    def some(self, share: float) -> list[Pipe]:
        """As many of the connections, any of them; one at least, if there is one."""
        return random.sample(sorted(self.pipes, key=id), min(len(self.pipes), max(1, round(share * len(self.pipes)))))

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._pass_on(reader, writer)
        except asyncio.CancelledError:
            writer.transport.abort()  # the proxy is closed
        finally:
            self._tasks.discard(task)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if self.is_down:
                raise ConnectionRefusedError
            server_reader, server_writer = await asyncio.open_connection(sock=await self._connected())
        except OSError:
            writer.transport.abort()
            return
        pipe = Pipe(self, writer, server_writer)
        pipe.bytes_per_second = self._bytes_per_second
        self.pipes.add(pipe)
        try:
            await asyncio.gather(
                pipe.passes(reader, server_writer, to_client=False),
                pipe.passes(server_reader, writer, to_client=True),
            )
        finally:
            self.pipes.discard(pipe)
            pipe.cut()

    async def _connected(self) -> socket.socket:
        connection = socket.socket()
        connection.setblocking(False)
        if self._bytes_per_second is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
        try:
            await asyncio.get_running_loop().sock_connect(connection, ("127.0.0.1", random.choice(self._targets)))
        except OSError:
            connection.close()
            raise
        return connection
