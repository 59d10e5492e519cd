"""What is published while somebody arrives: they are in no room yet, and what was read for them may be older."""

from tms_chat.core.events import ATTENTION, Announcement, Event, Personal, SessionsEnded
from tms_chat.core.ids import ConversationId, UserId


class Missed:
    """Since the reading that is under way began: the newest number of each conversation, and the people whose rooms,
    wishes or sessions changed."""

    def __init__(self) -> None:
        self.concerned: set[UserId] = set()
        self._heads: dict[ConversationId, int] = {}
        self._under_way = False

    def __enter__(self) -> "Missed":
        self._under_way = True
        return self

    def __exit__(self, *_: object) -> None:
        self._under_way = False
        self._heads.clear()
        self.concerned.clear()

    def note(self, item: Announcement) -> None:
        """Something is published."""
        if not self._under_way:
            return
        if isinstance(item, Event):
            self.concerned.update(item.joins, item.leaves)
            seq = item.seq
            if seq > self._heads.get(item.conversation_id, 0):
                self._heads[item.conversation_id] = seq
        elif isinstance(item, SessionsEnded) or (isinstance(item, Personal) and item.name in ATTENTION):
            self.concerned.add(item.user_id)

    def newest(self, conversation_id: ConversationId, read: int) -> int:
        """The head of a conversation that was read as this."""
        return max(read, self._heads.get(conversation_id, 0))
