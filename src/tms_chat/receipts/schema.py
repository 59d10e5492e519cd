"""Receipts as the contract names them: requests and answers about positions, and the events of a moved one."""

from pydantic import Field

from tms_chat.schema import Id, Instant, Request, SnakeAnswer, Status

MAX_MARKED = 100


class MarkRequest(Request):
    """Which messages arrived or were read; without ids, everything there is.

    A receipt is a position: it covers everything up to the newest message that is named.
    """

    conversation_id: Id
    message_ids: list[Id] | None = Field(None, max_length=MAX_MARKED)


class ReadRequest(Request):
    """The number of the newest message that was read."""

    sequence_number: int = Field(ge=0, lt=2**63)


class PositionCommand(ReadRequest):
    """The same over the socket, which says the conversation as well."""

    conversation_id: Id


class Marked(SnakeAnswer):
    """`updated_count`: how many messages of others were newly covered."""

    success: bool = True
    updated_count: int
    message: str


class MarkedRead(SnakeAnswer):
    """The caller's read position now covers everything."""

    success: bool = True
    message: str
    last_read_at: Instant


class UnreadCount(SnakeAnswer):
    """The messages above the caller's read position in one conversation."""

    conversation_id: str
    unread_count: int


class UnreadCounts(SnakeAnswer):
    """The same for all conversations in which something is unread."""

    total_unread_count: int
    conversations: dict[str, int]


class MessagesReadEvent(SnakeAnswer):
    """A member's read position moved to `sequence_number`, over `count` messages of others."""

    conversation_id: str
    user_id: str
    sequence_number: int
    count: int


class MessagesDeliveredEvent(MessagesReadEvent):
    """A device of this member has everything up to `sequence_number`."""


class MessageStatusEvent(SnakeAnswer):
    """For older clients, beside the two above: each message that was named, else the newest that was covered."""

    conversation_id: str
    message_id: str
    user_id: str
    status: Status
    compat: bool = True
