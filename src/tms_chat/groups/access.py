"""Who may look after a group: its administrators."""

from tms_chat.conversations.access import Access, access_locked, lock_conversation
from tms_chat.core.errors import ChatError
from tms_chat.core.ids import ConversationId, UserId
from tms_chat.db.unit import Unit

ADMIN = "admin"


async def access_group(unit: Unit, user_id: UserId, conversation_id: ConversationId) -> Access:
    """To change it: locked. Raises ChatError `conversation_not_found`, `forbidden` for a direct conversation."""
    access = await access_locked(unit, user_id, await lock_conversation(unit, conversation_id))
    check_is_group(access)
    return access


def check_is_group(access: Access) -> None:
    """Raises ChatError `forbidden` for a direct conversation."""
    if access.conversation.type != "group":
        raise ChatError("forbidden", "A direct conversation belongs to its two people: this is for groups only.")


def check_looks_after(access: Access) -> None:
    """Raises ChatError `forbidden` for everybody but the administrators of a group."""
    check_is_group(access)
    if access.member.role != ADMIN:
        raise ChatError("forbidden", "Only an administrator of the group can do this.")
