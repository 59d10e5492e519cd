"""Engine.IO 4 by hand over both transports: what a test writes is what goes over the wire, and nothing is hidden.

The rules are those of the public documents "Engine.IO protocol", 4th version, and "Socket.IO protocol", 5th version.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any, Self

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.support.server import TmsServer

SECONDS = 10.0
#: For what the server does at once, on a machine that has a lot to do. What it does after a while and unasked, it does
#: later (a ping comes after 25 s) or with a close code of its own.
SOON = 10.0
GAVE_UP = 1008  # it did not sign in, answer or finish its upgrade in time
PATH = "/socket.io/"
POLLING = f"{PATH}?EIO=4&transport=polling"
SEPARATOR = "\x1e"


class Polling:
    """A session over HTTP long-polling. Pings are heard like everything else, and answered by nobody but the test."""

    def __init__(self, http: httpx.AsyncClient, opened: dict[str, Any]) -> None:
        self.http = http
        self.opened = opened
        self.sid: str = opened["sid"]
        self.address = f"{POLLING}&sid={self.sid}"
        self._heard: list[str] = []

    @classmethod
    async def open(cls, http: httpx.AsyncClient, token: str | None = None) -> Self:
        """The handshake; with a token also CONNECT, up to `hello`."""
        answer = await http.get(POLLING)
        assert answer.status_code == 200, answer.text
        session = cls(http, json.loads(answer.text.removeprefix("0")))
        if token is not None:
            await session.enter(token)
        return session

    async def enter(self, token: str) -> None:
        """CONNECT, up to `hello`; a heartbeat that is quicker is answered."""
        await self.post(connect_packet(token))
        while not (packet := await self.receives("")).startswith('42["hello"'):
            if packet == "2":
                await self.post("3")

    async def post(self, *packets: str) -> httpx.Response:
        """Send these in one request."""
        return await self.http.post(self.address, content=SEPARATOR.join(packets).encode("utf-8", "surrogatepass"))

    async def get(self) -> httpx.Response:
        """One poll, which lasts until there is something to hear."""
        return await self.http.get(self.address)

    async def packets(self) -> list[str]:
        """What one poll brings."""
        answer = await self.get()
        assert answer.status_code == 200, answer.text
        return answer.text.split(SEPARATOR)

    async def receives(self, start: str) -> str:
        """The next packet that starts so; those before it are dropped."""
        async with asyncio.timeout(SECONDS):
            while True:
                while self._heard:
                    packet = self._heard.pop(0)
                    if packet.startswith(start):
                        return packet
                self._heard = await self.packets()

    async def is_over(self) -> bool:
        """Whether the server has ended it, soon enough; what it still had to say may be read before."""
        with suppress(TimeoutError):
            async with asyncio.timeout(SOON):
                while (await self.get()).status_code == 200:
                    pass
                return True
        return False

    async def works(self) -> bool:
        """Whether a packet goes there and its acknowledgement comes back."""
        await self.post('42990["keepalive"]')
        return await self.receives("43990") == '43990[{"ok":true}]'


class Frames:
    """A websocket, with or without a session yet."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def send(self, *frames: str | bytes) -> None:
        """One frame each; a server that has hung up meanwhile is for `closes` to find out."""
        with suppress(ConnectionClosed):
            for frame in frames:
                await self.connection.send(frame)

    async def next(self) -> str:
        """The next frame. Raises ConnectionClosed."""
        async with asyncio.timeout(SECONDS):
            frame = await self.connection.recv()
        assert isinstance(frame, str)
        return frame

    async def receives(self, start: str) -> str:
        """The next frame that starts so; those before it are dropped. Raises ConnectionClosed."""
        while not (frame := await self.next()).startswith(start):
            pass
        return frame

    async def enter(self, token: str) -> None:
        """CONNECT, up to `hello`; a heartbeat that is quicker is answered. Raises ConnectionClosed."""
        await self.send(connect_packet(token))
        while not (frame := await self.next()).startswith('42["hello"'):
            if frame == "2":
                await self.send("3")

    async def closes(self) -> list[str]:
        """What came before the server closed the connection; fails when it does not, or only because it gave up."""
        frames = await self._frames_until_closed(SOON)
        assert self.connection.close_code != GAVE_UP, f"closed for waiting in vain, with {frames}"
        return frames

    async def is_given_up_on(self, *, seconds: float) -> list[str]:
        """What came before the server had waited in vain for so long; fails when it closes for another reason."""
        frames = await self._frames_until_closed(seconds)
        assert self.connection.close_code == GAVE_UP, (self.connection.close_code, frames)
        return frames

    async def _frames_until_closed(self, seconds: float) -> list[str]:
        frames: list[str] = []
        try:
            async with asyncio.timeout(seconds):
                while True:
                    frames.append(str(await self.connection.recv()))
        except ConnectionClosed:
            return frames
        except TimeoutError:
            raise AssertionError(f"open after {seconds:g} s, with {frames}") from None

    async def works(self) -> bool:
        """Whether a packet goes there and its acknowledgement comes back; False when the server hung up."""
        await self.send('42990["keepalive"]')
        try:
            return await self.receives("43990") == '43990[{"ok":true}]'
        except ConnectionClosed:
            return False

    async def works_or_closes(self) -> None:
        """After something of which the documents say nothing: whichever it is, it is not a socket that hangs."""
        with suppress(AssertionError):
            assert await self.works()
            return
        await self.closes()


@asynccontextmanager
async def frames(
    server: TmsServer, query: str = "EIO=4&transport=websocket", *, path: str = PATH, headers: Iterable[Any] = ()
) -> AsyncIterator[Frames]:
    """A websocket with this query, as it is after the HTTP upgrade. Raises InvalidStatus when that is refused."""
    address = f"ws{server.base_url.removeprefix('http')}{path}?{query}"
    async with connect(
        address, compression=None, max_size=None, ping_interval=None, additional_headers=list(headers), close_timeout=2
    ) as connection:
        yield Frames(connection)


async def is_turned_away(server: TmsServer, query: str, *said: str) -> bool:
    """Whether a websocket with this query is refused or closed by the server, without a word whatever it says."""
    try:
        async with frames(server, query) as socket:
            await socket.send(*said)
            return await socket.closes() == []
    except InvalidStatus as refusal:
        return 400 <= refusal.response.status_code < 500


@asynccontextmanager
async def websocket(server: TmsServer, token: str | None = None) -> AsyncIterator[Frames]:
    """A session over a websocket: opened, and with a token also connected and greeted."""
    async with frames(server) as socket:
        assert (await socket.next()).startswith("0{")
        if token is not None:
            await socket.enter(token)
        yield socket


@asynccontextmanager
async def upgrading(server: TmsServer, session: Polling) -> AsyncIterator[Frames]:
    """A websocket that has probed for this session and been answered; `5` from it completes the upgrade."""
    async with frames(server, f"EIO=4&transport=websocket&sid={session.sid}") as socket:
        await socket.send("2probe")
        assert await socket.next() == "3probe"
        yield socket


def connect_packet(token: str | None) -> str:
    """CONNECT to the default namespace."""
    return "40" if token is None else "40" + json.dumps({"token": token})
