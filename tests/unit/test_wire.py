"""A process among the others: whom it meets, and what it cannot say."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

import pytest

from tests.unit.room import Room
from tms_chat.core.events import Personal, SessionsEnded
from tms_chat.core.ids import UserId
from tms_chat.realtime.bus.memory import Air, MemoryBus
from tms_chat.realtime.elsewhere import Elsewhere, Surroundings
from tms_chat.realtime.spending import Spending
from tms_chat.realtime.wire import Wire


class Node:
    """Where Ana is connected; it counts how often it reads what people want to hear of."""

    def __init__(self, air: Air) -> None:
        self.room = Room("ana")
        self.reads = 0
        self.bus = MemoryBus(air)
        spawn = self.room.engine.spawn
        elsewhere = Elsewhere(self.room.publisher, self._surroundings, spawn)
        self.wire = Wire(
            self.bus, self.room.sessions, self.room.publisher, spawn, self._read, elsewhere, Spending({}),
            beacon_seconds=0.5,
        )  # fmt: skip

    async def _read(self) -> None:
        self.reads += 1

    async def _surroundings(self, user_ids: Sequence[UserId]) -> Mapping[UserId, Surroundings]:
        return dict.fromkeys(user_ids, ((), ()))


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110  (what it waits for is inside the product)
            await asyncio.sleep(0.01)


async def test_what_was_said_before_they_met_is_read_once_however_many_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tms_chat.realtime.wire.SETTLING_SECONDS", 1.0)
    air = Air()
    nodes = [Node(air) for _ in range(4)]
    for node in nodes:
        await node.wire.start()
    await until(lambda: all(node.reads for node in nodes))
    assert [node.reads for node in nodes] == [1, 1, 1, 1]
    for node in nodes:
        await node.wire.stop()


async def test_what_is_too_long_for_the_bus_is_not_sent_and_the_others_look() -> None:
    air, said = Air(), list[str]()
    air.listeners.append(said.append)
    here, there = Node(air), Node(air)
    here.bus.max_bytes = 300
    for node in (here, there):
        await node.wire.start()
    await until(lambda: bool(here.reads and there.reads))
    before = there.reads
    here.wire.tell(Personal("preferences_updated", UserId("x" * 400), {}))
    here.wire.tell(SessionsEnded(UserId("ana")))
    await until(lambda: there.room.paper["ana"].ended == "disconnected")
    await until(lambda: there.reads > before)
    assert max(map(len, said)) <= 300
    assert not there.wire.is_deaf
    for node in (here, there):
        await node.wire.stop()
