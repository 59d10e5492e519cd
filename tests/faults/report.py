"""What a row found: one line while it runs, one line of the table in docs/RELIABILITY.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from tms_chat.verify.verdict import KINDS, Verdict

PAGE: Final = Path(__file__).parents[2] / "docs" / "RELIABILITY.md"
BEGIN, END = "<!-- faults: written by make test-faults PUBLISH=1 -->", "<!-- end of faults -->"
#: Beside these nothing else may be found either.
SHOWN: Final = ("lost", "duplicated", "gaps", "reordered", "leaked")

Figures = dict[str, Any]
#: Of what went wrong.
MOST_CHARACTERS: Final = 1_000


@dataclass(frozen=True)
class Ended:
    """A row, after so many seconds; `figures` if it got so far, and `failure` if it failed."""

    row: str
    seconds: float
    figures: Figures | None
    failure: str

    def __str__(self) -> str:
        result = "FAILED" if self.failure else "ok"
        told = [self.row, *([_found(self.figures)] if self.figures else []), *([self.failure] if self.failure else [])]
        return f"{result:6} {self.seconds:4.0f} s  {': '.join(told)}"


def reason(trace: Any) -> str:
    """The last word of a traceback of pytest."""
    crash = getattr(trace, "reprcrash", None)
    return " ".join(str(crash.message if crash is not None else trace).split())[:MOST_CHARACTERS]


def figures_of(title: str, setup: str, verdict: Verdict, note: str) -> Figures:
    """For a report of pytest, which carries plain values only."""
    return {
        "title": title,
        "setup": setup,
        "note": note,
        "acknowledged": verdict.acknowledged,
        "deliveries": verdict.delivered,
        **{kind: verdict.count(kind) for kind in KINDS},
        "p95": verdict.latency.p95 if verdict.latency else None,
        "converged": verdict.converged,
    }


def publish(row: Figures, *, is_full: bool) -> None:
    """Write it into the table of the page, where the others stay as they are."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    table, end, after = rest.partition(END)
    assert end, f"{PAGE} has no place for the table"
    known = {
        _key(line): line for line in table.splitlines() if line.startswith("| ") and not line.startswith("| fault")
    }
    line = _cells(row, is_full)
    known[_key(line)] = line
    heads = ["fault", "installation", "acknowledged", *SHOWN, "p95", "converged", "what happened", "measured"]
    bar = ["---"] * 2 + ["--:"] * (len(heads) - 4) + ["---"] * 2
    lines = [_joined(heads), f"|{'|'.join(bar)}|", *(known[key] for key in sorted(known, key=_order))]
    PAGE.write_text("\n".join([f"{before}{BEGIN}", "", *lines, "", f"{END}{after}"]))


def _found(row: Figures) -> str:
    found = ", ".join(f"{row[kind]} {kind}" for kind in KINDS if kind in SHOWN or row[kind])
    return (
        f"{row['acknowledged']:,} acknowledged, {found}; "
        f"p95 {_time(row['p95'])}, converged in {_time(row['converged'])}; {row['note']}"
    )


def _cells(row: Figures, is_full: bool) -> str:
    numbers = [f"{row['acknowledged']:,}", *(str(row[kind]) for kind in SHOWN)]
    times = [_time(row["p95"]), _time(row["converged"])]
    measured = f"{datetime.now(UTC):%Y-%m-%d}{'' if is_full else ', shortened'}"
    return _joined([row["title"], row["setup"], *numbers, *times, row["note"], measured])


def _joined(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _key(line: str) -> tuple[str, str]:
    fault, setup = line.split(" | ")[:2]
    return fault.removeprefix("| "), setup


def _order(key: tuple[str, str]) -> tuple[str, int, str]:
    """One fault after the other, each on the smallest installation first."""
    return key[0], len(key[1]), key[1]


def _time(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
