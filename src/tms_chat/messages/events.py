"""What a conversation's members are told about its messages, beside `new_message`."""

from pydantic import JsonValue

from tms_chat.messages.schema import Reaction
from tms_chat.schema import Answer, Instant, SnakeAnswer


class MessageEditedEvent(SnakeAnswer):
    """A message has another text; with `deleted_at` set it was deleted for everyone and is an empty stub now."""

    conversation_id: str
    seq: int
    message_id: str
    content: str
    metadata_json: dict[str, JsonValue]
    is_edited: bool
    updated_at: Instant | None
    deleted_at: Instant | None


class MessageDeletedEvent(SnakeAnswer):
    """For older clients, beside `message_edited`, with the same number."""

    conversation_id: str
    seq: int
    message_id: str
    compat: bool = True


class ReactionAddedEvent(Answer):
    """Somebody reacted; it replaces what the same person said before."""

    conversation_id: str
    seq: int
    message_id: str
    reaction: Reaction


class ReactionRemovedEvent(SnakeAnswer):
    """Somebody took a reaction back. With `compat`: it was replaced, and `reaction_added` told that already.

    Told later, `emoji` may be empty: whatever it was, it is gone. One person has one reaction.
    """

    conversation_id: str
    seq: int
    message_id: str
    user_id: str
    emoji: str
    compat: bool = False


class UnseenChangeEvent(SnakeAnswer):
    """Only that this number is over: to members in whose history the message is not, and, when catching up, where
    nothing is left of what happened. Of a new message its `sequence_number` and when it was sent are told."""

    conversation_id: str
    seq: int
    sequence_number: int | None = None
    timestamp: Instant | None = None


class LinkPreviewEvent(SnakeAnswer):
    """What the first link of a message leads to is known now; it is `metadata_json.linkPreview`."""

    conversation_id: str
    seq: int
    message_id: str
    metadata_json: dict[str, JsonValue]


class MessageHiddenEvent(SnakeAnswer):
    """To the caller's own other devices: deleted for me. It has no number; after a reload it is left out."""

    conversation_id: str
    message_id: str


class ConversationClearedEvent(SnakeAnswer):
    """To the caller's own other devices: everything up to `sequence_number` is hidden for the caller now."""

    conversation_id: str
    sequence_number: int
