"""What somebody wants to be told of: their preferences, what they muted, whom they blocked."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Select, and_, bindparam, or_, select

from tms_chat.blocks.model import blocks
from tms_chat.conversations.model import members
from tms_chat.core.clock import now
from tms_chat.core.ids import ConversationId, UserId, derived_id
from tms_chat.core.notify import Attention, Wishes
from tms_chat.db.engine import Database
from tms_chat.db.prepared import Prepared, Row, Steps, among
from tms_chat.db.types import Instant, moment
from tms_chat.notifications.model import notification_preferences
from tms_chat.notifications.schema import MutedConversation, MutedConversations, Preferences
from tms_chat.people.model import User

PREFERENCES_COLUMNS = [notification_preferences.c[name] for name in Preferences.model_fields]
WISHES_COLUMNS = [notification_preferences.c[name] for name in Wishes.__dataclass_fields__]
WISHES_FLAGS = [isinstance(column.type, Boolean) for column in WISHES_COLUMNS]
DEFAULT_WISHES = Wishes()
# Most people want nothing special, and an open socket of theirs keeps it in memory: they share one.
NOTHING_SPECIAL = Attention(DEFAULT_WISHES)


async def get_preferences(db: Database, user: User) -> Preferences:
    """The row, or the defaults."""
    mine = select(*PREFERENCES_COLUMNS).where(notification_preferences.c.user_id == user.id)
    async with db.read() as connection:
        row = (await connection.execute(mine)).first()
    return Preferences(**row._mapping) if row is not None else default_preferences(user)


def default_preferences(user: User) -> Preferences:
    """Of somebody who never changed any: id and times are those the row will have."""
    defaults = {name: getattr(DEFAULT_WISHES, name) for name in Wishes.__dataclass_fields__}
    return Preferences(
        id=derived_id("preferences", user.id),
        user_id=user.id,
        created_at=user.created_at,
        updated_at=user.created_at,
        **defaults,
    )


async def muted_conversations(db: Database, user_id: UserId) -> MutedConversations:
    """What this person muted and does not hear at this moment, the newest first."""
    newest_first = _muted(user_id, now()).order_by(members.c.muted_at.desc(), members.c.conversation_id)
    async with db.read() as connection:
        rows = [
            muted_conversation(user_id, row.conversation_id, row.muted_at or row.joined_at)
            for row in await connection.execute(newest_first)
        ]
    return MutedConversations(muted_conversations=rows, total=len(rows))


def muted_conversation(user_id: UserId, conversation_id: str, muted_at: datetime) -> MutedConversation:
    """The mute of the wire. Its id is made from the two it belongs to: it is a part of the membership, not a row."""
    return MutedConversation(
        id=derived_id("mute", user_id, conversation_id),
        user_id=user_id,
        conversation_id=conversation_id,
        muted_at=muted_at,
    )


def attention_steps(user_ids: Sequence[UserId]) -> Steps[dict[UserId, Attention]]:
    """Everything that decides what these people are told of, in one snapshot."""
    wishes = {row[0]: _wishes(row[1:]) for row in (yield WISHES, (user_ids,))}
    mutes: dict[UserId, dict[ConversationId, datetime | None]] = defaultdict(dict)
    for user_id, conversation_id, until in (yield MUTES, (user_ids, now())):
        mutes[user_id][conversation_id] = moment(until)
    blocked: dict[UserId, set[UserId]] = defaultdict(set)
    for blocker_id, blocked_id in (yield BLOCKS, (user_ids,)):
        blocked[blocker_id].add(blocked_id)
    special = wishes.keys() | mutes.keys() | blocked.keys()
    return {
        user_id: Attention(wishes.get(user_id, DEFAULT_WISHES), mutes[user_id], frozenset(blocked[user_id]))
        if user_id in special
        else NOTHING_SPECIAL
        for user_id in user_ids
    }


def _wishes(row: Row) -> Wishes:
    """Of the driver's values, in which flags may be numbers."""
    values: list[Any] = [bool(value) if flag else value for value, flag in zip(row, WISHES_FLAGS, strict=True)]
    return Wishes(*values)


def _muted(user_id: UserId, at: datetime) -> Select[Any]:
    columns = [members.c[name] for name in ("conversation_id", "mute_until", "muted_at", "joined_at")]
    return select(*columns).where(members.c.user_id == user_id, _is_muted(at))


def _is_muted(at: Any) -> ColumnElement[bool]:
    return and_(members.c.is_muted, or_(members.c.mute_until.is_(None), members.c.mute_until > at))


WISHES = Prepared(
    select(notification_preferences.c.user_id, *WISHES_COLUMNS).where(
        among(notification_preferences.c.user_id, "user_ids")
    ),
    "user_ids",
)
MUTES = Prepared(
    select(members.c.user_id, members.c.conversation_id, members.c.mute_until).where(
        among(members.c.user_id, "user_ids"), _is_muted(bindparam("at", type_=Instant()))
    ),
    "user_ids",
    "at",
)
BLOCKS = Prepared(
    select(blocks.c.blocker_id, blocks.c.blocked_id).where(among(blocks.c.blocker_id, "user_ids")), "user_ids"
)
