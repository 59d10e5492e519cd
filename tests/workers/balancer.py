"""A balancer as simple as they come: whole TCP connections, to the servers in turn, past those that do not accept."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

from tests.support.processes import free_port
from tests.support.server import TmsServer


class Balancer:
    """`async with Balancer(servers) as balancer:` listens at `base_url`."""

    def __init__(self, servers: Sequence[TmsServer]) -> None:
        self._ports = [server.port for server in servers]
        self._turn = 0
        self._port = free_port()
        self.base_url = f"http://127.0.0.1:{self._port}"

    async def __aenter__(self) -> Self:
        self._listener = await asyncio.start_server(self._carry, "127.0.0.1", self._port)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in self._ports:
            self._turn += 1
            try:
                there = await asyncio.open_connection("127.0.0.1", self._ports[self._turn % len(self._ports)])
            except OSError:
                continue
            await asyncio.gather(_pass_on(reader, there[1]), _pass_on(there[0], writer))
            return
        writer.close()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    with suppress(OSError):
        writer.close()
