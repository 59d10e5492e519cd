"""The little of HTTP and Socket.IO that the clients of the rows need: hundreds of them run in one process."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from typing import Any, Final

import aiohttp
import orjson

Json = dict[str, Any]
#: Where to go; asked afresh each time, as nobody has sticky sessions.
Door = Callable[[], str]

HTTP_SECONDS: Final = 20.0
GREETING_SECONDS: Final = 10.0
#: What a network or a dying server does to a request.
GONE: Final = (aiohttp.ClientError, OSError, TimeoutError, asyncio.IncompleteReadError)
FIRST_PAUSE_SECONDS: Final = 0.1
LONGEST_PAUSE_SECONDS: Final = 2.0


class Closed(Exception):
    """The connection is over, or nobody is at the other end."""


class Patience:
    """Pauses between tries: full jitter, growing, short for a test's sake."""

    def __init__(self) -> None:
        self._pause = FIRST_PAUSE_SECONDS

    async def pause(self) -> None:
        """Before the next try."""
        await asyncio.sleep(random.uniform(0, self._pause))
        self._pause = min(2 * self._pause, LONGEST_PAUSE_SECONDS)

    def reset(self) -> None:
        """It went well."""
        self._pause = FIRST_PAUSE_SECONDS


def http_session() -> aiohttp.ClientSession:
    """Without a limit of connections, and without waiting for ever."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, force_close=False),
        timeout=aiohttp.ClientTimeout(total=HTTP_SECONDS),
    )


class Socket:
    """A websocket with Socket.IO on it, greeted."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self._ws = ws
        self._silence_seconds = GREETING_SECONDS
        self._numbers = count(1)
        self._asked: dict[int, asyncio.Future[Json]] = {}

    async def events(self) -> AsyncIterator[tuple[str, Json]]:
        """What comes, with its name, until Closed is raised: also when not even a ping comes any more.

        Events without a number are left out, greetings aside: how far everybody has read is half of what comes.
        """
        while True:
            text = await self._receive()
            if text.startswith("42"):
                if '"seq":' not in text and not text.startswith('42["hello"'):
                    continue
                name, *rest = orjson.loads(text[2:])
                yield name, rest[0] if rest else {}
            elif text.startswith("43"):
                self._answered(text)
            elif text == "2":
                await self._ws.send_str("3")
            elif text.startswith(("44", "41", "1")):
                raise Closed(text)

    async def ask(self, name: str, body: Json) -> Json:
        """An event, and its acknowledgement, which comes while `events` is read. Raises Closed, or one of GONE."""
        number = next(self._numbers)
        asked: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._asked[number] = asked
        try:
            await self._ws.send_str(f"42{number}{orjson.dumps([name, body]).decode()}")
            async with asyncio.timeout(HTTP_SECONDS):
                return await asked
        finally:
            del self._asked[number]

    def end(self) -> None:
        """Nobody is answered any more."""
        for asked in self._asked.values():
            if not asked.done():
                asked.set_exception(Closed("no answer"))

    async def greet(self, token: str) -> None:
        """The opening, and CONNECT."""
        opening = await self._receive()
        if not opening.startswith("0"):
            raise Closed(opening)
        terms = orjson.loads(opening[1:])
        await self._ws.send_str(f'40{{"token":"{token}"}}')
        self._silence_seconds = (terms["pingInterval"] + terms["pingTimeout"]) / 1000

    def _answered(self, text: str) -> None:
        number, _, answer = text[2:].partition("[")
        asked = self._asked.get(int(number))
        if asked is not None and not asked.done():
            asked.set_result(orjson.loads(answer[:-1]))

    async def _receive(self) -> str:
        try:
            async with asyncio.timeout(self._silence_seconds):
                message = await self._ws.receive()
        except TimeoutError:
            raise Closed("silence") from None
        if message.type is not aiohttp.WSMsgType.TEXT:
            raise Closed(message.type.name)
        text: str = message.data
        return text


class Hurry:
    """Requests one after the other over a connection of one's own, for a tenth of what a session takes for each."""

    def __init__(self, door: Door, token: str) -> None:
        self._door = door
        self._token = token
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, path: str, body: Json) -> tuple[int, dict[str, str], Json]:
        """The status, the headers (their names in small letters) and the JSON of the answer. Raises one of GONE."""
        try:
            async with asyncio.timeout(HTTP_SECONDS):
                return await self._post(path, orjson.dumps(body))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """The next request opens another connection."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def _post(self, path: str, body: bytes) -> tuple[int, dict[str, str], Json]:
        if self._streams is None:
            _, host, port = self._door().replace("//", "").split(":")
            self._streams = await asyncio.open_connection(host, int(port))
        reader, writer = self._streams
        head = f"POST {path} HTTP/1.1\r\nHost: tms\r\nAuthorization: Bearer {self._token}\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().rstrip().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        answer = await reader.readexactly(int(headers["content-length"]))
        if headers.get("connection") == "close":
            self.close()
        return int(first.split()[1]), headers, orjson.loads(answer)


@asynccontextmanager
async def open_socket(http: aiohttp.ClientSession, address: str, token: str) -> AsyncIterator[Socket]:
    """Raises Closed, or one of GONE."""
    timeout = aiohttp.ClientWSTimeout(ws_close=1)
    async with (
        asyncio.timeout(GREETING_SECONDS) as patience,
        http.ws_connect(
            f"{address}/socket.io/?EIO=4&transport=websocket", max_msg_size=0, timeout=timeout
        ) as ws,
    ):  # fmt: skip
        socket = Socket(ws)
        await socket.greet(token)
        patience.reschedule(None)
        try:
            yield socket
        finally:
            socket.end()
