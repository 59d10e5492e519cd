"""Puts measured numbers into docs/PERFORMANCE.md, with their chart and their JSON; prints before and after.

python -m bench.publish bench/results/compared.json bench/results/growth.json
python -m bench.publish --before old.json bench/results/compared.json
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import Any

from bench import chart, results
from bench.results import Rounds
from bench.scenarios import COMPARED, SCENARIOS
from bench.servers.launch import OURS, ROOT

PAGE = ROOT / "docs/PERFORMANCE.md"
CHART = ROOT / "docs/images/performance.svg"
NUMBERS = ROOT / "docs/performance.json"


def main() -> None:
    """Several files are several runs: the machine is described as the first found it."""
    usage = argparse.ArgumentParser(prog="python -m bench.publish")
    usage.add_argument("files", nargs="+", type=Path)
    usage.add_argument("--before", type=Path, help="only compare with this earlier run, and publish nothing")
    asked = usage.parse_args()
    runs = [json.loads(path.read_text()) for path in asked.files]
    # A scenario that an older run had and nobody measures any more is left out.
    rounds: dict[str, Any] = {name: run["rounds"][name] for run in runs for name in SCENARIOS if name in run["rounds"]}
    if asked.before is not None:
        print(before_and_after(json.loads(asked.before.read_text())["rounds"], rounds))
        return
    about = runs[0]["about"]
    page = PAGE.read_text()
    for name, text in sections(about, rounds).items():
        page = filled(page, name, text)
    PAGE.write_text(page)
    CHART.write_text(chart.draw(rounds))
    NUMBERS.write_text(json.dumps({"about": about, **results.as_json(rounds)}, indent=1, ensure_ascii=False) + "\n")


def sections(about: dict[str, str], rounds: Rounds) -> dict[str, str]:
    """What stands between the marks of the page."""
    names = {scenario.name for scenario in COMPARED}
    compared = {name: measured for name, measured in rounds.items() if name in names}
    growth = {name: measured for name, measured in rounds.items() if name not in names}
    return {
        "machine": "\n".join(f"- {name}: {value}" for name, value in about.items()),
        "compared": results.table(compared),
        "goals": results.goal_table(compared),
        "costs": results.costs_table(compared),
        "growth": f"{results.table(growth)}\n\n{results.costs_table(growth)}" if growth else "",
    }


def filled(page: str, name: str, text: str) -> str:
    """The page with this text between `<!-- name -->` and `<!-- /name -->`."""
    between = re.compile(f"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
    if not between.search(page):
        raise SystemExit(f"{PAGE.name} has no marks called {name}")
    return between.sub(lambda found: f"{found[1]}{text}\n{found[2]}", page)


def before_and_after(before: Rounds, after: Rounds) -> str:
    """Markdown: ours then and now, and how many times as much."""
    lines = ["| | server | before | after | after / before |", "| --- | --- | ---: | ---: | ---: |"]
    for name in after:
        scenario = SCENARIOS[name]
        for number in (scenario.main, *scenario.also):
            title = f"{scenario.title}{f': {number.title}' if number is not scenario.main else ''} ({number.unit})"
            for server in OURS:
                then, now = (results.spread(rounds, name, server, number.key) for rounds in (before, after))
                if then is not None and now is not None:
                    times = f"{now.median / then.median:.2f}" if then.median else ""
                    lines.append(f"| {title} | {results.TITLES[server]} | {then} | {now} | {times} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
