"""What is published while sockets arrive: they are not in their rooms yet, and what they read may be older."""

from tms_chat.core.events import Event
from tms_chat.core.ids import ConversationId


class Missed:
    """The newest number of each conversation that was published since the oldest arrival under way began."""

    def __init__(self) -> None:
        self._heads: dict[ConversationId, int] = {}
        self._under_way = 0

    def __enter__(self) -> "Missed":
        self._under_way += 1
        return self

    def __exit__(self, *_: object) -> None:
        self._under_way -= 1
        if not self._under_way:
            self._heads.clear()

    def note(self, event: Event) -> None:
        """An event is published."""
        if self._under_way:
            seq = event.seq
            if seq > self._heads.get(event.conversation_id, 0):
                self._heads[event.conversation_id] = seq

    def newest(self, conversation_id: ConversationId, read: int) -> int:
        """The head of a conversation that was read as this."""
        return max(read, self._heads.get(conversation_id, 0))
