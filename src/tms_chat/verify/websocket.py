"""A websocket client for text (RFC 6455): as much of it as a Socket.IO server uses, and one thing that libraries lack,
a way to tear the line in the middle. None of them is a package of the server."""

import asyncio
import base64
import hashlib
import os
import ssl
from typing import Final, Self
from urllib.parse import urlsplit

GUID: Final = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # section 1.3
TEXT: Final = 0x1
CLOSE: Final = 0x8
PING: Final = 0x9
PONG: Final = 0xA
FIN: Final = 0x80
MASKED: Final = 0x80
MAX_HEAD: Final = 64 * 1024


class Torn(Exception):
    """The line is gone, or never was; the reason is for the report."""


class WebSocket:
    """One connection. Made by `open`; whoever receives is one task, whoever sends as well."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, address: str, tls: ssl.SSLContext, *, seconds: float = 10.0) -> Self:
        """Connect to an http(s) address, path and query included. Raises Torn."""
        parts = urlsplit(address)
        is_secure = parts.scheme == "https"
        assert parts.hostname is not None
        port = parts.port or (443 if is_secure else 80)
        try:
            async with asyncio.timeout(seconds):
                streams = await asyncio.open_connection(
                    parts.hostname, port, ssl=tls if is_secure else None, limit=MAX_HEAD
                )
                socket = cls(*streams)
                try:
                    await socket._shake_hands(parts.netloc, f"{parts.path}?{parts.query}")
                except BaseException:
                    socket.tear()
                    raise
        except (OSError, EOFError, asyncio.LimitOverrunError) as error:
            raise Torn(f"no websocket to {parts.netloc}: {str(error) or type(error).__name__}") from None
        return socket

    async def _shake_hands(self, host: str, target: str) -> None:
        key = base64.b64encode(os.urandom(16)).decode()
        lines = (
            f"GET {target} HTTP/1.1",
            f"Host: {host}",
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {key}",
        )
        self._writer.write("\r\n".join((*lines, "", "")).encode())
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        status = head[0].split(" ")[1:2]
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
        wanted = base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()
        if status != ["101"] or fields.get("sec-websocket-accept") != wanted:
            raise Torn(f"{host} answers the handshake with {head[0]!r}")

    async def receive(self) -> str:
        """The next text. Raises Torn."""
        try:
            whole = b""
            while True:
                first, second = await self._reader.readexactly(2)
                size = second & ~MASKED
                if size > 125:
                    size = int.from_bytes(await self._reader.readexactly(2 if size == 126 else 8), "big")
                payload = await self._reader.readexactly(size)
                opcode = first & 0x0F
                if opcode == CLOSE:
                    raise Torn(f"closed by the server ({payload[2:].decode(errors='replace') or 'no reason'})")
                if opcode == PING:
                    self._write(PONG, payload)
                elif opcode != PONG:
                    whole += payload
                    if first & FIN:
                        return whole.decode()
        except (OSError, EOFError) as error:
            raise Torn(f"torn ({type(error).__name__})") from None

    async def send(self, text: str) -> None:
        """Raises Torn."""
        try:
            self._write(TEXT, text.encode())
            await self._writer.drain()
        except OSError as error:
            raise Torn(f"torn ({type(error).__name__})") from None

    def tear(self) -> None:
        """Cut the connection without a word, as a network does."""
        self._writer.transport.abort()

    def _write(self, opcode: int, payload: bytes) -> None:
        size = len(payload)
        if size < 126:
            head = bytes((FIN | opcode, MASKED | size))
        elif size < 65_536:
            head = bytes((FIN | opcode, MASKED | 126)) + size.to_bytes(2, "big")
        else:
            head = bytes((FIN | opcode, MASKED | 127)) + size.to_bytes(8, "big")
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[index & 3] for index, byte in enumerate(payload))
        self._writer.write(head + mask + masked)
