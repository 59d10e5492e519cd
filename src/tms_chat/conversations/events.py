"""What a conversation's members are told about the conversation itself: who belongs to it, its title and picture."""

from typing import Annotated

from tms_chat.people.schema import PublicProfile
from tms_chat.schema import Instant, MemberRole, SnakeAnswer, one_of


class ConversationUpdatedEvent(SnakeAnswer):
    """The title, the picture or what people who are added may read changed; all three as they are now.

    `updated_by` is a user id, empty when the host product did it, as are `added_by` and `removed_by` below. With
    `compat`: a role changed, see `member_updated`.
    """

    conversation_id: str
    seq: int
    updated_by: str
    updated_by_id: str
    updated_by_name: str
    conversation_name: str
    name: str | None
    avatar_url: str | None
    history_visibility: Annotated[str, one_of("joined", "all")]
    timestamp: Instant
    compat: bool = False


class AddedMember(SnakeAnswer):
    """One of the people who were added; they joined at the event's `timestamp`."""

    user_id: str
    full_name: str
    role: MemberRole
    user: PublicProfile


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
