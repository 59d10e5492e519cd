"""Two server processes over Redis: the same, and what its end and its silence cost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack

import pytest

from tests.bus.conftest import Pair, running_pair
from tests.bus.test_disturbed import SECONDS, becomes, health
from tests.bus.test_two_processes import heard_numbers, in_thread
from tests.socket.device import Device
from tests.support.people import Person, checked
from tests.support.postgres import Postgres
from tests.support.redis import RedisServer


@pytest.fixture(scope="module")
def pair(pg: Postgres, redis: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    folder = tmp_path_factory.mktemp("redis")
    with running_pair(folder, DATABASE_URL=pg.fresh_database(), REDIS_URL=redis.url) as made:
        yield made


@pytest.fixture
async def three(pair: Pair) -> AsyncIterator[tuple[Person, str, list[Device]]]:
    """Ana at the near server, a conversation with Bob, and their devices: hers near, his at both servers."""
    ana, bob = pair.near.add("Ana"), pair.near.add("Bob")
    async with AsyncExitStack() as stack:
        servers = [(pair.near.server, ana), (pair.near.server, bob), (pair.far, bob)]
        devices = [await stack.enter_async_context(Device(server, person.token)) for server, person in servers]
        yield ana, ana.direct(bob), devices


async def heard_by_all(devices: list[Device], conversation_id: str, count: int) -> None:
    for device in devices:
        await device.hears_times(count, "new_message", seconds=SECONDS, conversation_id=conversation_id)
        assert heard_numbers(device, conversation_id) == list(range(1, count + 1))


async def test_they_hear_each_other_over_redis(pair: Pair, three: tuple[Person, str, list[Device]]) -> None:
    ana, conversation_id, devices = three
    assert health(pair.far, "ready")["checks"]["bus"]["detail"] == "redis"  # type: ignore[index]
    group = ana.group("Launch", *[pair.near.add(f"Person {number}") for number in range(40)])
    checked(ana.http.delete(f"/conversations/{group}/members/{ana.id}"), 200)
    await in_thread(ana, conversation_id, 30, "said")
    await heard_by_all(devices, conversation_id, 30)


@pytest.mark.parametrize("how", ["killed", "frozen"])
async def test_while_redis_is_away_sends_are_answered_and_heard(
    pair: Pair, redis: RedisServer, three: tuple[Person, str, list[Device]], how: str
) -> None:
    ana, conversation_id, devices = three
    if how == "killed":
        redis.kill()
    else:
        redis.freeze()
    try:
        began = time.monotonic()
        await in_thread(ana, conversation_id, 10, "away")
        assert time.monotonic() - began < 12
        await heard_by_all(devices, conversation_id, 10)
        assert time.monotonic() - began < 20
        await becomes(pair.far, "degraded")
        await in_thread(ana, conversation_id, 10, "deaf")
        await heard_by_all(devices, conversation_id, 20)
    finally:
        if how == "killed":
            redis.start()
        else:
            redis.thaw()
    await asyncio.gather(becomes(pair.far, "ready"), becomes(pair.near.server, "ready"))
    await in_thread(ana, conversation_id, 10, "back")
    await heard_by_all(devices, conversation_id, 30)
