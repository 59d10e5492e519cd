"""The journal: one row for each visible change of a conversation, numbered 1, 2, 3 … without a gap.

The number, the row and the change are written in one transaction while the conversation's row is locked to the
commit, so that the order of the numbers is the order of the commits. A database sequence would leave gaps and become
visible out of order. Rows point at the message; its text lives in one place, so that deleting it deletes it.
"""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, PrimaryKeyConstraint, Table, Text, insert

from tms_chat.core.ids import ConversationId, MessageId, UserId
from tms_chat.db.types import Instant, Json, metadata
from tms_chat.db.unit import Unit

#: What can happen. `catchup.render` says each of them again, to whoever missed it.
Kind = Literal[
    "new_message",
    "message_edited",  # deleted for everyone, too
    "reaction_added",
    "reaction_removed",
    "poll_vote_added",
    "poll_closed",
    "link_preview",
    "conversation_updated",
    "member_added",
    "member_removed",
    "member_left",
    "member_updated",
]

journal = Table(
    "journal",
    metadata,
    Column("conversation_id", Text, ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("message_id", Text),
    Column("actor_id", Text, nullable=False),
    Column("member_version", Integer, nullable=False),
    Column("data", Json, nullable=False),
    Column("created_at", Instant, nullable=False),
    PrimaryKeyConstraint("conversation_id", "seq"),
)


async def record(
    unit: Unit,
    *,
    conversation_id: ConversationId,
    seq: int,
    kind: Kind,
    actor_id: UserId,
    member_version: int,
    at: datetime,
    message_id: MessageId | None = None,
    data: dict[str, Any] | None = None,
) -> None:
    """Write the journal row of a change whose `seq` was taken from the locked conversation in this unit."""
    await unit.execute(
        insert(journal).values(
            conversation_id=conversation_id,
            seq=seq,
            kind=kind,
            message_id=message_id,
            actor_id=actor_id,
            member_version=member_version,
            data=data or {},
            created_at=at,
        )
    )
