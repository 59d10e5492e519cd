"""That a row can fail: servers with a bug in them, and each bug is found and called by its name."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest

from tests.faults.cluster import SQLITE
from tests.faults.crowd import gathered
from tests.faults.failing import BUGS
from tests.faults.stage import Stage, judge
from tms_chat.verify.verdict import Kind


@pytest.mark.full
@pytest.mark.timeout(300)
@pytest.mark.parametrize("stage", [pytest.param(("a planted bug is found", SQLITE), id="sqlite")], indirect=True)
@pytest.mark.parametrize("kind", BUGS)
async def test_a_server_with_a_bug_fails(stage: Stage, kind: str) -> None:
    async with stage.cluster(failing=True) as cluster, gathered(cluster, 4) as crowd:
        (cluster.first.folder / "failpoint").write_text(kind)
        async with crowd.talking(rate=30, senders=3):
            await asyncio.sleep(4)
        verdict = await crowd.settled()
    assert verdict.count(cast(Kind, kind)), verdict.findings
    with pytest.raises(AssertionError, match=kind):
        judge(crowd, verdict)
