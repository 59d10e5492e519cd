"""The database becomes an older one while everybody is online: who was told more than there is now lets go of it."""

from __future__ import annotations

import asyncio
import os
from signal import SIGTERM

from tests.backup.test_under_writes import tms
from tests.faults.cluster import POSTGRESQL, REDIS, SQLITE, TWO, Cluster
from tests.faults.crowd import gathered
from tests.faults.stage import Stage, row
from tests.faults.truth import head_of
from tests.faults.waiting import until

RATE = 50.0


@row("restore of an older backup, clients online", on=[SQLITE, POSTGRESQL, TWO, REDIS])
async def test_an_older_backup_is_restored(stage: Stage) -> None:
    sends = stage.lasts(40, 500)
    async with stage.cluster() as cluster, gathered(cluster, 6, devices=12) as crowd:
        async with crowd.talking(rate=RATE):
            await crowd.reaches(sends)
        code, said = await tms(cluster.first, "backup", "../backup")
        assert code == 0, said
        kept = len(crowd.sends), len(crowd.changes), await head_of(cluster.first, crowd.conversation_id)

        async with crowd.talking(rate=RATE):
            await crowd.reaches(2 * sends)
        gone = await head_of(cluster.first, crowd.conversation_id) - kept[2]
        await until(
            lambda: all((device.screen.position or 0) > kept[2] for device in crowd.devices), seconds=30,
            what="everybody was told of what will not have been",
        )  # fmt: skip
        await _stop(cluster)
        code, said = await tms(cluster.first, "restore", "../backup", "--force")
        assert code == 0, said
        # What was acknowledged since is gone, as whoever restores knows; what was told of it is of another history.
        del crowd.sends[kept[0] :], crowd.changes[kept[1] :]
        for device in crowd.devices:
            device.client.lines.clear()
            device.client.steps.clear()
        await cluster.start()

        async with crowd.talking(rate=RATE):
            await crowd.reaches(crowd.acknowledged + sends)
        assert all(device.client.steps[0].is_loaded for device in crowd.devices if device.client.steps)
        note = f"{gone} changes were undone, {len(crowd.devices)} clients online"
        stage.found(crowd, await crowd.settled(), note)


async def _stop(cluster: Cluster) -> None:
    for node in cluster.nodes:
        os.kill(node.pid, SIGTERM)
    for node in cluster.nodes:
        assert await asyncio.to_thread(node.wait) == 0
