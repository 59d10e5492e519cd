"""Who may do what: pure decisions, in one place."""

from tms_chat.core.errors import ChatError

ADMIN = "ADMIN"
USER_ROLES = ("ADMIN", "LEADER", "MEMBER")
MAX_GROUP_MEMBERS = 101  # the creator and the 100 others that one request may name

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


def known_role(role: str | None) -> str:
    """A host's role as one of ours; an unknown or missing one has the least rights."""
    wanted = (role or "").upper()
    return wanted if wanted in USER_ROLES else "MEMBER"
