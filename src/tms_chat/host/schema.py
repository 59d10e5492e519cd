"""Requests and answers of `/host`, all snake_case."""

from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from tms_chat.conversations.schema import AvatarUrl, ConversationName
from tms_chat.core.text import check_text, is_blank
from tms_chat.directory.profile import ProfileUpdate
from tms_chat.schema import Id, Request, SnakeAnswer

MAX_UPDATES = 100
MAX_MEMBERS = 1000


def _key(value: str) -> str:
    if is_blank(check_text(value)):
        raise ValueError("is blank")
    return value


Key = Annotated[str, Field(min_length=1, max_length=255), AfterValidator(_key)]


class UserUpdates(Request):
    """News of people; fields that are left out stay as they are."""

    users: list[ProfileUpdate] = Field(min_length=1, max_length=MAX_UPDATES)


class UpdatesApplied(SnakeAnswer):
    """`ignored` were not newer than what is known."""

    success: bool = True
    message: str
    applied: int
    ignored: int


class ObjectConversationRequest(Request):
    """The conversation of one of the host's objects, as it should be now."""

    title: ConversationName
    member_ids: list[Id] = Field(max_length=MAX_MEMBERS, description="Everybody who belongs to it from now on.")
    admin_ids: list[Id] = Field(default_factory=list, description="Those of member_ids who administer it.")
    avatar_url: AvatarUrl | None = None
    actor_id: Id | None = Field(None, description="Who did it, for the messages that tell of it; nobody when left out.")

    @model_validator(mode="after")
    def _form(self) -> "ObjectConversationRequest":
        if len(set(self.member_ids)) != len(self.member_ids):
            raise ValueError("member_ids names somebody twice")
        if not set(self.admin_ids) <= set(self.member_ids):
            raise ValueError("admin_ids names somebody who is not in member_ids")
        return self


class ObjectConversation(SnakeAnswer):
    """The conversation as it is now. Deactivated people are left out of `member_ids`."""

    id: str
    key: str
    title: str
    avatar_url: str | None
    member_ids: list[str]
    admin_ids: list[str]
    created: bool
    changed: bool


class Unread(SnakeAnswer):
    """For a badge in the host's header; zero for somebody who was never here."""

    user_id: str
    total_unread_count: int
    conversations: dict[str, int]
