"""The soak's people do what they are there for, and its verdicts see what they are to see."""

from __future__ import annotations

import asyncio
import subprocess
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from bench import generator
from bench.generator import PROGRAM, Failed
from bench.servers.launch import ROOT, Hall
from bench.soak import verdicts
from bench.soak.crowd import Crowd
from bench.soak.hostile import ATTACKS, Hostile
from bench.soak.slow import Slow
from bench.soak.verdicts import MIB, Sample
from bench.world import World, token
from tests.support.processes import wait_until

PACED = ("--rate", "200", "--warm-up", "0.1", "--seconds", "2", "--phases", "0.2,0.3")


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Hall:
    """A company of a hundred on SQLite."""
    subprocess.run(["make", str(PROGRAM.relative_to(ROOT))], cwd=ROOT, check=True, capture_output=True, timeout=60)
    hall = Hall(tmp_path_factory.mktemp("hall"), ("ours-sqlite",), World(("company-100",)))
    hall.open()
    return hall


def lines(path: Path, text: str) -> str:
    path.write_text(text)
    return str(path)


def test_everybody_gets_the_messages_of_their_groups(hall: Hall, tmp_path: Path) -> None:
    (groups,) = hall.world.groups.values()
    crowd = Crowd(tmp_path, groups)
    assert (len(crowd.slow), len(crowd.hostile), len(crowd.ordinary)) == (5, 1, 94)
    heard: list[generator.Line] = []
    with hall.serving("ours-sqlite") as server:
        options = [*crowd.options, *PACED]
        with generator.started(server, "sends", options, heard=heard.append) as load:
            result = load.result
    assert [line["phase"] for line in heard if line["event"] == "phase"][:8] == [0, 1] * 4
    assert (result["refused"], result["undelivered"]) == (0, 0)
    assert result["deliveries"] > 10 * result["sends"]  # ten in a team, nearly all in the others
    # The pace: all that were due, unless the machine stood still, and then everybody who writes may do so at its end.
    writers = int(crowd.options[crowd.options.index("--parallel") + 1])
    assert writers < result["sent_in_all"] <= 2.1 * 200 + writers
    assert sum(phase["screen_us"]["count"] for phase in result["phases"]) == result["sent_in_all"]


def test_a_message_where_none_should_come_fails(hall: Hall, tmp_path: Path) -> None:
    group, other = next(iter(hall.world.groups.values()))[:2]
    receiver = f"{token(group.members[1])} {other.id}\n"
    senders = lines(tmp_path / "senders", f"{token(group.members[0])} {group.id}\n")
    options = ["--parallel", "1", "--senders", senders, "--receivers", lines(tmp_path / "receivers", receiver), *PACED]
    with hall.serving("ours-sqlite") as server, pytest.raises(Failed):
        generator.run(server, "sends", options)


async def test_every_attack_is_ended_by_the_server_and_the_slow_catch_up(hall: Hall) -> None:
    """But for those who are gone without a word: it takes three quarters of a minute to notice that."""
    group = next(iter(hall.world.groups.values()))[0]
    counts, calm = Counter[str](), asyncio.Event()
    with hall.serving("ours-sqlite") as server:
        address = f"http://127.0.0.1:{server.port}"
        async with httpx.AsyncClient(base_url=address) as http:
            hostile = Hostile(server.port, token(group.members[2]), http, calm, counts)
            await asyncio.gather(*(hostile.attack(name) for name in ATTACKS if name != "half-open"))
            assert counts == {name: 1 for name in ATTACKS if name != "half-open"}
            assert (await http.get("/health")).status_code == 200
            slow = Slow(server.port, token(group.members[1]), http, calm, counts, drips=False)
            for expected in (0, 150):  # more than a page is missed the second time
                headers = {"Authorization": f"Bearer {token(group.members[0])}"}
                for _ in range(expected):
                    body = {"conversation_id": group.id, "content": "while they were away"}
                    assert (await http.post("/api/v1/messages/", json=body, headers=headers)).status_code == 201
                before = counts["caught up"]
                life = asyncio.create_task(slow.live())
                back = partial(lambda before: counts["caught up"] > before, before)
                await asyncio.to_thread(wait_until, back, seconds=10, what="caught up")
                life.cancel()
                assert counts["messages"] == expected
            assert not [name for name, count in counts.items() if name.startswith("!") and count]


def samples(*megabytes: float) -> list[Sample]:
    return [Sample(at, int(level * MIB), is_quiet=at % 2 == 0) for at, level in enumerate(megabytes)]


def test_memory_that_grows_is_seen_once_the_caches_are_full() -> None:
    settled = [50 + 10 * min(at, 10) for at in range(30)]
    assert verdicts.memory(samples(*settled), 30).is_met
    grown = verdicts.memory(samples(*(level + at for at, level in enumerate(settled))), 30)
    assert not grown.is_met
    assert "+3600.0 MiB an hour" in grown.found


def test_what_went_wrong_is_named() -> None:
    met: dict[str, Any] = {"closed as slow": 7, "slow spells": 8, "caught up": 12, "! gaps": 0}
    assert all(verdict.is_met for verdict in verdicts.troublemakers(met, 5))
    few, wrong = verdicts.troublemakers(met | {"! gaps": 2, "! half heads, not ended": 1}, 8)
    assert not few.is_met
    assert (wrong.is_met, wrong.found) == (False, "gaps 2; half heads, not ended 1")
    assert not verdicts.others({"p95": 10.0}, {"p95": 16.0}).is_met
    assert not verdicts.pace(100, 100, {"p95": 300_000.0}).is_met
    assert "| MISSED |" in verdicts.table([few])
