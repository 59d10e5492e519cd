"""What every bus promises, and what a break of its connection costs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from redis.asyncio import Redis

from tests.support.postgres import Postgres
from tests.support.redis import RedisServer
from tms_chat.core.ids import uuid7
from tms_chat.db.url import parse_database_url
from tms_chat.realtime.bus.memory import Air, MemoryBus
from tms_chat.realtime.bus.port import MAX_WAITING, Bus
from tms_chat.realtime.bus.postgresql import PostgresqlBus
from tms_chat.realtime.bus.redis import RedisBus

SECONDS = 15.0


class Ear:
    """What one node heard."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self._news = asyncio.Event()

    def hear(self, message: str) -> None:
        self.heard.append(message)
        self._news.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(SECONDS):
            while not condition():
                self._news.clear()
                await self._news.wait()

    async def hears(self, *messages: str) -> None:
        await self.until(lambda: set(messages) <= set(self.heard))


class Ring:
    """Nodes of one installation; `cut` breaks every connection of theirs."""

    def __init__(self, make: Callable[[], Bus], cut: Callable[[], Awaitable[None]]) -> None:
        self.make = make
        self.cut = cut

    @asynccontextmanager
    async def nodes(self, count: int) -> AsyncIterator[list[tuple[Bus, Ear]]]:
        nodes = [(self.make(), Ear()) for _ in range(count)]
        try:
            for bus, ear in nodes:
                await bus.start(ear.hear)
            yield nodes
        finally:
            for bus, _ in nodes:
                await bus.stop()


def in_memory(_request: pytest.FixtureRequest) -> Ring:
    air = Air()

    async def nothing() -> None:
        pass

    return Ring(lambda: MemoryBus(air), nothing)


def over_postgresql(request: pytest.FixtureRequest) -> Ring:
    pg: Postgres = request.getfixturevalue("pg")
    url = pg.fresh_database()
    arguments = parse_database_url(url, None, request.getfixturevalue("tmp_path")).connect

    async def cut() -> None:
        connection = await asyncpg.connect(url)
        others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        assert await connection.fetchval(f"SELECT count(pg_terminate_backend(pid)) {others}") >= 2
        await connection.close()

    return Ring(lambda: PostgresqlBus(arguments), cut)


def over_redis(request: pytest.FixtureRequest) -> Ring:
    server: RedisServer = request.getfixturevalue("redis")
    installation = uuid7()

    async def cut() -> None:
        async with Redis.from_url(server.url) as client:
            assert await client.client_kill_filter(_type="pubsub") >= 2
            await client.client_kill_filter(_type="normal", skipme=True)

    return Ring(lambda: RedisBus(server.url, installation), cut)


KINDS = {"memory": in_memory, "postgresql": over_postgresql, "redis": over_redis}


@pytest.fixture(params=KINDS)
def ring(request: pytest.FixtureRequest) -> Ring:
    return KINDS[request.param](request)


async def test_everybody_hears_everything_in_the_order_of_its_sender_the_sender_too(ring: Ring) -> None:
    async with ring.nodes(3) as nodes:
        said = {place: [f"{place}:{number}" for number in range(300)] for place in range(3)}
        for number in range(300):
            for place, (bus, _) in enumerate(nodes):
                bus.send(said[place][number])
            if number % 100 == 0:
                await asyncio.sleep(0)
        for _, ear in nodes:
            await ear.until(lambda ear=ear: len(ear.heard) == 900)  # type: ignore[misc]
            for place, messages in said.items():
                assert [message for message in ear.heard if message.startswith(f"{place}:")] == messages


async def test_any_text_of_the_longest_length_arrives_as_it_is(ring: Ring) -> None:
    async with ring.nodes(2) as ((bus, _), (_, ear)):
        length = bus.max_bytes
        texts = ["", "'; DROP TABLE users; --\n\\ $1 %s \u2028 \U0001f600", "x" * length, "é" * (length // 2)]
        for text in texts[1:]:
            bus.send(text)
        await ear.hears(*texts[1:])


async def test_what_a_bus_cannot_carry_stops_nothing_behind_it(ring: Ring) -> None:
    async with ring.nodes(2) as ((bus, _), (_, ear)):
        for text in ("before", "x" * (bus.max_bytes + 1_000), "between", "a\x00b", "behind"):
            bus.send(text)
        await ear.hears("before", "between", "behind")
        bus.send("\x00")
        bus.send("at the end")
        await ear.hears("at the end")


async def test_nothing_is_heard_after_the_end(ring: Ring) -> None:
    async with ring.nodes(2) as ((bus, _), (other, ear)):
        bus.send("before")
        await ear.hears("before")
        await other.stop()
        bus.send("after")
        await asyncio.sleep(0.1)
        assert ear.heard == ["before"]


async def test_a_goodbye_is_heard(ring: Ring) -> None:
    async with ring.nodes(2) as ((bus, _), (_, ear)):
        bus.send("goodbye")
        await bus.stop()
        await ear.hears("goodbye")


async def test_a_bus_that_breaks_is_heard_again(ring: Ring) -> None:
    async with ring.nodes(2) as ((bus, _), (other, ear)):
        await ring.cut()
        numbers = iter(range(10_000))

        async def speak() -> None:
            while True:
                bus.send(f"still here {next(numbers)}")
                await asyncio.sleep(0.05)

        speaking = asyncio.create_task(speak())
        await ear.until(lambda: any(message.startswith("still here") for message in ear.heard))
        speaking.cancel()
        other.restart()
        bus.restart()
        await asyncio.sleep(0.3)
        for attempt in range(100):
            bus.send(f"anew {attempt}")
            await asyncio.sleep(0.05)
            if any(message.startswith("anew") for message in ear.heard):
                break
        assert any(message.startswith("anew") for message in ear.heard)


@pytest.mark.parametrize("kind", ["postgresql", "redis"])
async def test_a_bus_that_cannot_be_reached_holds_nobody_up(kind: str, tmp_path: Path) -> None:
    url = parse_database_url("postgresql://x:y@127.0.0.1:1/z", None, tmp_path)
    bus = PostgresqlBus(url.connect) if kind == "postgresql" else RedisBus("redis://127.0.0.1:1/0", "none")
    ear = Ear()
    async with asyncio.timeout(5):
        await bus.start(ear.hear)
        for number in range(3 * MAX_WAITING):
            bus.send(str(number))
        await bus.stop()
    assert ear.heard == []


async def test_installations_that_share_a_redis_do_not_hear_each_other(redis: RedisServer) -> None:
    buses, ears = [RedisBus(redis.url, name) for name in ("one", "other")], [Ear(), Ear()]
    for bus, ear in zip(buses, ears, strict=True):
        await bus.start(ear.hear)
    for place, bus in enumerate(buses):
        bus.send(f"of {place}")
    for place, ear in enumerate(ears):
        await ear.hears(f"of {place}")
    assert [ear.heard for ear in ears] == [["of 0"], ["of 1"]]
    for bus in buses:
        await bus.stop()
