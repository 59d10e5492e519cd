"""Whom a new message may be worth a notification: `core.notify` decides for each of them."""

from tms_chat.core.ids import MessageId, UserId
from tms_chat.core.notify import Notice
from tms_chat.messages.schema import Message

MEMBERSHIP = frozenset({"member_added", "member_removed", "member_left"})


def notice_of(message: Message) -> Notice | None:
    """None for what the system says about anything but who belongs to the conversation."""
    message_id, metadata = MessageId(message.id), message.metadata_json
    if message.type == "SYSTEM":
        system = metadata.get("system")
        if not isinstance(system, dict) or system.get("eventType") not in MEMBERSHIP:
            return None
        # Not the sender: where the host did it, that is somebody whom it concerns.
        return Notice("member_activity", UserId(str(system["actorId"])), message_id)
    mentions = metadata.get("mentions")
    return Notice(
        "message",
        UserId(message.sender_id),
        message_id,
        mentioned=tuple(UserId(str(user_id)) for user_id in mentions) if isinstance(mentions, list) else (),
        mentions_all=metadata.get("mentionsAll") is True,
        replied_to=UserId(message.reply_to.sender_id) if message.reply_to is not None else None,
    )
