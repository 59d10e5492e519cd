"""Who is notified of what: one pure decision, from what somebody wants and from what happened.

- One's own doing, and that of somebody one blocked, notifies nobody of it.
- Do-not-disturb silences everything.
- A muted conversation is silent, but for a mention by name and a reply to one's own message: somebody asks for this
  very person. `@all` asks for nobody in particular and does not break a mute.
- Whoever turned mentions off is told of a mention or reply as of any other message.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Literal
from zoneinfo import ZoneInfo

from tms_chat.core.ids import ConversationId, MessageId, UserId

Kind = Literal["message", "mention", "mention_all", "reply", "reaction", "member_activity"]
TO_ME = ("mention", "reply")


@dataclass(frozen=True, slots=True)
class Wishes:
    """The notification preferences of one person; these are the defaults. `dnd_*` are HH:MM in `timezone`."""

    sound_enabled: bool = True
    sound_volume: int = 50  # 0 to 100
    browser_notifications_enabled: bool = True
    enable_message_notifications: bool = True
    enable_mention_notifications: bool = True
    enable_reaction_notifications: bool = True
    enable_member_activity_notifications: bool = True
    dnd_enabled: bool = False
    dnd_start: str | None = None
    dnd_end: str | None = None
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Attention:
    """What one person wants to hear of: preferences, mutes (and until when, None for good), and of whom not."""

    wishes: Wishes = field(default_factory=Wishes)
    muted: Mapping[ConversationId, datetime | None] = field(default_factory=dict)
    blocked: frozenset[UserId] = frozenset()

    def is_muted(self, conversation_id: ConversationId, at: datetime) -> bool:
        """Whether this conversation is muted at this moment."""
        if conversation_id not in self.muted:
            return False
        until = self.muted[conversation_id]
        return until is None or until > at


@dataclass(frozen=True, slots=True)
class Notice:
    """What an action says about whom its event may be worth a notification. `only` narrows it to one person."""

    kind: Literal["message", "reaction", "member_activity"]
    actor_id: UserId
    message_id: MessageId | None = None
    mentioned: Collection[UserId] = ()
    mentions_all: bool = False
    replied_to: UserId | None = None
    only: UserId | None = None

    def kind_for(self, user_id: UserId) -> Kind:
        """What it is to this person."""
        if self.kind != "message":
            return self.kind
        if user_id in self.mentioned:
            return "mention"
        if user_id == self.replied_to:
            return "reply"
        return "mention_all" if self.mentions_all else "message"


@dataclass(frozen=True, slots=True)
class Decision:
    """To notify, as this kind of the wire, with or without a sound and a notification of the browser."""

    kind: str
    sound: bool
    browser: bool


def decide(
    kind: Kind, wishes: Wishes, at: datetime, *, is_muted: bool = False, is_own: bool = False, is_blocked: bool = False
) -> Decision | None:
    """None: this person is not notified. `is_own` and `is_blocked` are about whoever did it."""
    if is_own or is_blocked or is_disturbing(wishes, at):
        return None
    told_as = _told_as(kind, wishes, is_muted)
    if told_as is None:
        return None
    return _decision(told_as, wishes.sound_enabled, wishes.browser_notifications_enabled)


@cache
def _decision(kind: str, sound: bool, browser: bool) -> Decision:
    """There are a few dozen of them."""
    return Decision(kind, sound, browser)


def is_disturbing(wishes: Wishes, at: datetime) -> bool:
    """Whether do-not-disturb holds: from start to end (exclusive) by the clock of the person's zone, over midnight too.

    Without both times, or with the same time twice, around the clock.
    """
    if not wishes.dnd_enabled:
        return False
    start, end = wishes.dnd_start, wishes.dnd_end
    if start is None or end is None or start == end:
        return True
    clock = at.astimezone(ZoneInfo(wishes.timezone)).strftime("%H:%M")
    return start <= clock < end if start < end else clock >= start or clock < end


def _told_as(kind: Kind, wishes: Wishes, is_muted: bool) -> str | None:
    if kind in TO_ME and wishes.enable_mention_notifications:
        return kind
    if is_muted:
        return None
    if kind == "mention_all" and wishes.enable_mention_notifications:
        return "mention"
    if kind == "reaction":
        return kind if wishes.enable_reaction_notifications else None
    if kind == "member_activity":
        return kind if wishes.enable_member_activity_notifications else None
    return "message" if wishes.enable_message_notifications else None
