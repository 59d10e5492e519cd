"""Whom a new message may be worth a notification: `core.notify` decides for each of them."""

from tms_chat.core.ids import MessageId, UserId
from tms_chat.core.notify import Notice
from tms_chat.messages.mentioning import MENTIONS, MENTIONS_ALL
from tms_chat.messages.schema import Message


def notice_of(message: Message) -> Notice | None:
    """None for what the system says: what it tells of was worth a notification itself, or is worth none."""
    if message.type == "SYSTEM":
        return None
    metadata = message.metadata_json
    mentioned = metadata.get(MENTIONS)
    return Notice(
        "message",
        UserId(message.sender_id),
        MessageId(message.id),
        mentioned=frozenset(UserId(str(user_id)) for user_id in mentioned)
        if isinstance(mentioned, list)
        else frozenset(),
        mentions_all=metadata.get(MENTIONS_ALL) is True,
        replied_to=UserId(message.reply_to.sender_id) if message.reply_to is not None else None,
    )
