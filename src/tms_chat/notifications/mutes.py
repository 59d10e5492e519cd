"""Muting a conversation for oneself: kept with the membership, whichever route says it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update

from tms_chat.conversations.access import access_own
from tms_chat.conversations.model import Member, members
from tms_chat.conversations.schema import is_muted as holds
from tms_chat.core.clock import now
from tms_chat.core.events import Personal
from tms_chat.core.ids import ConversationId, UserId
from tms_chat.db.engine import Database
from tms_chat.notifications.schema import MuteEvent


@dataclass(frozen=True, slots=True)
class Mute:
    """Whether a conversation is muted, until when (None: until it is unmuted), and since when."""

    is_muted: bool = False
    until: datetime | None = None
    since: datetime | None = None


async def set_mute(
    db: Database,
    user_id: UserId,
    conversation_id: ConversationId,
    is_muted: bool | None,
    mute_until: datetime | None,
    *,
    keep_until: bool = False,
) -> Mute:
    """The caller's mute as it is now; told to their other devices when it changed.

    `is_muted` None leaves that as it is, but a time to come mutes. `keep_until` leaves the time as it is. A time that
    is over unmutes. Raises ChatError `conversation_not_found`.
    """
    async with db.unit() as unit:
        member, at = (await access_own(unit, user_id, conversation_id)).member, now()
        before = mute_of(member, at)
        after = _changed(before, is_muted, before.until if keep_until else mute_until, at)
        if after == before:
            return before
        mine = (members.c.conversation_id == conversation_id, members.c.user_id == user_id)
        values = {"is_muted": after.is_muted, "mute_until": after.until, "muted_at": after.since}
        await unit.execute(update(members).where(*mine).values(values))
        told = MuteEvent(conversation_id=conversation_id, is_muted=after.is_muted, mute_until=after.until)
        unit.announce(Personal("conversation_muted", user_id, told.event()))
    return after


def mute_of(member: Member, at: datetime) -> Mute:
    """What holds at this moment: a mute whose time is over is none."""
    return Mute(True, member.mute_until, member.muted_at or member.joined_at) if holds(member, at) else Mute()


def _changed(before: Mute, is_muted: bool | None, until: datetime | None, at: datetime) -> Mute:
    wanted = before.is_muted or until is not None if is_muted is None else is_muted
    if not wanted or (until is not None and until <= at):
        return Mute()
    return Mute(True, until, before.since or at)
