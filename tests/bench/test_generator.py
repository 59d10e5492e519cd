"""What the benchmark's generator says is what the server has stored and sent."""

from __future__ import annotations

import sqlite3
import subprocess
from pathlib import Path

import pytest

from bench import generator
from bench.generator import PROGRAM
from bench.measures import Effort, Job, conversation_list, fan_out, idle, sends
from bench.servers.launch import ROOT, Hall, Running
from bench.world import World, token

WORLD = World(("sends", "members-10", "list", "idle"))
SHORT = Effort(seconds=1, warm_up=0.1, settle=0.2)
#: For what is written: a disk may take two seconds for one commit, and without an answer there is no result.
WRITING = Effort(seconds=3, warm_up=0.1, settle=0.2)


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Hall:
    """A filled database of ours, on SQLite."""
    subprocess.run(["make", str(PROGRAM.relative_to(ROOT))], cwd=ROOT, check=True, capture_output=True, timeout=60)
    hall = Hall(tmp_path_factory.mktemp("hall"), ("ours-sqlite",), WORLD)
    hall.open()
    return hall


def stored(hall: Hall, part: str) -> list[tuple[str, int, int, str, str]]:
    """Of every conversation of this part with messages: its id, how many, the newest number, first and last text."""
    names = [group.id for group in WORLD.groups[part]]
    database = sqlite3.connect(hall.folder / "ours-sqlite" / "tms-chat.sqlite3")
    try:
        places = ", ".join("?" * len(names))
        return database.execute(
            f"SELECT conversation_id, count(*), max(number), min(content), max(content) FROM messages "
            f"WHERE conversation_id IN ({places}) GROUP BY conversation_id",
            names,
        ).fetchall()
    finally:
        database.close()


def job(server: Running, part: str, folder: Path, effort: Effort = SHORT) -> Job:
    return Job(server, World((part,)), effort, folder)


def test_sends_are_stored_and_seen(hall: Hall, tmp_path: Path) -> None:
    with hall.serving("ours-sqlite") as server:
        numbers = sends(4, client_ids=True)(job(server, "sends", tmp_path, WRITING))
    rows = stored(hall, "sends")
    assert len(rows) == 4
    assert all(count == newest for _, count, newest, _, _ in rows)
    texts = {text for row in rows for text in row[3:]}
    assert min(texts).startswith("bench 00000001: ")
    in_all = sum(count for _, count, _, _, _ in rows)
    assert max(texts).startswith(f"bench {in_all:08x}: ")
    # Counted is less than what there is: the warm-up, and what was under way at the end.
    assert 0 < numbers["sends_per_s"] * WRITING.seconds <= in_all
    assert 0 < numbers["answer_p50_ms"] <= numbers["answer_p99_ms"]
    assert 0 < numbers["screen_p50_ms"] <= numbers["screen_p99_ms"]


def test_every_member_gets_every_message(hall: Hall, tmp_path: Path) -> None:
    with hall.serving("ours-sqlite") as server:
        numbers = fan_out(10)(job(server, "members-10", tmp_path, WRITING))
    # The generator fails when a message does not reach all ten, or comes twice.
    ((_, count, newest, _, _),) = stored(hall, "members-10")
    assert count == newest
    assert 0 < numbers["deliveries_per_s"] * WRITING.seconds <= count * 10
    assert numbers["events_per_s"] >= numbers["deliveries_per_s"]


def test_reads_and_sockets(hall: Hall, tmp_path: Path) -> None:
    with hall.serving("ours-sqlite") as server:
        read = conversation_list()(job(server, "list", tmp_path))
        came = idle(200)(job(server, "idle", tmp_path))
    assert read["reads_per_s"] > 0
    assert read["bytes_per_read"] > 50 * 1000  # fifty conversations with twenty members each
    assert came["connects_per_s"] > 0
    assert 0 < came["kib_per_socket"] < 500


def test_a_refusal_is_no_result(hall: Hall, tmp_path: Path) -> None:
    """Somebody who is no member writes: the numbers would be those of refusals."""
    group, other = WORLD.groups["sends"][:2]
    with hall.serving("ours-sqlite") as server:
        senders = tmp_path / "senders"
        senders.write_text(f"{token(other.members[0])} {group.id}\n")
        options = ["--senders", str(senders), "--parallel", "1", "--seconds", "0.2", "--warm-up", "0"]
        load = generator.run(server, "sends", options)
    assert load.result["sends"] == 0
    assert load.result["refused"] == load.result["sent_in_all"] > 0
