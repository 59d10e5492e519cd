"""What a soak has found, and whether that is as it should be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import linear_regression, mean
from typing import Any

MIB = 1024 * 1024
#: Of the mean, over the last two thirds: an object kept for every message would be ten times as much.
MAX_GROWTH = 0.05
MAX_P95_RATIO = 1.5
#: Connections to the database, which are opened when they are needed.
FILES_SLACK = 16
#: A server that is behind already tells nothing about what the others cost.
MAX_QUIET_P95_MS = 250
MIN_PACE = 0.98


@dataclass(frozen=True, slots=True)
class Verdict:
    """`found` and `wanted` in words."""

    what: str
    found: str
    wanted: str
    is_met: bool

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Sample:
    """The memory of the server, in bytes, so many seconds after the beginning."""

    at: float
    memory: int
    is_quiet: bool


def pace(rate: float, reached: float, quiet: Mapping[str, Any]) -> Verdict:
    """The load is what it is meant to be, and the server keeps up with it: else it, or the machine, has too much."""
    found = f"{reached:,.0f} of {rate:,.0f} a second, p95 {quiet['p95'] / 1000:.1f} ms when quiet"
    is_met = reached >= MIN_PACE * rate and quiet["p95"] < MAX_QUIET_P95_MS * 1000
    return Verdict("messages", found, f"≥ {MIN_PACE:.0%}, < {MAX_QUIET_P95_MS} ms", is_met)


def memory(samples: Sequence[Sample], seconds: float) -> Verdict:
    """A line through the quiet moments of the last two thirds. Before, the caches fill."""
    late = [sample for sample in samples if sample.is_quiet and sample.at >= seconds / 3]
    slope, _ = linear_regression([sample.at for sample in late], [sample.memory for sample in late])
    level = mean(sample.memory for sample in late)
    share = slope * (late[-1].at - late[0].at) / level
    found = f"{level / MIB:.1f} MiB, {slope * 3600 / MIB:+.1f} MiB an hour, {share:+.1%} in the last two thirds"
    return Verdict("memory (PSS)", found, f"≤ +{MAX_GROWTH:.0%} in the last two thirds", share <= MAX_GROWTH)


def others(quiet: Mapping[str, Any], storm: Mapping[str, Any]) -> Verdict:
    """Ordinary people's times while others are slow or hostile, and while nobody is."""
    ratio = storm["p95"] / quiet["p95"]
    found = f"{storm['p95'] / 1000:.1f} ms in the storms, {quiet['p95'] / 1000:.1f} ms when quiet: {ratio:.2f}"
    return Verdict("others' send to screen, p95", found, f"< {MAX_P95_RATIO:.2f}", ratio < MAX_P95_RATIO)


def troublemakers(counts: Mapping[str, int], closed_at_least: int) -> list[Verdict]:
    """By what the slow and the hostile have counted."""
    wrong = {name[2:]: count for name, count in counts.items() if name.startswith("!") and count}
    closed, fetched = counts.get("closed as slow", 0), counts.get("too far behind", 0)
    found = f"{closed} in {counts.get('slow spells', 0)} spells; {counts['caught up']} times in and caught up"
    found += f", {fetched} conversations by their newest pages only"
    met = "; ".join(f"{name} {count}" for name, count in wrong.items())
    return [
        Verdict("closed as slow", found, f"≥ {closed_at_least}", closed >= closed_at_least),
        Verdict("surprises of the slow and the hostile", met or "none", "none", not wrong),
    ]


def same(what: str, before: int, after: int) -> Verdict:
    """A count is what it was."""
    return Verdict(what, f"{after:,}", f"{before:,}", after == before)


def files(when: str, before: int, after: int) -> Verdict:
    """Open files are no more than they were."""
    most = before + FILES_SLACK
    return Verdict(f"open files when {when}", f"{after:,}", f"≤ {most:,}", after <= most)


def table(verdicts: Sequence[Verdict]) -> str:
    """In Markdown."""
    lines = ["| what | found | wanted | |", "| --- | --- | --- | --- |"]
    lines += [f"| {v.what} | {v.found} | {v.wanted} | {'met' if v.is_met else 'MISSED'} |" for v in verdicts]
    return "\n".join(lines)
