"""`make bench`: ours against the obvious servers, side by side in one run.

    .venv/bin/python -m bench.run --only sends-16 --server ours-sqlite
    .venv/bin/python -m bench.run --only sends-16 --server ours-sqlite --rounds 1 --profile

A measurement starts its server anew over the same filled database. Rounds go through all servers before the next one
begins, each in another order, so that what else happens on the machine hits all alike.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from fnmatch import fnmatch
from pathlib import Path

from bench import chart, machine, results
from bench.generator import BUSY, PROGRAM, Failed
from bench.measures import Effort, Job, Numbers
from bench.scenarios import COMPARED, SCENARIOS, Scenario
from bench.servers.launch import ALL, Hall
from bench.world import World

RESULTS = Path(__file__).parent / "results"
FULL = Effort(seconds=5, warm_up=2, settle=5)
QUICK = Effort(seconds=2, warm_up=1, settle=2)

Rounds = dict[str, dict[str, list[Numbers]]]


def main(words: Sequence[str] | None = None) -> None:
    """Measures what was asked for, prints it and writes it down."""
    asked = _parse(words)
    scenarios = [SCENARIOS[name] for name in asked.scenarios]
    names = tuple(name for name in ALL if name in asked.servers and any(name in s.servers for s in scenarios))
    parts = tuple(dict.fromkeys(scenario.part for scenario in scenarios))
    effort = QUICK if asked.quick else FULL
    if asked.seconds is not None:
        effort = Effort(asked.seconds, min(effort.warm_up, asked.seconds), effort.settle)
    with tempfile.TemporaryDirectory(prefix="tms-bench-", ignore_cleanup_errors=True) as folder:
        print(f"Filling the databases of {', '.join(names)} …", flush=True)
        # Every scenario has people of its own, so that what one leaves behind is no burden to another.
        hall = Hall(Path(folder), names, World(parts), profiles=_profiles(asked))
        try:
            hall.open()
            about = machine.describe(hall)
            print("\n".join(f"{name}: {value}" for name, value in about.items()), flush=True)
            rounds = _measure(hall, scenarios, effort, asked.rounds)
        finally:
            hall.close()
    _report(about, rounds, Path(asked.out))


def _profiles(asked: argparse.Namespace) -> Path | None:
    folder = Path(asked.out).resolve().parent
    folder.mkdir(parents=True, exist_ok=True)
    return folder if asked.profile else None


def _measure(hall: Hall, scenarios: list[Scenario], effort: Effort, count: int) -> Rounds:
    rounds: Rounds = {}
    for scenario in scenarios:
        names = [name for name in hall.names if name in scenario.servers]
        measured = rounds[scenario.name] = {name: [] for name in names}
        for number in range(count):
            for name in names[number % len(names) :] + names[: number % len(names)]:
                numbers = _one(hall, scenario, name, effort)
                if numbers is not None:
                    measured[name].append(numbers)
    return rounds


def _one(hall: Hall, scenario: Scenario, name: str, effort: Effort) -> Numbers | None:
    world = World((scenario.part,))
    try:
        with hall.serving(name) as server:
            numbers = scenario.measure(Job(server, world, effort, hall.folder))
    except (Failed, TimeoutError, RuntimeError) as error:
        print(f"{scenario.name:<22} {name:<16} FAILED: {error}", flush=True)
        return None
    said = ", ".join(f"{key} {results.figure(value)}" for key, value in numbers.items())
    busy = "  THE GENERATOR WAS BUSY" if numbers.get("generator_core", 0) > BUSY else ""
    print(f"{scenario.name:<22} {name:<16} {said}{busy}", flush=True)
    return numbers


def _report(about: dict[str, str], rounds: Rounds, out: Path) -> None:
    print(f"\n{results.table(rounds)}\n\n{results.costs_table(rounds)}")
    if results.verdicts(rounds):
        print(f"\n{results.goal_table(rounds)}")
    written = {"about": about, **results.as_json(rounds)}
    out.write_text(json.dumps(written, indent=1, ensure_ascii=False) + "\n")
    out.with_suffix(".svg").write_text(chart.draw(rounds))
    print(f"\nWritten: {out} and {out.with_suffix('.svg')}")


def _parse(words: Sequence[str] | None) -> argparse.Namespace:
    usage = argparse.ArgumentParser(prog="make bench", description="Scenarios: " + " ".join(SCENARIOS))
    usage.add_argument("--only", nargs="*", default=[], metavar="NAME", help="scenarios, like sends-16 or growth-*")
    usage.add_argument("--server", nargs="*", default=[], choices=ALL, help="all of them unless named")
    usage.add_argument("--rounds", type=int, default=3)
    usage.add_argument("--seconds", type=float, help="of one measurement")
    usage.add_argument("--quick", action="store_true", help="shorter measurements, for a first look")
    usage.add_argument("--profile", action="store_true", help="ours write where their time goes beside the JSON")
    usage.add_argument("--out", default=str(RESULTS / "latest.json"), help="the JSON; the chart lies beside it")
    asked = usage.parse_args(words)
    patterns = asked.only or [scenario.name for scenario in COMPARED]
    asked.scenarios = [name for name in SCENARIOS if any(fnmatch(name, pattern) for pattern in patterns)]
    asked.servers = asked.server or list(ALL)
    if not asked.scenarios:
        usage.error(f"no scenario is called {' or '.join(patterns)}")
    if not PROGRAM.exists():
        usage.error("the generator is not built: call make bench, or make bench/build/generator")
    return asked


if __name__ == "__main__":
    main()
