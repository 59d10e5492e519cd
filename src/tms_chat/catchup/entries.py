"""Rows of the journal, and the numbers that there are."""

from typing import Any, NamedTuple, cast

import orjson
from sqlalchemy import bindparam, select

from tms_chat.core.ids import ConversationId, MessageId, UserId
from tms_chat.db.journal import Kind, journal
from tms_chat.db.prepared import Prepared, Row, among_pairs


class Entry(NamedTuple):
    """One numbered change. `created_at` is as the driver gives it; `data` says who was added, removed or promoted, and
    which reaction was taken back or replaced."""

    conversation_id: ConversationId
    seq: int
    kind: Kind
    message_id: MessageId | None
    actor_id: UserId
    member_version: int
    data: dict[str, Any]
    created_at: Any

    @property
    def people(self) -> list[UserId]:
        """Whom it is about, beside who did it."""
        one = [self.data["user_id"]] if "user_id" in self.data else []
        return [*map(UserId, one), *map(UserId, self.data.get("user_ids", ()))]

    @property
    def emoji(self) -> str:
        """The reaction that was taken back; empty where it is not kept."""
        return str(self.data.get("emoji", ""))

    @property
    def replaced(self) -> str:
        """The one before a new one; likewise."""
        return str(self.data.get("replaced", ""))


_rows = select(*(journal.c[name] for name in Entry._fields))
IN_A_ROW = Prepared(
    _rows.where(journal.c.conversation_id == bindparam("conversation_id"), journal.c.seq > bindparam("after"))
    .order_by(journal.c.seq)
    .limit(bindparam("count")),
    "conversation_id",
    "after",
    "count",
)
# Of several conversations: their numbers have no gap, so what is missing can be named one by one.
NUMBERED = Prepared(
    _rows.where(among_pairs(journal.c.conversation_id, journal.c.seq, "numbers")).order_by(
        journal.c.conversation_id, journal.c.seq
    ),
    "numbers",
)


def entry(row: Row) -> Entry:
    """A row of these statements."""
    conversation_id, seq, kind, message_id, actor_id, member_version, data, created_at = row
    return Entry(
        conversation_id, seq, cast(Kind, kind), message_id, actor_id, member_version, orjson.loads(data), created_at
    )
