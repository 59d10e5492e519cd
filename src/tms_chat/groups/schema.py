"""Requests and answers about a group and its members, and the caller's own settings of a conversation."""

from typing import Literal

from pydantic import Field, model_validator

from tms_chat.conversations.schema import AvatarUrl, ConversationName, HistoryVisibility
from tms_chat.schema import Id, Instant, Moment, Request, SnakeAnswer

MAX_ADDED = 50


class ConversationUpdate(Request):
    """What changes: title, picture (an empty text for none), what people who are added may read.

    What is left out, or null, stays.
    """

    name: ConversationName | None = None
    avatar_url: AvatarUrl | Literal[""] | None = None
    history_visibility: HistoryVisibility | None = None


class MembersRequest(Request):
    """Whom to add."""

    user_ids: list[Id] = Field(min_length=1, max_length=MAX_ADDED)

    @model_validator(mode="after")
    def _form(self) -> "MembersRequest":
        if len(set(self.user_ids)) != len(self.user_ids):
            raise ValueError("user_ids names somebody twice")
        return self


class RoleRequest(Request):
    """What a member may do from now on."""

    role: Literal["admin", "member"]


class MembersChanged(SnakeAnswer):
    """How many people it concerned."""

    success: bool = True
    message: str
    affected_count: int


class SettingsRequest(Request):
    """The caller's own settings of a conversation; what is left out stays. `mute_until` null: until unmuted."""

    is_muted: bool | None = None
    mute_until: Moment | None = None


class SettingsChanged(SnakeAnswer):
    """The caller's mute as it is now."""

    success: bool = True
    message: str
    is_muted: bool
    mute_until: Instant | None


class ConversationSettings(SnakeAnswer):
    """The caller's mute, and what people who are added may read."""

    is_muted: bool
    mute_until: Instant | None
    history_visibility: HistoryVisibility
