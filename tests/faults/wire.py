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
        """What comes, with its name, until Closed is raised: also when not even a ping comes any more."""
        while True:
            text = await self._receive()
            if text.startswith("42"):
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
