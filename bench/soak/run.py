"""Runs a soak and judges it; ends with 1 when something is not as it should be.

    .venv/bin/python -m bench.soak.run --minutes 2 --server ours-postgresql

A thousand people in teams, departments and the group of all; messages at half the rate of the peak, which is measured
first. Of every twenty sockets one belongs to somebody slow, of every hundred one to somebody hostile. A round is a
minute: it settles, it is quiet, when all behave, and then comes a storm, when those do not. The ordinary sockets are
the generator's, which fails when one of them is closed, misses a message, or gets one twice or out of its order.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from bench import generator, machine, publish
from bench.generator import PROGRAM, Failed
from bench.run import RESULTS
from bench.servers.launch import OURS, Hall, Running
from bench.soak import verdicts
from bench.soak.course import Course
from bench.soak.crowd import Crowd
from bench.soak.verdicts import Verdict
from bench.world import World
from tms_chat.conversations.model import conversations
from tms_chat.db.engine import Database
from tms_chat.db.url import parse_database_url
from tms_chat.messages.model import messages

PEAK = ("--seconds", "5", "--warm-up", "2", "--window", "256")
#: Below that, the server would close the connection of a writer whose turn seldom comes.
MIN_RATE = 50


def main(words: Sequence[str] | None = None) -> None:
    """Prints what was found and writes it down."""
    asked = _parse(words)
    with tempfile.TemporaryDirectory(prefix="tms-soak-", ignore_cleanup_errors=True) as folder:
        hall = Hall(Path(folder), (asked.server,), World((f"company-{asked.people}",)))
        try:
            hall.open()
            written: dict[str, Any] = {"about": machine.describe(hall)}
            found = _soak(hall, asked, written)
        finally:
            hall.close()
    print(f"\n{verdicts.table(found)}")
    written["verdicts"] = [verdict.as_json() for verdict in found]
    out = Path(asked.out)
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(written, indent=1, ensure_ascii=False) + "\n")
    print(f"\nWritten: {out}")
    if asked.publish:
        load = f"{asked.minutes:g} minutes, {asked.people:,} people, {asked.server}."
        text = f"{load}\n\n{verdicts.table(found)}"
        publish.PAGE.write_text(publish.filled(publish.PAGE.read_text(), "soak", text))
    sys.exit(not all(verdict.is_met for verdict in found))


def _soak(hall: Hall, asked: argparse.Namespace, written: dict[str, Any]) -> list[Verdict]:
    (groups,) = hall.world.groups.values()
    crowd = Crowd(hall.folder, groups)
    acknowledged: int | None = None
    with hall.serving(asked.server) as server:
        try:
            rate, before = (asked.rate, 0) if asked.rate else _half_the_peak(server, crowd)
            course = Course(server, crowd, rate, asked.minutes)
            found = course.run()
            acknowledged = before + course.acknowledged
            written |= {"rate": rate, "minutes": asked.minutes, **course.numbers}
        except Failed as error:
            found = [Verdict("the run", str(error), "comes to its end", False)]
    stored, gaps = asyncio.run(_stored(hall, asked.server))
    if acknowledged is not None:
        found.append(verdicts.same("messages stored, of those acknowledged", acknowledged, stored))
    log = (hall.folder / f"{asked.server}.log").read_text(errors="replace").splitlines()
    errors = [line for line in log if "Traceback" in line or '"level": "error"' in line]
    print("\n".join(errors[:5]))
    return [
        *found,
        verdicts.same("conversations with gaps", 0, gaps),
        verdicts.same("errors in the server's log", 0, len(errors)),
    ]


def _half_the_peak(server: Running, crowd: Crowd) -> tuple[float, int]:
    """Of what it can take from this crowd in a second, and how many it took to find out."""
    result = generator.run(server, "sends", [*crowd.options, *PEAK]).result
    print(f"{result['sends_per_s']:,.0f} messages a second are the peak", flush=True)
    return max(result["sends_per_s"] / 2, MIN_RATE), result["sent_in_all"] - result["refused"]


async def _stored(hall: Hall, name: str) -> tuple[int, int]:
    """How many messages there are, and the conversations whose numbers are not 1, 2, 3 … to their newest."""
    db = Database(parse_database_url(hall.databases.get(name), None, hall.folder / name))
    stored = gaps = 0
    try:
        async with db.read() as connection:
            newest = (await connection.execute(select(conversations.c.id, conversations.c.last_number))).all()
            for conversation_id, last in newest:
                counted = func.count(messages.c.number.distinct()), func.coalesce(func.max(messages.c.number), 0)
                rows = select(*counted).where(messages.c.conversation_id == conversation_id)
                count, highest = (await connection.execute(rows)).one()
                stored += count
                gaps += not count == highest == last
    finally:
        await db.close()
    return stored, gaps


def _parse(words: Sequence[str] | None) -> argparse.Namespace:
    usage = argparse.ArgumentParser(prog="make soak")
    usage.add_argument("--minutes", type=float, default=15)
    usage.add_argument("--rate", type=float, default=0, help="messages a second; unless given, half of the peak")
    usage.add_argument("--server", default=OURS[0], choices=OURS)
    usage.add_argument("--people", type=int, default=1000)
    usage.add_argument("--publish", action="store_true", help="the table goes into docs/PERFORMANCE.md")
    usage.add_argument("--out", default=str(RESULTS / "soak.json"))
    asked = usage.parse_args(words)
    if asked.rate and asked.rate < MIN_RATE:
        usage.error(f"the rate is {MIN_RATE} a second or more")
    if not PROGRAM.exists():
        usage.error("the generator is not built: call make soak, or make bench/build/generator")
    return asked


if __name__ == "__main__":
    main()
