"""From the numbers of all rounds to a table: medians, ranges, ratios, and which goals are met."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from bench.measures import Numbers
from bench.scenarios import SCENARIOS, Number, Scenario
from bench.servers.launch import ALL, OURS

#: By scenario, then by server: the numbers of each round.
Rounds = Mapping[str, Mapping[str, list[Numbers]]]

TITLES = {
    "ours-sqlite": "ours, SQLite",
    "ours-postgresql": "ours, PostgreSQL",
    "python": "python-socketio",
    "node": "Node",
}


COSTS = ("server_user_us", "server_system_us", "database_us", "per_core_second", "server_core", "generator_core")


@dataclass(frozen=True, slots=True)
class Goal:
    """At least `value`, or at most when less is better; `ratio` is against Node in the same run."""

    scenario: str
    number: str
    value: float
    ratio: float | None
    servers: tuple[str, ...] = OURS
    less_is_better: bool = False


GOALS = (
    Goal("sends-16", "sends_per_s", 10_000, 3.3, ("ours-sqlite",)),
    Goal("sends-16", "sends_per_s", 6_000, 2, ("ours-postgresql",)),
    Goal("fan-out-1000", "deliveries_per_s", 400_000, 3.8),
    Goal("last-1000", "screen_p50_ms", 8, 0.7, less_is_better=True),
    Goal("idle-5000", "kib_per_socket", 6, 0.35, less_is_better=True),
    Goal("idle-5000", "connects_per_s", 5_000, 2.2),
    Goal("history", "reads_per_s", 5_000, 2.7),
    Goal("list", "reads_per_s", 2_000, None),
)


@dataclass(frozen=True, slots=True)
class Spread:
    """A number over all rounds."""

    median: float
    least: float
    most: float

    def __str__(self) -> str:
        if self.least == self.most:
            return figure(self.median)
        return f"{figure(self.median)} ({figure(self.least)}…{figure(self.most)})"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a goal on one of our servers; `ratio` is None when Node was not measured."""

    goal: Goal
    server: str
    value: float
    ratio: float | None

    @property
    def is_met(self) -> bool:
        """Whether the number is reached, and the ratio where one is asked for and known."""
        return self.reaches(self.value, self.goal.value) and self.reaches(self.ratio, self.goal.ratio)

    def reaches(self, value: float | None, goal: float | None) -> bool:
        """Whether it is enough, or little enough; what is not asked for or not known is."""
        if value is None or goal is None:
            return True
        return value <= goal if self.goal.less_is_better else value >= goal

    def __str__(self) -> str:
        sign = "≤" if self.goal.less_is_better else "≥"
        text = f"{figure(self.value)} ({sign} {figure(self.goal.value)})"
        if self.goal.ratio is not None and self.ratio is not None:
            text += f", {self.ratio:.2f} of Node ({sign} {self.goal.ratio:g})"
        return text


def spread(rounds: Rounds, scenario: str, server: str, number: str) -> Spread | None:
    """Over the rounds that gave a number; None when none did."""
    values = [numbers[number] for numbers in rounds.get(scenario, {}).get(server, []) if number in numbers]
    return Spread(median(values), min(values), max(values)) if values else None


def ratio(rounds: Rounds, scenario: str, server: str, number: str) -> float | None:
    """The median against Node's."""
    ours, node = (spread(rounds, scenario, name, number) for name in (server, "node"))
    return ours.median / node.median if ours and node and node.median else None


def verdicts(rounds: Rounds) -> list[Verdict]:
    """Of every goal that was measured."""
    return [
        Verdict(goal, server, found.median, ratio(rounds, goal.scenario, server, goal.number))
        for goal in GOALS
        for server in goal.servers
        if (found := spread(rounds, goal.scenario, server, goal.number)) is not None
    ]


def table(rounds: Rounds) -> str:
    """Markdown: a line for each number, a column for each server."""
    servers = [server for server in ALL if any(server in measured for measured in rounds.values())]
    head = ["", *(TITLES[server] for server in servers)]
    lines = [_row(head), _row(["---", *("---:" for _ in servers)])]
    for name, number, title in _rows(rounds):
        cells = [_cell(rounds, name, server, number.key) for server in servers]
        lines.append(_row([f"{title} ({number.unit})", *cells]))
    return "\n".join(lines)


def goal_table(rounds: Rounds) -> str:
    """Markdown: the goals, one line for each of our servers."""
    lines = [_row(["goal", "server", "measured (goal)", ""]), _row(["---"] * 4)]
    for verdict in verdicts(rounds):
        title = _title(SCENARIOS[verdict.goal.scenario], verdict.goal.number)
        lines.append(_row([title, TITLES[verdict.server], str(verdict), "met" if verdict.is_met else "missed"]))
    return "\n".join(lines)


def costs_table(rounds: Rounds) -> str:
    """Markdown: microseconds of processor time for each operation, and how busy the two cores were."""
    heads = ("a second of core does", "its core", "generator's core")
    lines = [
        _row(["", "server", "µs in it", "µs in the kernel", "µs in PostgreSQL", *heads]),
        _row(["---", "---", *["---:"] * 6]),
    ]
    for name, measured in rounds.items():
        for server in measured:
            found = [spread(rounds, name, server, number) for number in COSTS]
            cells = [figure(cell.median) if cell else "" for cell in found]
            lines.append(_row([SCENARIOS[name].title, TITLES[server], *cells]))
    return "\n".join(lines)


def figure(value: float) -> str:
    """Three digits that count: 12,345 · 123 · 1.23."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def as_json(rounds: Rounds) -> dict[str, Any]:
    """Everything, for machines."""
    goals = [
        {
            "scenario": v.goal.scenario, "number": v.goal.number, "server": v.server, "value": v.value,
            "goal": v.goal.value, "ratio": v.ratio, "goal_ratio": v.goal.ratio, "met": v.is_met,
        }
        for v in verdicts(rounds)
    ]  # fmt: skip
    return {"rounds": rounds, "goals": goals}


def _rows(rounds: Rounds) -> Iterator[tuple[str, Number, str]]:
    for name in rounds:
        scenario = SCENARIOS[name]
        yield name, scenario.main, scenario.title
        for number in scenario.also:
            yield name, number, f"· {number.title}"


def _title(scenario: Scenario, key: str) -> str:
    found = [number.title for number in scenario.also if number.key == key]
    return f"{scenario.title}: {found[0]}" if found else scenario.title


def _cell(rounds: Rounds, scenario: str, server: str, number: str) -> str:
    found = spread(rounds, scenario, server, number)
    if found is None:
        return "failed" if server in rounds[scenario] else ""
    against = ratio(rounds, scenario, server, number)
    return str(found) if against is None or server == "node" else f"{found} · {against:.2f} of Node"


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
