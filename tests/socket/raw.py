"""A websocket without a client library, for the packets that no well-behaved client would send."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.socket.http import async_http
from tests.support.server import TmsServer

SECONDS = 10.0


class Raw:
    """Engine.IO 4 and Socket.IO 5 by hand: `4` is a message, `40` CONNECT, `42` EVENT, `43` ACK, `41` DISCONNECT."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    async def send(self, frame: str | bytes) -> None:
        """One websocket frame, as it is."""
        await self._connection.send(frame)

    async def enter(self, token: str) -> None:
        """CONNECT, and wait for `hello`."""
        await self.send("40" + json.dumps({"token": token}))
        await self.receives('42["hello"')

    async def receives(self, start: str) -> str:
        """The next frame that starts so; those before it are dropped. Raises ConnectionClosed."""
        async with asyncio.timeout(SECONDS):
            while True:
                frame = await self._connection.recv()
                assert isinstance(frame, str)
                if frame.startswith(start):
                    return frame
                if frame == "2":
                    await self.send("3")

    async def answers(self) -> bool:
        """Whether it is still of use: False when the server has closed it, as it may after nonsense."""
        try:
            await self.send('42999["keepalive"]')
            return await self.receives("43999") == '43999[{"ok":true}]'
        except ConnectionClosed:
            return False

    async def ack(self, number: int) -> dict[str, Any] | None:
        """The acknowledgement with this number, or None when the server closed the socket instead."""
        start = f"43{number}"
        try:
            frame = await self.receives(start)
        except ConnectionClosed:
            return None
        ack: dict[str, Any] = json.loads(frame.removeprefix(start))[0]
        return ack

    async def frames_until_the_connection_closes(self) -> list[str]:
        """All frames; fails when the server leaves the connection open."""
        frames = await self.frames_until("no frame starts so")
        assert self._connection.close_code is not None, f"still open after {frames}"
        return frames

    async def frames_until(self, start: str) -> list[str]:
        """All frames up to the first that starts so, or up to the close by the server."""
        frames: list[str] = []
        with suppress(ConnectionClosed):
            async with asyncio.timeout(SECONDS):
                while not (frames and frames[-1].startswith(start)):
                    frames.append(str(await self._connection.recv()))
        return frames


@asynccontextmanager
async def raw_socket(server: TmsServer, token: str | None = None, *, origin: str | None = None) -> AsyncIterator[Raw]:
    """An open websocket; with a token also connected and greeted."""
    address = f"ws{server.base_url.removeprefix('http')}/socket.io/?EIO=4&transport=websocket"
    headers = {"Origin": origin} if origin is not None else {}
    async with connect(address, additional_headers=headers, max_size=None, compression=None) as connection:
        raw = Raw(connection)
        await raw.receives("0")
        if token is not None:
            await raw.enter(token)
        yield raw


async def open_sockets(server: TmsServer) -> int:
    """How many sockets the server says it has."""
    async with async_http(server) as http:
        count: int = (await http.get("/health/websocket")).json()["active_connections"]
        return count


async def until_open(server: TmsServer, count: int) -> None:
    """Returns once the server has so many sockets."""
    for _ in range(100):
        if await open_sockets(server) == count:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"the server has {await open_sockets(server)} sockets, not {count}")


async def no_more_sockets_than(server: TmsServer, before: int) -> None:
    """Whatever a client did, with its connection its session goes: else it would stay online and its queue grow."""
    for _ in range(200):
        if await open_sockets(server) <= before:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"the server still has {await open_sockets(server)} sockets, before there were {before}")
