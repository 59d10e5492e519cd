"""Which other processes there are, and what of theirs was lost on the way: each numbers what it says. Pure, no I/O."""

from typing import Final

#: So long a message may be on its way behind a later one.
GRACE_SECONDS: Final = 0.5
#: A node of which nothing was heard is not there: it said so, or its beacon is overdue this long.
GONE_SECONDS: Final = 7.0
MAX_MISSING: Final = 1_000
MAX_NODES: Final = 1_000


class _Node:
    __slots__ = ("heard_at", "highest", "missing")

    def __init__(self, count: int, at: float) -> None:
        self.heard_at = at
        self.highest = count
        self.missing: dict[int, float] = {}


class Nodes:
    """As one of them sees the others. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._known: dict[str, _Node] = {}
        self._has_lost = False

    def __len__(self) -> int:
        return len(self._known)

    def __contains__(self, name: str) -> bool:
        return name in self._known

    def heard(self, name: str, count: int, at: float) -> bool:
        """Whether this message was not heard before."""
        node = self._known.get(name)
        if node is None:
            if len(self._known) < MAX_NODES:
                self._known[name] = _Node(count, at)
            return True
        node.heard_at = at
        if count <= node.highest:
            return node.missing.pop(count, None) is not None
        if count - node.highest - 1 + len(node.missing) > MAX_MISSING:
            node.missing.clear()
            self._has_lost = True
        else:
            for missing in range(node.highest + 1, count):
                node.missing[missing] = at
        node.highest = count
        return True

    def left(self, name: str) -> None:
        """It said goodbye."""
        self._known.pop(name, None)

    def forgive(self, at: float) -> None:
        """It was we who heard nothing."""
        for node in self._known.values():
            node.heard_at = at

    def take_lost(self, at: float) -> bool:
        """Whether something was lost since this was asked last; a message that is only late does not count yet."""
        lost, self._has_lost = self._has_lost, False
        for node in self._known.values():
            overdue = [count for count, since in node.missing.items() if at - since > GRACE_SECONDS]
            for count in overdue:
                del node.missing[count]
            lost = lost or bool(overdue)
        return lost

    def take_gone(self, at: float) -> list[str]:
        """Those of whom nothing is heard any more, and may never be again."""
        gone = [name for name, node in self._known.items() if at - node.heard_at > GONE_SECONDS]
        for name in gone:
            del self._known[name]
        return gone
