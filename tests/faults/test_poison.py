"""People with good tokens who mean harm, beside those who just talk."""

from __future__ import annotations

import asyncio
from collections import Counter
from itertools import chain, cycle
from typing import Any

import httpx

from bench.soak.hostile import ATTACKS, Hostile
from tests.faults.cluster import POSTGRESQL, REDIS, SQLITE
from tests.faults.crowd import Crowd, gathered
from tests.faults.stage import Stage, row
from tests.rest.bad_values import REQUESTS, WRONG


@row("poison inputs", on=[SQLITE, POSTGRESQL, REDIS], short=[SQLITE])
async def test_poison_inputs(stage: Stage) -> None:
    async with stage.cluster() as cluster, gathered(cluster, 8) as crowd:
        counts, storm = Counter[str](), asyncio.Event()
        storm.set()
        async with (
            httpx.AsyncClient(base_url=cluster.first.base_url, timeout=5) as polling,
            crowd.talking(rate=20, senders=4),
            asyncio.TaskGroup() as group,
        ):
            hostile = [
                Hostile(port, person.token, polling, storm, counts)
                for person, port in zip(crowd.people[4:], cycle(cluster.ports), strict=False)
            ]
            lives = [group.create_task(one.live()) for one in hostile]
            poisoned = await _send_nonsense(crowd)
            await asyncio.sleep(stage.lasts(3, 60))
            for life in lives:
                life.cancel()
        for wire in [wire for one in hostile for wire in one.abandoned]:
            wire.leave()
        assert not [name for name in counts if name.startswith("!")], counts
        attacks = sum(counts[name] for name in ATTACKS)
        stage.found(crowd, await crowd.settled(), f"{attacks} attacks on sockets, {poisoned} requests with nonsense")


async def _send_nonsense(crowd: Crowd) -> int:
    """Every field wrong in every way; none may be answered 5xx, which the crowd looks for."""
    right: dict[str, Any] = {name: value for name, (value, _) in REQUESTS["/messages/"].items()}
    right = {"conversation_id": crowd.conversation_id, "content": "hello", "client_id": right["client_id"]}
    wrong = chain.from_iterable(
        ((name, value) for value in WRONG[kind]) for name, (_, kind) in REQUESTS["/messages/"].items()
    )
    count = 0
    for name, value in wrong:
        answer = await crowd.ask(crowd.people[4], "POST", "/api/v1/messages/", right | {name: value})
        assert answer.status, f"{name}: {value!r} got no answer"
        count += 1
    return count
