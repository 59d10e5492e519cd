"""Somebody at the door of the sockets with any headers: cookies, an Origin, a token or none of them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping

from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.support.server import TmsServer


def knock(server: TmsServer, token: str | None = None, headers: Mapping[str, str] | None = None) -> str:
    """`in` when the socket was greeted; else the word of the refusal, or `HTTP <status>` of a refused handshake."""
    return asyncio.run(_knock(server, token, headers))


async def _knock(server: TmsServer, token: str | None, headers: Mapping[str, str] | None) -> str:
    address = f"ws{server.base_url.removeprefix('http')}/socket.io/?EIO=4&transport=websocket"
    try:
        async with connect(address, additional_headers=headers, compression=None) as connection, asyncio.timeout(10):
            await connection.recv()
            await connection.send("40" + json.dumps({} if token is None else {"token": token}))
            async for frame in connection:
                if str(frame).startswith("44"):
                    message: str = json.loads(str(frame)[2:])["message"]
                    return message
                if str(frame).startswith('42["hello"'):
                    return "in"
    except InvalidStatus as refusal:
        return f"HTTP {refusal.response.status_code}"
    raise AssertionError("the server closed the connection without a word")
