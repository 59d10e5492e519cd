"""Numbers of a conversation against the times at which somebody belonged to it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from tms_chat.verify.history import ENTER, LEAVE, Event

OPEN: Final = 1 << 62


@dataclass(slots=True)
class Windows:
    """The numbers that are for one person: from each entering (included) to each leaving (included)."""

    spans: list[tuple[int, int]] = field(default_factory=list)

    def __contains__(self, seq: int) -> bool:
        return any(first <= seq <= last for first, last in self.spans)

    def between(self, after: int, before: int) -> Iterable[int]:
        """Their numbers above `after` and below `before`."""
        for first, last in self.spans:
            yield from range(max(first, after + 1), min(last, before - 1) + 1)

    @property
    def is_open(self) -> bool:
        """Whether the person belongs to it at the end."""
        return bool(self.spans) and self.spans[-1][1] == OPEN


def windows_of(user_id: str, founders: Sequence[str], journal: Iterable[Event]) -> Windows:
    """From the journal, in its order."""
    windows = Windows([(1, OPEN)] if user_id in founders else [])
    for event in journal:
        if user_id not in event.people:
            continue
        if event.what == ENTER and not windows.is_open:
            windows.spans.append((event.seq, OPEN))
        elif event.what in LEAVE and windows.is_open:
            windows.spans[-1] = (windows.spans[-1][0], event.seq)
    return windows


@dataclass(slots=True)
class Walk:
    """What was wrong with the order of the numbers that came: never, again, or after a later one."""

    missing: list[int] = field(default_factory=list)
    repeated: list[int] = field(default_factory=list)
    overtaken: list[int] = field(default_factory=list)


def walk(after: int | None, seqs: Iterable[int], windows: Windows) -> Walk:
    """Each number of the windows above `after` should come once, in order, up to the highest that came.

    What is not above it was on its way while the line was opened, and every client drops it.
    """
    found = Walk()
    owed: set[int] = set()
    top = after
    for seq in seqs:
        if top is None or seq == top + 1:
            top = seq
        elif seq > top:
            owed.update(windows.between(top, seq))
            top = seq
        elif seq in owed:
            owed.discard(seq)
            found.overtaken.append(seq)
        elif after is None or seq > after:
            found.repeated.append(seq)
    found.missing = sorted(owed)
    return found
