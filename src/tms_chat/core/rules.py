"""Who may do what: pure decisions, in one place."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tms_chat.core.errors import ChatError
from tms_chat.core.text import fold

ADMIN = "ADMIN"
USER_ROLES = ("ADMIN", "LEADER", "MEMBER")
EVERYBODY = "everybody"
MAX_GROUP_MEMBERS = 1000

SENDABLE_TYPES = ("TEXT", "IMAGE", "FILE", "VOICE", "CALL")


def check_may_invite(role: str) -> None:
    """Only an administrator of this server makes, lists and revokes invitations."""
    if role != ADMIN:
        raise ChatError("forbidden", "Only an administrator can manage invitations.")


def message_status(number: int, delivered_number: int, read_number: int) -> str:
    """`sent`, `delivered` or `read`: what a member's positions say about the message with this number."""
    if number <= read_number:
        return "read"
    return "delivered" if number <= delivered_number else "sent"


@dataclass(frozen=True, slots=True)
class Rights:
    """What the settings say about roles and groups. The defaults: our own role names, everybody may do what members do.

    `organisation` is the name of the profile field two people must share to find and write to each other, or None. It
    decides about what begins: the direct conversations that two people have already go on when one of them moves to
    another organisation.
    """

    roles: Mapping[str, str] = field(default_factory=dict)
    group_creators: frozenset[str] = frozenset(USER_ROLES)
    organisation: str | None = None
    group_members: int = MAX_GROUP_MEMBERS

    def role(self, host_role: str | None) -> str:
        """A host's role as one of ours; an unknown or missing one has the least rights."""
        wanted = (host_role or "").upper()
        return self.roles.get(wanted) or (wanted if wanted in USER_ROLES else "MEMBER")

    def check_may_create_group(self, role: str) -> None:
        """Raises ChatError `forbidden` for a role that GROUP_CREATORS leaves out."""
        if role not in self.group_creators:
            raise ChatError("forbidden", "You may not create groups here: ask an administrator.")

    def check_room(self, members: int) -> None:
        """Raises ChatError `group_full` when a group may not have so many members."""
        if members > self.group_members:
            raise ChatError(
                "group_full", f"A group can have {self.group_members} members, and this would be {members}."
            )

    def may_message(self, one: Any, other: Any) -> bool:
        """Whether two people may find and write to each other; administrators may write to everybody.

        People without an organisation are in none: they share it with nobody.
        """
        if self.organisation is None or one.id == other.id or ADMIN in (one.role, other.role):
            return True
        mine, theirs = (fold(getattr(person, self.organisation)) for person in (one, other))
        return bool(mine) and mine == theirs

    def check_may_message(self, one: Any, others: Any) -> None:
        """Raises ChatError `forbidden` when one of `others` is out of reach."""
        if not all(self.may_message(one, other) for other in others):
            raise ChatError("forbidden", "You can write to people of your own organisation only.")
