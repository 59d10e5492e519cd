"""`User` and the public profile, as the contract names their fields."""

from typing import Any

from tms_chat.people.model import User as UserRow
from tms_chat.schema import Answer, Instant, SnakeAnswer, UserRole


class User(Answer):
    """A person in the directory, and the caller."""

    id: str
    tms_user_id: str
    email: str
    username: str | None
    first_name: str | None
    last_name: str | None
    middle_name: str | None
    name: str | None
    display_name: str
    image: str | None
    role: UserRole
    position_title: str | None
    division: str | None
    department: str | None
    section: str | None
    custom_team: str | None
    is_active: bool
    is_leader: bool
    last_synced_at: Instant | None
    created_at: Instant
    settings: dict[str, Any] | None


class PublicProfile(SnakeAnswer):
    """What a message, a member or a creator shows of a person: an empty string instead of null, no phone number."""

    id: str
    tms_user_id: str
    email: str
    first_name: str
    last_name: str
    middle_name: str
    username: str
    name: str
    image: str
    role: UserRole
    position_title: str
    division: str
    department: str


def user_answer(user: UserRow, *, with_settings: bool = False) -> User:
    """The `User` of the wire; settings are shown to their owner only."""
    return User(
        id=user.id,
        tms_user_id=user.id,
        email=user.email,
        username=user.username,
        first_name=user.first_name,
        last_name=user.last_name,
        middle_name=user.middle_name,
        name=user.name,
        display_name=user.display_name,
        image=user.image,
        role=user.role,
        position_title=user.position_title,
        division=user.division,
        department=user.department,
        section=user.section,
        custom_team=user.custom_team,
        is_active=user.is_active,
        is_leader=user.is_leader,
        last_synced_at=user.last_synced_at,
        created_at=user.created_at,
        settings=user.settings if with_settings else None,
    )


def public_profile(user: UserRow) -> PublicProfile:
    """The public part of a person."""
    return PublicProfile(
        id=user.id,
        tms_user_id=user.id,
        email=user.email,
        first_name=user.first_name or "",
        last_name=user.last_name or "",
        middle_name=user.middle_name or "",
        username=user.username or "",
        name=user.display_name,
        image=user.image or "",
        role=user.role,
        position_title=user.position_title or "",
        division=user.division or "",
        department=user.department or "",
    )
