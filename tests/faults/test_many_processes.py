"""Two processes on one database, and what carries events between them is deaf, mad, frozen or gone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import httpx

from tests.faults.cluster import POSTGRESQL, REDIS, SQLITE, TWO, Cluster
from tests.faults.crowd import Crowd, gathered
from tests.faults.stage import Stage, row
from tests.faults.waiting import until
from tests.support.redis import RedisServer
from tests.support.server import TmsServer

RATE = 50.0
#: What a process may be behind while its bus is away (I9), how long it may take to notice, what a loaded machine adds.
LAG_SECONDS = 2.0
UNNOTICED_SECONDS = 6.0
MARGIN_SECONDS = 4.0
#: Of the removal race. What comes is looked at on few devices, for the whole
#: test shares two cores with the servers, and two frames a message on each cost more than the message.
SENDERS = 12
SOCKETS = 6


@row("rolling restart of two processes", on=[TWO, REDIS])
async def test_rolling_restart(stage: Stage) -> None:
    times = stage.lasts(1, 5)
    async with stage.cluster() as cluster, gathered(cluster, 6, devices=12) as crowd:
        async with crowd.talking(rate=RATE):
            for _ in range(times):
                for node in cluster.nodes:
                    await crowd.reaches(crowd.acknowledged + 20)
                    assert await cluster.restart(node) == 0
        refused = crowd.refused[503]
        stage.found(crowd, await crowd.settled(), f"{times} times round, {refused} answers 503, no other 5xx")


@row("one process made deaf", on=[TWO, REDIS], short=[TWO])
async def test_one_process_is_deaf(stage: Stage) -> None:
    async with stage.cluster(disturbed=True) as cluster, gathered(cluster, 6, devices=12) as crowd:
        deaf = cluster.nodes[1]
        async with crowd.talking(rate=RATE):
            await crowd.reaches(20)
            cluster.disturb(deaf, "deaf")
            began = time.monotonic()
            await until(lambda: asyncio.to_thread(_is_degraded, deaf), seconds=30, what="it knows that it is deaf")
            noticed = time.monotonic() - began
            await asyncio.sleep(stage.lasts(1, 20))
            cluster.disturb(deaf, "")
            await until(lambda: asyncio.to_thread(_is_well, deaf), seconds=30, what="it hears again")
        await _judge_lag(stage, crowd, f"noticed after {noticed:.1f} s")


@row("bus killed and restarted empty", on=[REDIS])
async def test_bus_killed(stage: Stage) -> None:
    await _without_bus(stage, stage.lasts(8, 30), RedisServer.kill, RedisServer.start, "away for")


@row("bus frozen", on=[REDIS])
async def test_bus_frozen(stage: Stage) -> None:
    await _without_bus(stage, stage.lasts(8, 20), RedisServer.freeze, RedisServer.thaw, "stood still for")


async def _without_bus(
    stage: Stage, seconds: float, ends: Callable[[RedisServer], None], returns: Callable[[RedisServer], None], note: str
) -> None:
    async with stage.cluster() as cluster, gathered(cluster, 6, devices=12) as crowd:
        assert cluster.redis is not None
        async with crowd.talking(rate=RATE):
            await crowd.reaches(20)
            ends(cluster.redis)
            await _sends_go_on(crowd, seconds)
            returns(cluster.redis)
            await until(lambda: asyncio.to_thread(_are_well, cluster), seconds=30, what="they hear each other again")
        await _judge_lag(stage, crowd, f"{note} {seconds} s")


@row("duplicated and reordered bus messages", on=[TWO, REDIS])
async def test_the_bus_repeats_and_reorders(stage: Stage) -> None:
    async with stage.cluster(disturbed=True) as cluster, gathered(cluster, 6, devices=12) as crowd:
        for node in cluster.nodes:
            cluster.disturb(node, "shuffled")
        async with crowd.talking(rate=RATE):
            await asyncio.sleep(stage.lasts(4, 30))
        stage.found(crowd, await crowd.settled(), "each 1 to 3 times, up to 0.4 s late")


@row("removal race", on=[SQLITE, POSTGRESQL])
async def test_removals_at_full_speed(stage: Stage) -> None:
    await _removals(stage, "one process: no kick can be lost")


@row("removal race, the kick lost", on=[TWO, REDIS])
async def test_removals_whose_word_is_lost(stage: Stage) -> None:
    await _removals(stage, "the bus lost the word of each removal")


async def _removals(stage: Stage, note: str) -> None:
    async with (
        stage.cluster(disturbed=stage.setup.nodes > 1) as cluster,
        gathered(cluster, SENDERS, devices=SOCKETS, guests=SOCKETS) as crowd,
    ):
        for node in cluster.nodes:
            cluster.disturb(node, "member_removed")
        began = time.monotonic()
        async with crowd.talking(rate=stage.lasts(100, 550), senders=SENDERS, is_race=True):
            await asyncio.sleep(stage.lasts(4, 30))
            await until(lambda: crowd.removals > 1, seconds=60, what="somebody was removed, and again")
            reached = crowd.acknowledged / (time.monotonic() - began)
        verdict = await crowd.settled()
        stage.found(crowd, verdict, f"{reached:.0f} messages/s, {crowd.removals} removals; {note}")


async def _sends_go_on(crowd: Crowd, seconds: float) -> None:
    """While the bus is away: as many as ever, none refused (I9)."""
    before, refused = crowd.acknowledged, crowd.refused[503]
    await asyncio.sleep(seconds)
    assert crowd.acknowledged - before > seconds * RATE / 4
    assert crowd.refused[503] == refused


async def _judge_lag(stage: Stage, crowd: Crowd, note: str) -> None:
    """While nothing is heard the database is asked, so that nobody is far behind (I9)."""
    verdict = await crowd.settled()
    assert verdict.latency is not None
    stage.found(crowd, verdict, f"{note}, never more than {verdict.latency.longest:.1f} s behind")
    assert verdict.latency.longest < UNNOTICED_SECONDS + LAG_SECONDS + MARGIN_SECONDS, verdict.latency


def _are_well(cluster: Cluster) -> bool:
    return all(map(_is_well, cluster.nodes))


def _is_degraded(node: TmsServer) -> bool:
    return bool(httpx.get(f"{node.base_url}/health/ready", timeout=10).json()["status"] == "degraded")


def _is_well(node: TmsServer) -> bool:
    return bool(httpx.get(f"{node.base_url}/health/ready", timeout=10).json()["status"] == "ready")
