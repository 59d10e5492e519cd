"""What somebody wants to be told of: their preferences, what they muted, whom they blocked."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, or_, select

from tms_chat.blocks.model import blocks
from tms_chat.conversations.model import members
from tms_chat.core.clock import now
from tms_chat.core.ids import ConversationId, UserId
from tms_chat.core.notify import Attention, Wishes
from tms_chat.db.engine import Database
from tms_chat.notifications.model import notification_preferences

WISHES_COLUMNS = [notification_preferences.c[name] for name in Wishes.__dataclass_fields__]


async def attention_of(db: Database, user_id: UserId) -> Attention:
    """Everything that decides what this person is told of, in one snapshot."""
    preferences = select(*WISHES_COLUMNS).where(notification_preferences.c.user_id == user_id)
    blocked = select(blocks.c.blocked_id).where(blocks.c.blocker_id == user_id)
    async with db.read() as connection:
        row = (await connection.execute(preferences)).first()
        muted = await connection.execute(_muted(user_id, now()))
        return Attention(
            Wishes(*row) if row is not None else Wishes(),
            {ConversationId(conversation_id): until for conversation_id, until, _ in muted},
            frozenset((await connection.scalars(blocked)).all()),
        )


def _muted(user_id: UserId, at: datetime) -> Select[Any]:
    return select(members.c.conversation_id, members.c.mute_until, members.c.muted_at).where(
        members.c.user_id == user_id,
        members.c.is_muted,
        or_(members.c.mute_until.is_(None), members.c.mute_until > at),
    )
