"""Who may know of whom: people in reach, and those one has a conversation with."""

from tms_chat.conversations.queries import sharing_a_conversation
from tms_chat.core.errors import ChatError
from tms_chat.core.ids import UserId
from tms_chat.core.rules import Rights
from tms_chat.db.engine import Database
from tms_chat.people.model import User
from tms_chat.people.queries import get_users


async def access_person(db: Database, rights: Rights, viewer: User, user_id: UserId) -> User:
    """To see who it is. Raises ChatError `user_not_found`: unknown, deactivated and out of reach look the same."""
    found = await get_users(db, [user_id])
    if not found or not found[0].is_active:
        raise ChatError("user_not_found")
    in_reach = rights.may_message(viewer, found[0])
    if not in_reach and not await sharing_a_conversation(db, viewer.id, [user_id]):
        raise ChatError("user_not_found")
    return found[0]
