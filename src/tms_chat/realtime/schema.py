"""What the server tells a socket, event by event; the page of the contract and the client's types are made from it."""

from collections.abc import Mapping
from typing import Any

from pydantic import create_model

from tms_chat.blocks.schema import BlockedEvent
from tms_chat.conversations.events import (
    ConversationUpdatedEvent,
    MemberAddedEvent,
    MemberLeftEvent,
    MemberRemovedEvent,
    MemberUpdatedEvent,
)
from tms_chat.conversations.schema import Conversation
from tms_chat.messages.events import (
    ConversationClearedEvent,
    LinkPreviewEvent,
    MessageDeletedEvent,
    MessageEditedEvent,
    MessageHiddenEvent,
    ReactionAddedEvent,
    ReactionRemovedEvent,
    UnseenChangeEvent,
)
from tms_chat.messages.schema import Message
from tms_chat.notifications.schema import MuteEvent, NotificationEvent, Preferences
from tms_chat.polls.events import NewPollEvent, PollClosedEvent, PollVoteEvent
from tms_chat.receipts.schema import MessagesDeliveredEvent, MessagesReadEvent, MessageStatusEvent
from tms_chat.schema import Answer, Instant, SnakeAnswer


class RoomsJoinedEvent(SnakeAnswer):
    """The socket hears these conversations now."""

    conversation_ids: list[str]


class HelloEvent(SnakeAnswer):
    """`heads`: the newest journal number of each conversation of the caller; another `epoch` is another history.

    It comes again every 20 to 30 seconds, then with those conversations alone in which something happened in the last
    minutes, and not when that are none: whoever has less than a head missed the last event.
    """

    epoch: str
    heads: dict[str, int]


class MessageEvent(Message):
    """The message, snake_case, with its journal number."""

    seq: int


class ConversationEvent(Conversation):
    """The conversation as this member sees it, snake_case; `seq` is the journal number it stands for, 0 when new."""

    conversation_id: str
    seq: int


class PresenceEvent(SnakeAnswer):
    """Somebody who shares a conversation came or went."""

    user_id: str
    timestamp: Instant


class TypingEvent(SnakeAnswer):
    """Another member types or stopped; over by itself six seconds after the last sign of it."""

    conversation_id: str
    user_id: str
    is_typing: bool


class ViewingEvent(SnakeAnswer):
    """Answers `join_conversation` and `leave_conversation`."""

    conversation_id: str


class KeepaliveEvent(SnakeAnswer):
    """Answers `keepalive`."""


_SECONDS_LEFT: dict[str, Any] = {"in": (int, ...)}  # a word of Python, so the class is made with a function
AuthExpiringEvent = create_model(
    "AuthExpiringEvent",
    __base__=SnakeAnswer,
    __doc__="The socket's token expires in so many seconds: renew it with `auth`.",
    **_SECONDS_LEFT,
)


class ErrorEvent(SnakeAnswer):
    """A command was refused, or the socket is about to be closed."""

    code: str
    detail: str


EVENTS: Mapping[str, type[Answer]] = {
    "rooms_joined": RoomsJoinedEvent,
    "hello": HelloEvent,
    "new_message": MessageEvent,
    "message_edited": MessageEditedEvent,
    "message_deleted": MessageDeletedEvent,
    "message_hidden": MessageHiddenEvent,
    "link_preview": LinkPreviewEvent,
    "reaction_added": ReactionAddedEvent,
    "reaction_removed": ReactionRemovedEvent,
    "new_poll": NewPollEvent,
    "poll_vote_added": PollVoteEvent,
    "poll_closed": PollClosedEvent,
    "unseen_change": UnseenChangeEvent,
    "messages_read": MessagesReadEvent,
    "messages_delivered": MessagesDeliveredEvent,
    "message_status": MessageStatusEvent,
    "conversation_created": ConversationEvent,
    "conversation_updated": ConversationUpdatedEvent,
    "member_added": MemberAddedEvent,
    "member_removed": MemberRemovedEvent,
    "member_left": MemberLeftEvent,
    "member_updated": MemberUpdatedEvent,
    "conversation_cleared": ConversationClearedEvent,
    "conversation_muted": MuteEvent,
    "notification": NotificationEvent,
    "preferences_updated": Preferences,
    "user_blocked": BlockedEvent,
    "user_online": PresenceEvent,
    "user_offline": PresenceEvent,
    "user_typing": TypingEvent,
    "joined_conversation": ViewingEvent,
    "left_conversation": ViewingEvent,
    "keepalive_ack": KeepaliveEvent,
    "auth_expiring": AuthExpiringEvent,
    "error": ErrorEvent,
}
