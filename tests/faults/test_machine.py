"""The machine under the server: its disk is full, its clock jumps."""

from __future__ import annotations

import asyncio
import random
from typing import Any

from tests.faults.clock import JumpingClock
from tests.faults.cluster import POSTGRESQL, REDIS, SQLITE
from tests.faults.crowd import gathered
from tests.faults.disk import MAY_MOUNT, TmpfsDisk, small_disk
from tests.faults.stage import Stage, row

RATE = 50.0
#: Hours from the right time. Tokens of the crowd hold for longer.
JUMPS = (1, -1, 24 * 7, 0, -24 * 7, 0)


@row("disk full", on=[SQLITE, *([POSTGRESQL, REDIS] if MAY_MOUNT else [])], short=[SQLITE])
async def test_disk_full(stage: Stage) -> None:
    await _with_a_full_disk(stage, mounts=MAY_MOUNT)


@row("disk full, as a bound on the size of files", on=[SQLITE])
async def test_files_may_not_grow(stage: Stage) -> None:
    await _with_a_full_disk(stage, mounts=False)


async def _with_a_full_disk(stage: Stage, *, mounts: bool) -> None:
    times = stage.lasts(1, 5)
    with small_disk(mounts=mounts) as disk:
        here: dict[str, Any] = {"env": {"DATA_DIR": str(disk.folder / "data")}, "command": disk.command}
        if stage.setup is not SQLITE:
            assert isinstance(disk, TmpfsDisk), "mounting is refused here"
            here = {"own_database": True, "database_at": disk.folder / "pg"}
        async with stage.cluster(**here) as cluster, gathered(cluster, 6) as crowd:
            async with crowd.talking(rate=RATE):
                for _ in range(times):
                    await crowd.reaches(crowd.acknowledged + 30)
                    before = crowd.refused[503]
                    disk.fill(cluster.first.pid)
                    await asyncio.sleep(stage.lasts(2, 10))
                    assert (await crowd.ask(crowd.people[0], "GET", "/api/v1/conversations/")).status == 200
                    disk.clear(cluster.first.pid)
                    assert crowd.refused[503] > before, "there was room left"
            stage.found(crowd, await crowd.settled(), f"full {times} times ({disk.name}); reads went on")


@row("clock jumps", on=[SQLITE, POSTGRESQL, REDIS])
async def test_clock_jumps(stage: Stage) -> None:
    """Of several processes, the clock of one: the others are where it was."""
    clock = JumpingClock(stage.folder)
    async with stage.cluster(env_of_last=clock.env) as cluster, gathered(cluster, 6) as crowd:
        async with crowd.talking(rate=RATE):
            for hours in JUMPS:
                await crowd.reaches(crowd.acknowledged + stage.lasts(20, 200))
                clock.jump(hours)
                await asyncio.sleep(random.uniform(0, 1))
            await crowd.reaches(crowd.acknowledged + 20)
        verdict = await crowd.settled()
        assert verdict.latency is not None
        assert verdict.latency.longest > 3600, "the clock went on as it should"
        verdict.latency = None  # measured by a clock that jumps
        stage.found(crowd, verdict, f"{', '.join(f'{hours:+d} h' for hours in JUMPS)} from the right time")
