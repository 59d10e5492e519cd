"""A session without a network: an application that writes down what happens to it, a carrier that takes what it may."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Self

from tms_chat.realtime.engine.connection import Connection
from tms_chat.realtime.engine.outbox import Outbox, Prepared
from tms_chat.realtime.engine.request import Request
from tms_chat.realtime.engine.server import Engine

REQUEST = Request("http", "127.0.0.1", {}, [])


class App:
    """Lets everybody in. What it is asked waits for `gate`; what happens to its sessions is in `log`."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.running = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.on_event: Callable[[], Awaitable[None] | None] = lambda: None
        self.refusal: str | None = None

    def admits(self, request: Request) -> bool:
        return request.header(b"origin") is None

    def greet(self, connection: Connection, auth: Any) -> bool:
        return False

    async def connect(self, connection: Connection, auth: Any) -> str | None:
        await self.gate.wait()
        if self.refusal is None and connection.let_in(auth):
            self.log.append("in")
        return self.refusal

    async def event(self, connection: Connection, name: str, arguments: tuple[Any, ...]) -> Any:
        assert not self.running, "two events of one client at a time"
        self.running += 1
        try:
            await self.gate.wait()
            self.log.append(name)
            waits = self.on_event()
            if waits is not None:
                await waits
        finally:
            self.running -= 1
        return {"ok": True}

    def gone(self, connection: Connection) -> None:
        self.log.append("gone")

    def other_namespace(self, namespace: str) -> str:
        return "No."


class Carrier:
    """Takes so many packets at each flush: all of them unless `takes` says less."""

    name = "paper"

    def __init__(self) -> None:
        self.takes: int | None = None
        self.packets: list[str] = []
        self.ends: list[str] = []
        self.holds = 0
        self.releases = 0

    def flush(self, outbox: Outbox) -> None:
        taken = outbox.take()
        count = len(taken) if self.takes is None else self.takes
        outbox.items = taken[count:]
        outbox.size = sum(item.size for item in outbox.items)
        self.packets += [item.packet.decode() for item in taken[:count]]

    def pause(self) -> None:
        self.holds += 1

    def resume(self) -> None:
        self.releases += 1

    def end(self, last: Sequence[Prepared], reason: str) -> None:
        self.packets += [item.packet.decode() for item in last]
        self.ends.append(reason)


class Stage:
    """An engine with one session, which has said nothing yet."""

    def __init__(self) -> None:
        self.app = App()
        self.engine = Engine(self.app, path="/socket.io")
        self.engine.start()
        self.carrier = Carrier()
        self.connection = self.engine.open(self.carrier, REQUEST)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.app.gate.set()
        await settle()
        await self.engine.stop()
        assert len(self.engine) == 0

    async def let_in(self) -> None:
        self.connection.receive("40")
        await settle()
        assert self.connection.is_connected


async def settle() -> None:
    """Until nothing moves any more that waits for nothing."""
    for _ in range(100):
        await asyncio.sleep(0)
