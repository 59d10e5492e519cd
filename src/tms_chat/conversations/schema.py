"""`Conversation` as the contract names its fields, and the requests about it."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from tms_chat.conversations.model import Conversation as ConversationRow
from tms_chat.conversations.model import Member as MemberRow
from tms_chat.core.addresses import absolute
from tms_chat.core.ids import UserId
from tms_chat.core.text import check_text, is_blank
from tms_chat.people.model import User
from tms_chat.people.schema import PublicProfile, public_profile
from tms_chat.schema import (
    Answer,
    ConversationType,
    Id,
    Instant,
    MemberRole,
    MessageType,
    Pagination,
    Request,
    SnakeAnswer,
)

MAX_LISTED_MEMBERS = 50


def _name(value: str) -> str:
    value = check_text(value).strip()
    if is_blank(value):
        raise ValueError("is blank")
    return value


ConversationName = Annotated[str, Field(max_length=255), AfterValidator(_name)]


# http(s), or a path of this server. Browsers read `//other.example` and `/\other.example` as addresses of other
# servers, also with a tab or a line break in between, which they take out first.
AVATAR_URL = re.compile(r"(https?://[^\s/\\?#]|/(?![/\\]))[^\x00-\x1f\x7f]*")


def _avatar(value: str) -> str:
    value = check_text(value).strip()
    if AVATAR_URL.fullmatch(value) is None:
        raise ValueError("is not an http(s) address")
    return value


AvatarUrl = Annotated[str, Field(max_length=2048), AfterValidator(_avatar)]


HistoryVisibility = Literal["joined", "all"]


class ConversationRequest(Request):
    """A new conversation. `dm`: one other person; `group`: a name and up to a hundred others."""

    type: Literal["dm", "group"]
    member_ids: list[Id] = Field(min_length=1, max_length=100)
    name: ConversationName | None = None
    avatar_url: AvatarUrl | None = None
    history_visibility: HistoryVisibility = "joined"

    @model_validator(mode="after")
    def _form(self) -> "ConversationRequest":
        if len(set(self.member_ids)) != len(self.member_ids):
            raise ValueError("member_ids names somebody twice")
        if self.type == "group" and self.name is None:
            raise ValueError("a group needs a name")
        if self.type == "dm" and len(self.member_ids) != 1:
            raise ValueError("a direct conversation has exactly one other member")
        return self


class Member(Answer):
    """One member; `user` is snake_case everywhere. The mute is shown to its owner only."""

    user_id: str
    role: MemberRole
    joined_at: Instant
    last_read_at: Instant | None
    is_muted: bool
    mute_until: Instant | None
    user: PublicProfile


class LastMessage(SnakeAnswer):
    """The newest message in a list row; `content` is always a string, the sender's id comes under both names."""

    id: str
    content: str
    type: MessageType
    sender_id: str
    senderId: str  # noqa: N815
    timestamp: Instant
    encrypted: bool = False


class Conversation(Answer):
    """A conversation as one member sees it. Lists carry at most 50 members, the detail all of them."""

    id: str
    type: ConversationType
    name: str | None
    display_name: str = Field(alias="display_name")
    avatar_url: str | None
    created_by: str | None
    created_at: Instant
    updated_at: Instant
    members: list[Member]
    member_count: int
    unread_count: int
    is_muted: bool
    last_message: LastMessage | None
    creator: PublicProfile | None


class ConversationPage(Answer):
    """Last activity first, never-used ones last."""

    data: list[Conversation]
    pagination: Pagination


def conversation_answer(
    row: ConversationRow,
    viewer: MemberRow,
    listed: Sequence[tuple[MemberRow, User]],
    last_message: LastMessage | None,
    creator: User | None,
    now: datetime,
) -> Conversation:
    """The conversation as `viewer` sees it; `listed` are the members to show, in the order they joined."""
    return Conversation(
        id=row.id,
        type=row.type,
        name=row.name,
        display_name=display_name(row, viewer.user_id, {member.user_id: user for member, user in listed}),
        avatar_url=absolute(row.avatar_url) if row.avatar_url else None,
        created_by=row.created_by,
        created_at=row.created_at,
        updated_at=row.updated_at,
        members=[_member(member, user, viewer, now) for member, user in listed],
        member_count=row.member_count,
        unread_count=row.last_number - viewer.read_number,
        is_muted=is_muted(viewer, now),
        last_message=last_message,
        creator=public_profile(creator) if creator is not None else None,
    )


def display_name(row: ConversationRow, viewer_id: UserId, people: Mapping[UserId, User]) -> str:
    """The name of a group; for a direct conversation the other person's."""
    if row.type == "group" and row.name:
        return row.name
    others = [user.display_name for user_id, user in people.items() if user_id != viewer_id]
    return ", ".join(others) or row.name or "Conversation"


def is_muted(member: MemberRow, now: datetime) -> bool:
    """Muted for good, or until a time that has not come yet."""
    return member.is_muted and (member.mute_until is None or member.mute_until > now)


def _member(member: MemberRow, user: User, viewer: MemberRow, now: datetime) -> Member:
    # Whether somebody else muted the conversation is nobody's business, and no event would tell.
    muted = member.user_id == viewer.user_id and is_muted(member, now)
    return Member(
        user_id=member.user_id,
        role=member.role,
        joined_at=member.joined_at,
        last_read_at=member.read_at,
        is_muted=muted,
        mute_until=member.mute_until if muted else None,
        user=public_profile(user),
    )
