"""What a history is found to be: figures, and for each promise that was broken one sentence that says how."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

Kind = Literal["lost", "duplicated", "gaps", "reordered", "leaked", "diverged", "unasked", "late"]
KINDS: tuple[Kind, ...] = get_args(Kind)

MAX_EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, how often it was seen, and where first."""

    kind: Kind
    count: int
    sentence: str
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Spread:
    """Of many measurements, in seconds."""

    p50: float
    p95: float
    longest: float


@dataclass(slots=True)
class Verdict:
    """`delivered` counts events over all lines, `converged` is how long the slowest client took, `killed` how often the
    run killed what of its own."""

    acknowledged: int = 0
    unanswered: int = 0
    stored: int = 0
    events: int = 0
    delivered: int = 0
    lines: int = 0
    latency: Spread | None = None
    converged: float | None = None
    killed: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        """Nothing is wrong."""
        return not self.findings

    def count(self, kind: Kind) -> int:
        """How often that was seen."""
        return sum(finding.count for finding in self.findings if finding.kind == kind)

    def find(self, kind: Kind, sentence: str, examples: Sequence[str]) -> None:
        """Add a finding with its first examples; nothing when there is none."""
        if examples:
            self.findings.append(Finding(kind, len(examples), sentence, tuple(examples[:MAX_EXAMPLES])))

    def as_json(self) -> dict[str, Any]:
        """For machines; seconds throughout."""
        spread = self.latency
        return {
            "ok": self.is_good,
            "acknowledged": self.acknowledged,
            "unanswered": self.unanswered,
            "stored": self.stored,
            "events": self.events,
            "delivered": self.delivered,
            "connections": self.lines,
            **{kind: self.count(kind) for kind in KINDS},
            "latency": {"p50": spread.p50, "p95": spread.p95, "max": spread.longest} if spread else None,
            "converged": self.converged,
            "killed": self.killed,
            "findings": [
                {"kind": found.kind, "count": found.count, "sentence": found.sentence, "examples": [*found.examples]}
                for found in self.findings
            ],
        }


def spread_of(seconds: Sequence[float]) -> Spread | None:
    """The nearest-rank percentiles; None of nothing."""
    if not seconds:
        return None
    ordered = sorted(seconds)

    def at(share: float) -> float:
        return ordered[max(0, math.ceil(share * len(ordered)) - 1)]

    return Spread(at(0.5), at(0.95), ordered[-1])
