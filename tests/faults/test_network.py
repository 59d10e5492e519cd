"""Connections that are cut, that hang, that are slow; and everybody coming back at once."""

from __future__ import annotations

import asyncio
import time

import httpx

from tests.faults.cluster import POSTGRESQL, REDIS, SQLITE
from tests.faults.crowd import Crowd, gathered
from tests.faults.proxy import Proxy
from tests.faults.stage import Stage, row
from tests.faults.waiting import until


@row("client connections cut at random", on=[SQLITE, POSTGRESQL, REDIS], short=[SQLITE])
async def test_connections_cut_at_random(stage: Stage) -> None:
    devices, seconds = stage.lasts(20, 200), stage.lasts(4, 60)
    async with stage.cluster() as cluster, gathered(cluster, 20, devices=0) as crowd:
        async with Proxy(*cluster.ports) as proxy:
            # Requests go through it too: an answer that does not come is asked for again.
            crowd.door = lambda: f"http://127.0.0.1:{proxy.port}"  # type: ignore[method-assign]
            for number in range(devices):
                crowd.add_device(crowd.people[number % 20])
            await crowd.are_online()
            async with crowd.talking(rate=stage.lasts(20, 20)):
                ends = time.monotonic() + seconds
                while time.monotonic() < ends:
                    await asyncio.sleep(0.2)
                    proxy.cut(proxy.some(0.02))
            verdict = await crowd.settled()
        stage.found(crowd, verdict, f"{proxy.cuts} connections cut, {devices} clients")


@row("half-open sockets", on=[SQLITE, POSTGRESQL, REDIS])
async def test_half_open_sockets(stage: Stage) -> None:
    async with stage.cluster() as cluster, gathered(cluster, 10, devices=20) as crowd:
        async with Proxy(*cluster.ports) as proxy:
            for number in range(10):
                crowd.add_device(crowd.people[number], socket=lambda: f"http://127.0.0.1:{proxy.port}")
            await crowd.are_online()
            async with crowd.talking(rate=10):
                await asyncio.sleep(2)
                held = proxy.some(0.6)
                for pipe in held:
                    pipe.hold()
                began = time.monotonic()
                # Both sides notice by the heartbeat alone: 25 s between pings, 20 s to answer one.
                new = 10
                await until(lambda: len(proxy.pipes - {*held}) == new, seconds=60, what="the clients have noticed")
                noticed = time.monotonic() - began
                await until(
                    lambda: asyncio.to_thread(_sockets, crowd, len(crowd.devices)),
                    seconds=30,
                    what="the server has noticed",
                )
            verdict = await crowd.settled()
        stage.found(crowd, verdict, f"{len(held)} sockets hung, all replaced within {noticed:.0f} s")


@row("5 % slow readers", on=[SQLITE, POSTGRESQL, REDIS])
async def test_slow_readers(stage: Stage) -> None:
    async with stage.cluster() as cluster, gathered(cluster, 20, devices=38) as crowd:
        async with Proxy(*cluster.ports, bytes_per_second=4_000) as proxy:
            slow = [
                crowd.add_device(crowd.people[number], socket=lambda: f"http://127.0.0.1:{proxy.port}")
                for number in range(2)
            ]
            await crowd.are_online()
            async with crowd.talking(rate=200, senders=16, guest_moves=False):
                await asyncio.sleep(stage.lasts(10, 60))
                # The kernel's own buffers, of megabytes, are full first; and behind them the slow hear of it late.
                kept = len(crowd.devices) - len(slow)
                await until(lambda: asyncio.to_thread(_sockets, crowd, kept), seconds=120, what="the slow are closed")
            proxy.heal()
            verdict = await crowd.settled()
        stage.found(crowd, verdict, f"{len(slow)} of {len(crowd.devices)} clients at 4 KB/s, closed as slow")


@row("everybody reconnecting at once", on=[SQLITE, POSTGRESQL, REDIS])
async def test_everybody_comes_back_at_once(stage: Stage) -> None:
    devices = stage.lasts(200, 1000)
    async with stage.cluster() as cluster, gathered(cluster, 100, devices=devices) as crowd:
        async with crowd.talking(rate=5):
            await crowd.reaches(10)
            for node in cluster.nodes:
                node.kill()
            await until(lambda: not any(device.is_online for device in crowd.devices), seconds=30, what="all are gone")
            began = time.monotonic()
            await cluster.come_back()
            started = time.monotonic()
            await crowd.are_online(seconds=120)
            back = time.monotonic()
        verdict = await crowd.settled()
        note = f"{devices:,} clients back {back - started:.1f} s after the server, which took {started - began:.1f} s"
        stage.found(crowd, verdict, note)


def _sockets(crowd: Crowd, count: int) -> bool:
    answers = [httpx.get(f"{node.base_url}/health/websocket", timeout=10).json() for node in crowd.cluster.nodes]
    return bool(sum(answer["active_connections"] for answer in answers) <= count)
