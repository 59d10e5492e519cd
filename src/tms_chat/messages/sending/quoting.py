"""What the replies of a batch answer: the messages they quote, and the members who may not see those."""

from collections import defaultdict
from typing import NamedTuple

from tms_chat.core.ids import ConversationId, MessageId, UserId
from tms_chat.db.prepared import Row, Rows
from tms_chat.messages.model import MESSAGE_COLUMNS
from tms_chat.messages.render import Casing, message_json
from tms_chat.people.model import USER_COLUMNS
from tms_chat.people.render import PROFILE_COLUMNS, profile_json

#: Which message, and in which conversation it has to be.
Answered = tuple[ConversationId, MessageId]

STORED = tuple(column.name for column in MESSAGE_COLUMNS)
PROFILE = tuple(column.name for column in USER_COLUMNS[:PROFILE_COLUMNS])
CONVERSATION, NUMBER, SENDER = (STORED.index(name) for name in ("conversation_id", "number", "sender_id"))


class Quote(NamedTuple):
    """A message as stored, and its sender as JSON. `late` are the members in whose history it is not: they may not
    quote it, and get what quotes it without the quote."""

    row: Row
    profile: str
    late: frozenset[UserId]

    @property
    def sender_id(self) -> UserId:
        """Whom a reply to it is worth a notification."""
        return UserId(self.row[SENDER])

    def render(self, casing: Casing) -> str:
        """As JSON, one level deep and without receipts."""
        return message_json(self.row, self.profile, casing=casing)


def quotes_of(quoted: Rows, late: Rows) -> dict[Answered, Quote]:
    """From rows of STORED and PROFILE, with times as the wire shows them, and rows of conversation, member and the
    number after which that member's history begins."""
    begins: dict[ConversationId, list[tuple[UserId, int]]] = defaultdict(list)
    for conversation_id, user_id, after in late:
        begins[conversation_id].append((user_id, after))
    quotes: dict[Answered, Quote] = {}
    for row in quoted:
        conversation_id, number = row[CONVERSATION], row[NUMBER]
        unaware = frozenset(user_id for user_id, after in begins[conversation_id] if after >= number)
        stored = row[: len(STORED)]
        quotes[conversation_id, MessageId(row[0])] = Quote(stored, profile_json(row[len(STORED) :]), unaware)
    return quotes
