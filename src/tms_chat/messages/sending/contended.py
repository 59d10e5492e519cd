"""Conversations that another process writes into as well: its transaction has their rows, whenever we look.

A batch of many conversations skips such a row, for it must not wait while it holds others. What was to go there goes as
a batch of that one conversation, over a connection of its own: it holds no other row while it waits, so that nobody is
held up and nobody can wait in a circle; whoever in this process wants the same row waits for the turn anyway. When a
moment was not enough (the other process was stopped in its transaction), each is tried alone.
"""

from time import monotonic

from tms_chat.core.ids import ConversationId
from tms_chat.messages.sending.pen import Pen

#: How many conversations are waited for at once; what would be more goes alone.
AT_ONCE = 3
#: So long after a row was skipped a batch of its own is tried first: where two write, they meet all the time.
REMEMBERED_SECONDS = 1.0
MOST_REMEMBERED = 1_000


class Contended:
    """Which those are, and the pens for them."""

    def __init__(self, pens: list[Pen]) -> None:
        self._pens = pens
        self._free = list(pens)
        self._skipped: dict[ConversationId, float] = {}

    def skipped(self, conversation_id: ConversationId) -> None:
        """Somebody else has its row, or there is none."""
        self._skipped.pop(conversation_id, None)
        if len(self._skipped) >= MOST_REMEMBERED:
            del self._skipped[next(iter(self._skipped))]
        self._skipped[conversation_id] = monotonic()

    def is_one(self, conversation_id: ConversationId) -> bool:
        """Whether it was, a moment ago."""
        at = self._skipped.get(conversation_id)
        if at is None:
            return False
        if monotonic() - at < REMEMBERED_SECONDS:
            return True
        del self._skipped[conversation_id]
        return False

    def take_pen(self) -> Pen | None:
        """One that nobody writes with; it must be given back."""
        return self._free.pop() if self._free else None

    def give_back(self, pen: Pen) -> None:
        """Its batch is over."""
        self._free.append(pen)

    async def close(self) -> None:
        """Close their connections."""
        for pen in self._pens:
            await pen.close()
