"""A websocket of Socket.IO by hand, down to its TCP buffers: for clients that no library would be."""

from __future__ import annotations

import asyncio
import os
import socket
from typing import Any, Self

import orjson

UPGRADE = (
    b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\n"
    b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
#: As over a mobile network. With the 64 kB segments of the loopback the kernel would take megabytes for somebody who
#: reads nothing, and it would be long before the server noticed.
SEGMENT, BUFFER = 1400, 8 * 1024
TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA


class Closed(Exception):
    """By the server. `code` of its close frame; None when the connection broke off."""

    def __init__(self, code: int | None) -> None:
        super().__init__(code)
        self.code = code


def frame(payload: bytes, opcode: int = TEXT) -> bytes:
    """As a client has to send it: masked, here with zeros, and whole."""
    size = len(payload)
    if size < 126:
        head = bytes([0x80 | size])
    else:
        head = b"\xfe" + size.to_bytes(2, "big") if size <= 0xFFFF else b"\xff" + size.to_bytes(8, "big")
    return bytes([0x80 | opcode]) + head + bytes(4) + payload


class Wire:
    """A TCP connection to the server; after `enter` a socket of somebody in their rooms."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def open(cls, port: int) -> Self:
        """Connected, and nothing said."""
        end = socket.socket()
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SEGMENT)
        end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        end.setblocking(False)
        try:
            await asyncio.get_running_loop().sock_connect(end, ("127.0.0.1", port))
        except BaseException:
            end.close()
            raise
        return cls(*await asyncio.open_connection(sock=end, limit=BUFFER))

    async def upgrade(self) -> None:
        """A websocket that has not said who it is. Raises Closed."""
        self.writer.write(UPGRADE)
        try:
            await self.reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, OSError):
            raise Closed(None) from None

    async def enter(self, token: str) -> dict[str, int]:
        """Upgraded, in the rooms and greeted: the heads of the conversations. Raises Closed."""
        await self.upgrade()
        while True:
            packet = await self.packet()
            if packet.startswith(b"0"):
                self.say(f'40{{"token":"{token}"}}')
            elif packet.startswith(b'42["hello"'):
                heads: dict[str, int] = orjson.loads(packet[2:])[1]["heads"]
                return heads

    def say(self, packet: str) -> None:
        """An Engine.IO packet."""
        self.writer.write(frame(packet.encode()))

    async def packet(self) -> bytes:
        """The next one of the server, its pings answered. Raises Closed."""
        while True:
            try:
                first, size = await self.reader.readexactly(2)
                if size > 125:
                    size = int.from_bytes(await self.reader.readexactly(2 if size == 126 else 8), "big")
                payload = await self.reader.readexactly(size)
            except (asyncio.IncompleteReadError, OSError):
                raise Closed(None) from None
            opcode = first & 0xF
            if opcode == CLOSE:
                raise Closed(int.from_bytes(payload[:2], "big"))
            if opcode == TEXT and payload == b"2":
                self.say("3")
            elif opcode == TEXT:
                return payload

    async def ends(self) -> None:
        """Returns when the server has closed it; what it says is thrown away."""
        try:
            while await self.reader.read(BUFFER):
                pass
        except OSError:
            pass

    def leave(self) -> None:
        """Closed at once, without a word."""
        self.writer.transport.abort()


def noise(size: int) -> bytes:
    """Bytes that mean nothing."""
    return os.urandom(size)


def event_of(packet: bytes) -> tuple[str, dict[str, Any]]:
    """Name and body of an event; nothing of another packet."""
    if not packet.startswith(b"42["):
        return "", {}
    name, *bodies = orjson.loads(packet[2:])
    return name, bodies[0] if bodies else {}
