"""Notification preferences and mutes: snake_case, also in REST."""

from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field

from tms_chat.schema import Instant, Request, SnakeAnswer

Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="HH:MM", examples=["22:00"])]


#: Asked once: the answer reads some hundred files.
ZONES = frozenset(available_timezones())


def _zone(name: str) -> str:
    if name not in ZONES:
        raise ValueError("is not an IANA time zone like Europe/Berlin")
    return name


class PreferencesRequest(Request):
    """What changes; what is left out stays. `dnd_start` and `dnd_end` are times of day in `timezone`."""

    sound_enabled: bool | None = None
    sound_volume: int | None = Field(None, ge=0, le=100)
    browser_notifications_enabled: bool | None = None
    enable_message_notifications: bool | None = None
    enable_mention_notifications: bool | None = None
    enable_reaction_notifications: bool | None = None
    enable_member_activity_notifications: bool | None = None
    dnd_enabled: bool | None = None
    dnd_start: Clock | None = None
    dnd_end: Clock | None = None
    timezone: Annotated[str, Field(max_length=64), AfterValidator(_zone)] | None = None


class Preferences(SnakeAnswer):
    """What the caller wants to be told of."""

    id: str
    user_id: str
    sound_enabled: bool
    sound_volume: int
    browser_notifications_enabled: bool
    enable_message_notifications: bool
    enable_mention_notifications: bool
    enable_reaction_notifications: bool
    enable_member_activity_notifications: bool
    dnd_enabled: bool
    dnd_start: str | None
    dnd_end: str | None
    timezone: str
    created_at: Instant
    updated_at: Instant


class MutedConversation(SnakeAnswer):
    """One conversation the caller muted."""

    id: str
    user_id: str
    conversation_id: str
    muted_at: Instant


class MutedConversations(SnakeAnswer):
    """All of them."""

    muted_conversations: list[MutedConversation]
    total: int


class NotificationEvent(SnakeAnswer):
    """The person should be told: `kind` is message, mention, reply, reaction or member_activity; nothing comes for what
    they muted, turned off, or in their do-not-disturb. Whether it is in view already, the client knows."""

    conversation_id: str
    kind: str
    message_id: str | None
    actor_id: str
    sound: bool
    browser: bool


class MuteEvent(SnakeAnswer):
    """To the caller's own devices: a conversation was muted or is heard again."""

    conversation_id: str
    is_muted: bool
    mute_until: Instant | None
