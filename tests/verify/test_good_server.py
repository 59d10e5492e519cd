"""A good server is found good, on both databases, while lines are cut and left unread."""

from __future__ import annotations

from tests.verify.conftest import Drive
from tests.verify.hostile import Bug


async def test_a_good_server_is_found_good_under_faults(drive: Drive) -> None:
    verdict, people = await drive(Bug(), faults=0.2)
    assert verdict.is_good, [found.sentence for found in verdict.findings]
    assert len(people) == 6
    assert verdict.acknowledged > 3
    assert verdict.unanswered == 0
    assert verdict.lines >= 6  # more where some were cut and came back
    assert verdict.delivered > verdict.events
    assert verdict.latency is not None
    assert 0 <= verdict.latency.p50 <= verdict.latency.p95 <= verdict.latency.longest < 60
