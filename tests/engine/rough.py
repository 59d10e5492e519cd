"""A client that reads when a test says so and writes whatever it says: a websocket on a bare socket."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Self

from tests.engine.wire import PATH, connect_packet
from tests.support.server import TmsServer
from tests.unit.engine.wire import FIN, TEXT, frame

HANDSHAKE = (
    f"GET {PATH}?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
).encode()
RECEIVE_BUFFER = 4096
SECONDS = 20.0
ESTABLISHED = "01"  # as /proc/net/tcp has it


def text(packet: str) -> bytes:
    """A text frame of a client."""
    return frame(FIN | TEXT, packet.encode())


class Rough:
    """One TCP connection with a small receive buffer, so that what is not read soon stays with the server."""

    def __init__(self, server: TmsServer, buffer: int = RECEIVE_BUFFER) -> None:
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.socket.setblocking(False)
        self._address = ("127.0.0.1", server.port)

    async def connect(self) -> Self:
        await asyncio.get_running_loop().sock_connect(self.socket, self._address)
        return self

    async def send(self, data: bytes) -> bool:
        """Whether the server took it; False once it has hung up."""
        try:
            async with asyncio.timeout(SECONDS):
                await asyncio.get_running_loop().sock_sendall(self.socket, data)
        except ConnectionError:
            return False
        return True

    async def reads_until(self, what: bytes) -> bytes:
        """What comes up to this; fails when the server hangs up before."""
        read = bytearray()
        async with asyncio.timeout(SECONDS):
            while what not in read[-70_000:]:
                more = await asyncio.get_running_loop().sock_recv(self.socket, 65536)
                assert more, read[-300:]
                read += more
        return bytes(read)

    async def is_hung_up_on(self, seconds: float = SECONDS) -> bytes:
        """All that comes until the server hangs up; fails when it does not."""
        read = b""
        async with asyncio.timeout(seconds):
            with suppress(ConnectionError):
                while more := await asyncio.get_running_loop().sock_recv(self.socket, 65536):
                    read += more
        return read

    async def enter(self, token: str) -> Self:
        """Handshake and CONNECT, all in one piece, up to the greeting."""
        await self.send(HANDSHAKE + text(connect_packet(token)))
        await self.reads_until(b'42["hello"')
        return self


@asynccontextmanager
async def rough(server: TmsServer, token: str | None = None, *, buffer: int = RECEIVE_BUFFER) -> AsyncIterator[Rough]:
    """A connection; with a token also a session."""
    client = await Rough(server, buffer).connect()
    with client.socket:
        if token is not None:
            await client.enter(token)
        yield client


@asynccontextmanager
async def many(server: TmsServer, count: int, token: str | None = None) -> AsyncIterator[list[Rough]]:
    """So many of them."""
    clients = [await Rough(server).connect() for _ in range(count)]
    try:
        if token is not None:
            for client in clients:
                await client.enter(token)
        yield clients
    finally:
        for client in clients:
            client.socket.close()


def connections(server: TmsServer) -> int:
    """How many connections the server has open."""
    count = 0
    for link in Path(f"/proc/{server.pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            count += os.readlink(link).startswith("socket:")
    return count


def memory_kb(server: TmsServer) -> int:
    """What the server holds in memory."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{server.pid}/status").read_text())
    assert found is not None
    return int(found[1])


def is_held(client: Rough) -> bool:
    """The server has not closed its side."""
    return any(is_servers and state == ESTABLISHED for is_servers, state, _, _ in both_ends(client))


def kept_by_the_kernel(client: Rough) -> int:
    """How many bytes are under way from the server to this client: written by the one, not read by the other."""
    return sum(sent if is_servers else received for is_servers, _, sent, received in both_ends(client))


def both_ends(client: Rough) -> Iterator[tuple[bool, str, int, int]]:
    """Of the client's connection, as the kernel has them: whose, its state, bytes not sent and not read."""
    here, there = client.socket.getsockname()[1], client.socket.getpeername()[1]
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, local, remote, state, queues, *_ = line.split()
        ports = int(local.partition(":")[2], 16), int(remote.partition(":")[2], 16)
        if ports in ((here, there), (there, here)):
            sent, received = (int(queue, 16) for queue in queues.split(":"))
            yield ports == (there, here), state, sent, received


async def no_more_than(server: TmsServer, before: int, *, seconds: float = 10.0) -> None:
    """Soon enough the server has closed what it had opened since it had so many open."""
    ends = time.monotonic() + seconds
    for _ in range(int(seconds * 10)):
        if connections(server) <= before or time.monotonic() > ends:
            break
        await asyncio.sleep(0.1)
    assert connections(server) <= before
