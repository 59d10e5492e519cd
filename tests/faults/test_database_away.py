"""PostgreSQL dies, hangs, has no connection left: 503 soon, nothing lost, and nobody has to restart anything."""

from __future__ import annotations

import asyncio
import time

from tests.faults.cluster import POSTGRESQL, REDIS, TWO
from tests.faults.crowd import Crowd, gathered
from tests.faults.stage import Stage, row

RATE = 50.0
#: More than there are connections in all pools.
READERS = 60
#: What a client waits for an answer at most; the server's own bounds are below.
SOON_SECONDS = 19.0


@row("database killed", on=[POSTGRESQL, TWO, REDIS])
async def test_database_killed(stage: Stage) -> None:
    times = stage.lasts(1, 5)
    async with stage.cluster(own_database=True) as cluster, gathered(cluster, 6) as crowd:
        assert cluster.pg is not None
        back = []
        async with crowd.talking(rate=RATE):
            for _ in range(times):
                await crowd.reaches(crowd.acknowledged + 30)
                cluster.pg.kill()
                await asyncio.sleep(stage.lasts(2, 5))
                cluster.pg.come_back(wait=False)
                back.append(await _recovery(crowd))
        assert crowd.refused[503], "nobody noticed"
        verdict = await crowd.settled()
        stage.found(crowd, verdict, f"killed {times} times; sends go on {max(back):.1f} s after it was started")


@row("database frozen, pool exhausted", on=[POSTGRESQL, TWO, REDIS])
async def test_database_frozen(stage: Stage) -> None:
    async with stage.cluster(own_database=True) as cluster, gathered(cluster, 6) as crowd:
        assert cluster.pg is not None
        async with crowd.talking(rate=RATE):
            await crowd.reaches(50)
            crowd.longest_answer = 0.0
            with cluster.pg.frozen():
                ends = time.monotonic() + stage.lasts(12, 20)
                statuses = await asyncio.gather(*(_read(crowd) for _ in range(READERS)))
                await asyncio.sleep(ends - time.monotonic())
            recovered = await _recovery(crowd)
        slowest = crowd.longest_answer
        assert set(statuses) == {503}, statuses
        assert slowest < SOON_SECONDS
        verdict = await crowd.settled()
        note = f"{READERS} reads at once all 503, slowest answer {slowest:.1f} s; sends go on {recovered:.1f} s after"
        stage.found(crowd, verdict, note)


async def _read(crowd: Crowd) -> int:
    return (await crowd.ask(crowd.people[0], "GET", "/api/v1/conversations/")).status


async def _recovery(crowd: Crowd) -> float:
    began = time.monotonic()
    await crowd.reaches(crowd.acknowledged + 1)
    return time.monotonic() - began
