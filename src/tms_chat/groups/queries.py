"""One's own settings of a conversation."""

from tms_chat.conversations.access import access_conversation
from tms_chat.core.clock import now
from tms_chat.core.ids import ConversationId, UserId
from tms_chat.db.engine import Database
from tms_chat.groups.schema import ConversationSettings
from tms_chat.notifications.mutes import mute_of


async def conversation_settings(db: Database, user_id: UserId, conversation_id: ConversationId) -> ConversationSettings:
    """The caller's mute, and what people who are added may read. Raises ChatError `conversation_not_found`."""
    async with db.read() as connection:
        access = await access_conversation(connection, user_id, conversation_id)
    mute = mute_of(access.member, now())
    return ConversationSettings(
        is_muted=mute.is_muted,
        mute_until=mute.until,
        history_visibility="all" if access.conversation.history_visibility == "all" else "joined",
    )
