"""Two servers behind a balancer, restarted one after the other while people write."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.durability.ledger import read_ledger
from tests.socket.device import Device
from tests.socket.host import INSIDE_A_HOST, Host, hosting
from tests.support.postgres import Postgres
from tests.support.server import TmsServer
from tests.workers.balancer import Balancer
from tests.workers.stream import Stream


@pytest.fixture
def two(pg: Postgres, tmp_path: Path) -> Iterator[list[Host]]:
    """Two of them on one database."""
    env = INSIDE_A_HOST | {"JWT_SECRET": "one for all servers: 0123456789abcdef", "DATABASE_URL": pg.fresh_database()}
    with ExitStack() as stack:
        yield [stack.enter_context(hosting(TmsServer(tmp_path / name, env))) for name in ("one", "two")]


async def test_a_rolling_restart_loses_nothing_and_refuses_nobody_for_good(two: list[Host]) -> None:
    host = two[0]
    people = [host.add(f"Person {number}") for number in range(4)]
    group = people[0].group("Rolling", *people[1:])
    async with Balancer([each.server for each in two]) as balancer, Device(two[1].server, people[0].token) as staying:
        async with Stream(balancer.base_url, people, group) as stream:
            await asyncio.sleep(1)
            async with Device(host.server, people[1].token) as leaving:
                await asyncio.to_thread(host.server.stop)
                await leaving.is_closed_by_the_server()
            await asyncio.to_thread(host.server.start)
            async with Device(host.server, people[1].token) as back:
                # Who came back hears what is sent from now on at either, without a gap.
                await back.hears_times(20, "new_message", seconds=20)
                numbers = [body["sequence_number"] for body in back.all_of("new_message")]
                assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
                await asyncio.to_thread(two[1].server.stop)
                await staying.is_closed_by_the_server()
                heard = len(back.all_of("new_message"))
                await asyncio.to_thread(two[1].server.start)
                await back.hears_times(heard + 20, "new_message", seconds=20)
        stream.check()
    ledger = await read_ledger(host.server, group)
    ledger.check()
    assert ledger.by_client_id().keys() == stream.taken.keys()
    numbers = [body["sequence_number"] for body in staying.all_of("new_message")]
    assert numbers == list(range(1, len(numbers) + 1))
    assert not [each for each in two if "Traceback" in each.server.stderr]
