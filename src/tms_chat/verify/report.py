"""A verdict in words, for the one who has to decide what to do about it."""

from collections.abc import Iterator

from tms_chat.verify.verdict import KINDS, Verdict


def report(verdict: Verdict) -> str:
    """Several lines, the outcome last."""
    return "\n".join(_lines(verdict))


def _lines(verdict: Verdict) -> Iterator[str]:
    yield f"messages      {verdict.acknowledged:,} acknowledged, {verdict.unanswered:,} never answered"
    yield f"history       {verdict.stored:,} messages, {verdict.events:,} numbered events"
    yield f"deliveries    {verdict.delivered:,} events over {verdict.lines:,} connections"
    yield "broken        " + ", ".join(f"{kind} {verdict.count(kind):,}" for kind in KINDS)
    if verdict.killed:
        yield "killed        " + ", ".join(f"{what} {times:,}" for what, times in verdict.killed.items())
    if verdict.latency is not None:
        spread = verdict.latency
        figures = f"p50 {_ms(spread.p50)}, p95 {_ms(spread.p95)}, longest {_ms(spread.longest)}"
        yield f"latency       {figures} (from the commit to a screen, through all faults)"
    if verdict.converged is not None:
        yield f"convergence   all screens at the end {verdict.converged:.1f} s after the last request"
    yield ""
    for found in verdict.findings:
        yield f"{found.kind.upper()}: {found.sentence}"
        for example in found.examples:
            yield f"    {example}"
        if found.count > len(found.examples):
            yield f"    … and {found.count - len(found.examples):,} more"
    yield "Every promise was kept." if verdict.is_good else "Promises were broken."


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:,.0f} ms"
