"""What a conversation's members are told about the conversation itself: who belongs to it, its title and picture."""

from tms_chat.schema import Instant, MemberRole, SnakeAnswer


class ConversationUpdatedEvent(SnakeAnswer):
    """The title or the picture changed; `updated_by` is a name, empty when the host product did it."""

    conversation_id: str
    seq: int
    updated_by: str
    updated_by_id: str
    updated_by_name: str
    conversation_name: str
    name: str | None
    avatar_url: str | None
    timestamp: Instant


class AddedMember(SnakeAnswer):
    """One of the people who were added."""

    user_id: str
    full_name: str
    role: MemberRole


class MemberAddedEvent(SnakeAnswer):
    """People were added; they themselves get `conversation_created` first, with the same number."""

    conversation_id: str
    seq: int
    added_members: list[AddedMember]
    added_by: str
    member_count: int
    timestamp: Instant


class MemberRemovedEvent(SnakeAnswer):
    """Somebody was removed; to them it is the last event of the conversation."""

    conversation_id: str
    seq: int
    removed_user_id: str
    removed_by: str
    member_count: int
    timestamp: Instant


class MemberLeftEvent(SnakeAnswer):
    """Somebody left; to them it is the last event of the conversation."""

    conversation_id: str
    seq: int
    user_id: str
    user_name: str
    member_count: int
    timestamp: Instant


class MemberUpdatedEvent(SnakeAnswer):
    """Somebody's role in the group changed; `conversation_updated` follows with the same number for older clients."""

    conversation_id: str
    seq: int
    user_id: str
    role: MemberRole
    updated_by_id: str
    updated_by_name: str
    timestamp: Instant
