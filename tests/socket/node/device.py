"""A device with the official JavaScript client, in a Node process of its own; see device.mjs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.support.processes import PATH, bound_to_us
from tests.support.server import TmsServer

ROOT = Path(__file__).parents[3]
SCRIPT = Path(__file__).with_name("device.mjs")
SECONDS = 20.0

Happening = dict[str, Any]


class NodeDevice:
    """Everything that happened to the client, in order; things to do are written to its standard input."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.happened: list[Happening] = []
        self._process = process
        self._news = asyncio.Event()
        self.reading = asyncio.ensure_future(self._read())

    def all_of(self, what: str, **fields: Any) -> list[Happening]:
        """What happened so far of this kind, with these fields."""
        wanted = {"what": what, **fields}
        return [happening for happening in self.happened if wanted.items() <= happening.items()]

    def events(self, name: str) -> list[dict[str, Any]]:
        """The bodies of all events of this name."""
        return [happening["body"] for happening in self.all_of("event", name=name)]

    async def sees(self, what: str, *, times: int = 1, **fields: Any) -> Happening:
        """The last of so many happenings of this kind, once they are there."""
        await self._until(lambda: len(self.all_of(what, **fields)) >= times, f"{times} x {what} {fields}")
        return self.all_of(what, **fields)[times - 1]

    def emit(self, name: str, *payload: Any) -> None:
        """Emit; the acknowledgement will be among what happens."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"name": name, "payload": payload}).encode() + b"\n")

    async def asks(self, name: str, *payload: Any) -> dict[str, Any]:
        """Emit, and the acknowledgement."""
        asked_before = len(self.all_of("ack"))
        self.emit(name, *payload)
        ack: dict[str, Any] = (await self.sees("ack", times=asked_before + 1))["ack"]
        return ack

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            self.happened.append(json.loads(line))
            self._news.set()

    async def _until(self, condition: Callable[[], bool], what: str) -> None:
        try:
            async with asyncio.timeout(SECONDS):
                while not condition():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"not within {SECONDS:g} s: {what}; happened: {self.happened}") from None


@asynccontextmanager
async def node_device(
    server: TmsServer, token: str, *, transports: str = "websocket", namespace: str = ""
) -> AsyncIterator[NodeDevice]:
    """A running client. It is not waited for: what the tests want to see differs."""
    command = [str(ROOT / "scripts" / "node.sh"), "node", str(SCRIPT), server.base_url + namespace, token, transports]
    process = await asyncio.create_subprocess_exec(
        *bound_to_us(command, signal="KILL"),
        cwd=ROOT / "web",
        env={"PATH": PATH},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    device = NodeDevice(process)
    try:
        yield device
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), 10)
        except TimeoutError:
            process.kill()
            await process.wait()
        await device.reading
    assert process.returncode == 0
