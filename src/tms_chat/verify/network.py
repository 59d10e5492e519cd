"""The way to the server: REST and Socket.IO for one person. A test puts a hostile one in its place."""

import asyncio
import json
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any, Final, Self

from tms_chat.verify.api import Api, Failed, Person
from tms_chat.verify.websocket import Torn, WebSocket
from tms_chat.verify.wire import Json

SOCKET: Final = "/socket.io/?EIO=4&transport=websocket"

# Engine.IO 4 and Socket.IO 5, default namespace, each in one text.
PING: Final = "2"
PONG: Final = "3"
CONNECT: Final = "40"
EVENT: Final = "42"
REFUSED: Final = "44"
DISCONNECTED: Final = ("1", "41")
#: Refusals that another try may end differently.
PASSING: Final = ("rate_limited", "too_many_sockets", "unavailable", "internal")
OPEN_SECONDS: Final = 10.0


class SocketLine:
    """A Socket.IO connection that is let in and greeted: `epoch` and `heads` are those of its `hello`.

    A line that only hangs is never closed by anybody: it is given up when the next ping, which the server has promised,
    does not come in time.
    """

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self._silence = OPEN_SECONDS
        self.epoch = ""
        self.heads: dict[str, int] = {}

    @classmethod
    async def open(cls, node: str, person: Person, tls: ssl.SSLContext) -> Self:
        """Raises Torn, and Failed where the token is refused for good."""
        line = cls(await WebSocket.open(node + SOCKET, tls))
        try:
            said = json.loads((await line._next())[1:])  # the handshake of Engine.IO, in milliseconds
            line._silence = (said["pingInterval"] + said["pingTimeout"]) / 1000
            await line._socket.send(CONNECT + json.dumps({"token": person.token}))
            name, body = await line.receive()
            while name != "hello":
                name, body = await line.receive()
        except BaseException:
            line.tear()
            raise
        line.epoch, line.heads = body["epoch"], body["heads"]
        return line

    async def receive(self) -> tuple[str, Json]:
        """The next event. Raises Torn."""
        while True:
            text = await self._next()
            if text.startswith(EVENT):
                name, *rest = json.loads(text[len(EVENT) :])
                return name, rest[0] if rest else {}
            if text == PING:
                await self._socket.send(PONG)
            elif text.startswith(REFUSED):
                self._refuse(json.loads(text[len(REFUSED) :]))
            elif text in DISCONNECTED:
                raise Torn("disconnected by the server")

    def tear(self) -> None:
        """Cut the connection without a word."""
        self._socket.tear()

    async def _next(self) -> str:
        try:
            async with asyncio.timeout(self._silence):
                return await self._socket.receive()
        except TimeoutError:
            raise Torn(f"silent for {self._silence:.1f} s") from None

    def _refuse(self, said: Any) -> None:
        code = said.get("message", "") if isinstance(said, dict) else str(said)
        if code in PASSING:
            raise Torn(f"refused: {code}")
        raise Failed(
            f"The server refuses a socket ({code}): run with the settings of the server, so that its key is used."
        )


@dataclass(slots=True)
class Network:
    """The nodes of one installation, asked in turn."""

    nodes: Sequence[str]
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    _turn: "cycle[str]" = field(init=False)

    def __post_init__(self) -> None:
        self._turn = cycle(self.nodes)

    def api(self, person: Person) -> Api:
        """REST for this person."""
        return Api(self.nodes, person, self.tls)

    async def connect(self, person: Person) -> SocketLine:
        """A socket of this person. Raises Torn, Failed."""
        return await SocketLine.open(next(self._turn), person, self.tls)
