"""The server dies at the worst moments, and often: what was acknowledged is there, and every screen gets to the end."""

from __future__ import annotations

import asyncio
import random

from tests.faults.cluster import POSTGRESQL, REDIS, SQLITE
from tests.faults.crowd import gathered
from tests.faults.stage import Stage, row

RATE = 50.0


async def _killed_at(stage: Stage, where: str) -> None:
    times = stage.lasts(1, 20)
    async with stage.cluster(failing=True) as cluster, gathered(cluster, 6) as crowd:
        async with crowd.talking(rate=RATE):
            for _ in range(times):
                await crowd.reaches(crowd.acknowledged + 20)
                await cluster.dies(cluster.first, where)
                await cluster.up(cluster.first)
        stage.found(crowd, await crowd.settled(), f"killed {times} times")


@row("killed between commit and publish", on=[SQLITE, POSTGRESQL, REDIS], short=[SQLITE, POSTGRESQL])
async def test_killed_between_commit_and_publish(stage: Stage) -> None:
    await _killed_at(stage, "after_commit")


@row("killed between publish and answer", on=[SQLITE, POSTGRESQL, REDIS], short=[SQLITE])
async def test_killed_between_publish_and_answer(stage: Stage) -> None:
    await _killed_at(stage, "after_publish")


@row("random kill -9 while people send", on=[SQLITE, POSTGRESQL, REDIS])
async def test_killed_again_and_again(stage: Stage) -> None:
    times = stage.lasts(3, 50)
    async with stage.cluster() as cluster, gathered(cluster, 6) as crowd:
        async with crowd.talking(rate=RATE):
            for _ in range(times):
                await asyncio.sleep(random.uniform(0, 1))
                node = random.choice(cluster.nodes)
                node.kill()
                await cluster.up(node)
        stage.found(crowd, await crowd.settled(), f"killed {times} times")
