"""`Message` as the contract names its fields: one object, rendered once in camelCase and once in snake_case."""

import hashlib
from collections.abc import Sequence
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from pydantic import AfterValidator, Field, JsonValue, model_validator

from tms_chat.conversations.model import Member
from tms_chat.core.addresses import shown_metadata
from tms_chat.core.rules import message_status
from tms_chat.core.text import (
    MAX_JSON_BYTES,
    MAX_JSON_VALUES,
    check_emoji,
    check_json,
    check_message_text,
    count_values,
    is_blank,
)
from tms_chat.messages.model import Message as MessageRow
from tms_chat.people.model import User
from tms_chat.people.schema import PublicProfile, public_profile
from tms_chat.polls.schema import Poll
from tms_chat.schema import Answer, Id, Instant, MessageType, Pagination, Request, SnakeAnswer, Status

MAX_STATUS_MEMBERS = 50


def _metadata(value: dict[str, JsonValue]) -> dict[str, JsonValue]:
    check_json(value)
    if len(orjson.dumps(value)) > MAX_JSON_BYTES:
        raise ValueError(f"is larger than {MAX_JSON_BYTES} bytes")
    if count_values(value) > MAX_JSON_VALUES:
        raise ValueError(f"has more than {MAX_JSON_VALUES} values")
    return value


class MessageRequest(Request):
    """A message to send. The same `client_id` again returns the message that is there."""

    conversation_id: Id
    content: Annotated[str, AfterValidator(check_message_text)] | None = Field(
        None, description="At most 10,000 characters."
    )
    type: Literal["TEXT", "IMAGE", "FILE", "VOICE", "CALL"] = "TEXT"
    metadata_json: Annotated[dict[str, JsonValue], AfterValidator(_metadata)] = Field(
        default_factory=dict, description="Of a client's own choice; at most 16 kB and 2,000 values."
    )
    reply_to_id: Id | None = None
    client_id: UUID | None = None
    encrypted: bool = False

    @model_validator(mode="after")
    def _form(self) -> "MessageRequest":
        if self.encrypted:
            raise ValueError("encrypted messages are not supported by this version and are never stored as text")
        if self.type == "TEXT" and is_blank(self.content):
            raise ValueError("content is blank: a text message needs text")
        return self

    def digest(self) -> str:
        """SHA-256 of what was accepted: the same for a retry, another for a `client_id` used twice."""
        # Without defaults: a field that a later version adds must not turn a retry into another request.
        accepted = self.model_dump(mode="json", exclude={"client_id"}, exclude_defaults=True)
        return hashlib.sha256(orjson.dumps(accepted, option=orjson.OPT_SORT_KEYS)).hexdigest()


class EditRequest(Request):
    """The new text."""

    content: Annotated[str, AfterValidator(check_message_text)]

    @model_validator(mode="after")
    def _form(self) -> "EditRequest":
        if is_blank(self.content):
            raise ValueError("content is blank: delete the message instead")
        return self


class DeleteRequest(Request):
    """For everyone, which erases the text, or for the caller only."""

    delete_for_everyone: bool = False


class Deleted(SnakeAnswer):
    """When it was deleted, and for whom."""

    success: bool = True
    message: str
    deleted_at: Instant
    deleted_for_everyone: bool


class Cleared(SnakeAnswer):
    """How many messages are hidden for the caller now that were shown before."""

    success: bool = True
    message: str
    deleted_count: int


class ReactionRequest(Request):
    """One emoji."""

    emoji: Annotated[str, Field(min_length=1, max_length=32), AfterValidator(check_emoji)]


class MessageStatus(Answer):
    """How far one recipient got with this message; `timestamp` is when that position last moved."""

    message_id: str
    user_id: str
    status: Status
    timestamp: Instant


class Reaction(Answer):
    """One person's reaction."""

    id: str
    message_id: str
    user_id: str
    emoji: str
    created_at: Instant


class Message(Answer):
    """A message. `status` is the worst of the recipients for its sender, one's own for everybody else."""

    id: str
    conversation_id: str
    sender_id: str
    content: str
    type: MessageType
    metadata_json: dict[str, JsonValue] = Field(alias="metadata")
    reply_to_id: str | None
    reply_to: "Message | None"
    is_edited: bool
    sequence_number: int
    encrypted: bool = False
    encryption_version: int | None = None
    sender_key_id: str | None = None
    created_at: Instant
    updated_at: Instant | None
    deleted_at: Instant | None
    client_id: str | None
    sender: PublicProfile
    reactions: list[Reaction] = Field(default_factory=list)
    statuses: list[MessageStatus] = Field(default_factory=list)
    poll: Poll | None = None
    status: Status


class MessagePage(Answer):
    """Newest first."""

    data: list[Message]
    pagination: Pagination


def message_answer(
    row: MessageRow,
    sender: User,
    *,
    quoted: "Message | None" = None,
    recipients: Sequence[Member] = (),
    status: str = "sent",
    reactions: Sequence[Reaction] = (),
    poll: Poll | None = None,
) -> Message:
    """The message of the wire; a message deleted for everyone is an empty stub. `recipients` fill `statuses`."""
    gone = row.deleted_at is not None
    content: dict[str, Any] = (
        {"content": "", "metadata_json": {}}
        if gone
        else {"content": row.content, "metadata_json": shown_metadata(row.metadata)}
    )
    return Message(
        id=row.id,
        conversation_id=row.conversation_id,
        sender_id=row.sender_id,
        type=row.type,
        reply_to_id=row.reply_to_id,
        reply_to=quoted,
        is_edited=row.is_edited,
        sequence_number=row.number,
        created_at=row.created_at,
        updated_at=row.updated_at,
        deleted_at=row.deleted_at,
        client_id=row.client_id,
        sender=public_profile(sender),
        statuses=[_status(row, member) for member in recipients if is_recipient(row, member)],
        status=status,
        reactions=[] if gone else [*reactions],
        poll=None if gone else poll,
        **content,
    )


def is_recipient(row: MessageRow, member: Member) -> bool:
    """Whether this other member was there when the message was written: nobody has read what came before them."""
    return member.joined_at <= row.created_at


def _status(row: MessageRow, member: Member) -> MessageStatus:
    status = message_status(row.number, member.delivered_number, member.read_number)
    moved_at = {"read": member.read_at, "delivered": member.delivered_at}.get(status)
    return MessageStatus(message_id=row.id, user_id=member.user_id, status=status, timestamp=moved_at or row.created_at)
