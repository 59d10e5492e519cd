"""A user row. The id is the host's (`id == tmsUserId`), or ours for local accounts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import BigInteger, Boolean, Column, Table, Text

from tms_chat.core.ids import UserId
from tms_chat.db.types import Instant, Json, metadata, moment

users = Table(
    "users",
    metadata,
    Column("id", Text, primary_key=True),
    Column("email", Text, nullable=False),
    Column("username", Text),
    Column("first_name", Text),
    Column("last_name", Text),
    Column("middle_name", Text),
    Column("name", Text),
    Column("image", Text),
    Column("role", Text, nullable=False),
    Column("position_title", Text),
    Column("division", Text),
    Column("department", Text),
    Column("section", Text),
    Column("custom_team", Text),
    Column("is_active", Boolean, nullable=False),
    Column("is_leader", Boolean, nullable=False),
    Column("last_synced_at", Instant),
    Column("created_at", Instant, nullable=False),
    Column("settings", Json),
    # Case-folded name, e-mail, position and department: what the people search looks at.
    Column("search_key", Text, nullable=False, index=True),
    # Tokens issued before this moment are refused: set by deactivation and by a change of password.
    Column("tokens_valid_after", Instant),
    # `operator` or `host`: only who closed an account may open it again.
    Column("deactivated_by", Text),
    # The newest version of this person the host has told of.
    Column("host_version", BigInteger),
)


@dataclass(frozen=True, slots=True)
class User:
    """One person, as stored."""

    id: UserId
    email: str
    username: str | None
    first_name: str | None
    last_name: str | None
    middle_name: str | None
    name: str | None
    image: str | None
    role: str
    position_title: str | None
    division: str | None
    department: str | None
    section: str | None
    custom_team: str | None
    is_active: bool
    is_leader: bool
    last_synced_at: datetime | None
    created_at: datetime
    settings: dict[str, Any] | None

    @property
    def display_name(self) -> str:
        """What people call this person: the name, else first and last name, else the user name, else the address."""
        return display_name_of(self.name, self.first_name, self.last_name, self.username, self.email)

    @property
    def full_name(self) -> str:
        """First and last name, as far as they are known."""
        return full_name_of(self.first_name, self.last_name)


def display_name_of(
    name: str | None, first_name: str | None, last_name: str | None, username: str | None, email: str
) -> str:
    """`User.display_name` from its parts."""
    return name or full_name_of(first_name, last_name) or username or email


def full_name_of(first_name: str | None, last_name: str | None) -> str:
    """`User.full_name` from its parts."""
    return " ".join(part for part in (first_name, last_name) if part)


FLAGS_AT = [*User.__dataclass_fields__].index("is_active")
USER_COLUMNS = [users.c[name] for name in User.__dataclass_fields__]
CONVERSIONS: tuple[tuple[int, Callable[[Any], Any]], ...] = (
    (FLAGS_AT, bool),
    (FLAGS_AT + 1, bool),
    (FLAGS_AT + 2, moment),
    (FLAGS_AT + 3, moment),
    (FLAGS_AT + 4, lambda value: None if value is None else orjson.loads(value)),
)


def to_user(row: Sequence[Any], offset: int = 0) -> User:
    """The user in a row that selected `USER_COLUMNS` starting at `offset`."""
    return User(*row[offset : offset + len(USER_COLUMNS)])


def stored_user(row: Sequence[Any], offset: int = 0) -> User:
    """The same for a row of a prepared statement, whose values are the driver's own."""
    values = list(row[offset : offset + len(USER_COLUMNS)])
    for place, convert in CONVERSIONS:
        values[place] = convert(values[place])
    return User(*values)
