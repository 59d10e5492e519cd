"""What a batch of sends asks of the database and what it writes: the port that both databases implement.

Everything goes in bulk: the number of statements depends on what is in a batch (a direct conversation, an @, a reply),
never on how many sends, members or messages there are.
"""

from collections.abc import Awaitable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol

from tms_chat.core.ids import ConversationId, MessageId, UserId
from tms_chat.messages.sending.quoting import Answered, Quote
from tms_chat.people.model import display_name_of, full_name_of

Seat = tuple[ConversationId, UserId]
Try = tuple[ConversationId, UserId, str]


class Question(NamedTuple):
    """`versions` are those of the member lists that are known already, by conversation: all whose row is to be locked.

    `tries` have a `client_id`, which may have been used before. `tokens`: who shows them and the
    hashes of those that are still to be looked at.
    """

    versions: Mapping[ConversationId, int]
    seats: Collection[Seat]
    tries: Collection[Try]
    tokens: Collection[tuple[UserId, str]]


class Place(NamedTuple):
    """A conversation whose row is locked. `people` are its members and when they joined, as the wire shows a time, in
    that order; None when they were known already, or are too many to be listed."""

    id: ConversationId
    type: str
    last_seq: int
    last_number: int
    member_version: int
    member_count: int
    people: Sequence[tuple[UserId, str]] | None


class Standing(NamedTuple):
    """How far a member has read. Where something is unread: the newest message, and the members in whose history it is
    not."""

    read_number: int
    newest: MessageId | None
    late: Sequence[UserId] | None


class Found(NamedTuple):
    """The answer. A place may be missing although there is such a conversation: somebody else holds its row.

    `people`: the row of whoever shows a token, by its hash, as `STANDING` would give it, but as one JSON text, which is
    mostly the same as with the last batch.
    """

    places: Mapping[ConversationId, Place]
    seats: Mapping[Seat, Standing]
    tried: frozenset[Try]
    people: Mapping[str, str]


class Named(NamedTuple):
    """What a member can be mentioned by."""

    user_id: UserId
    name: str | None
    first_name: str | None
    last_name: str | None
    username: str | None
    email: str

    @property
    def names(self) -> Sequence[str]:
        """The display name, the full name and the user name, as `User` has them."""
        shown = display_name_of(self.name, self.first_name, self.last_name, self.username, self.email)
        return shown, full_name_of(self.first_name, self.last_name), self.username or ""


class Besides(NamedTuple):
    """What is only asked for when something in the batch needs it: see the questions of `BatchWriter`."""

    blockers: Mapping[ConversationId, Collection[UserId]]
    names: Mapping[ConversationId, Sequence[Named]]
    quotes: Mapping[Answered, Quote]


class Row(NamedTuple):
    """A new message with its numbers, and `text`, which the search finds it by."""

    id: MessageId
    conversation_id: ConversationId
    number: int
    sender_id: UserId
    type: str
    content: str
    metadata: str
    reply_to_id: MessageId | None
    client_id: str | None
    request_hash: str | None
    seq: int
    member_version: int
    text: str


@dataclass(slots=True)
class Rows:
    """All that is written, in the order of the numbers: messages, the new numbers, how far the senders have read."""

    at: datetime
    messages: list[Row] = field(default_factory=list)
    numbers: dict[ConversationId, tuple[int, int]] = field(default_factory=dict)  # last_seq, last_number
    positions: dict[Seat, int] = field(default_factory=dict)


class Late(Exception):
    """It takes longer than the event loop may wait: roll back and do it again, patiently."""


class BatchWriter(Protocol):
    """One transaction at a time: `begin`, what else is to be known, `write`, `commit`; or `roll_back` at any moment.

    Errors are the driver's own. After one, only `roll_back` may follow.
    """

    async def begin(self, question: Question, *, patient: bool = False) -> Found:
        """Begin, lock the rows of the conversations and look, as a statement after the lock.

        Unless it is `patient` it raises Late, as what follows may, rather than hold up everybody. A writer that waits
        for rows raises Held when somebody else does not give one back.
        """
        ...

    async def blockers(self, ids: Sequence[ConversationId]) -> Mapping[ConversationId, Collection[UserId]]:
        """Of direct conversations: which of the two blocked the other, if any."""
        ...

    async def names(self, ids: Sequence[ConversationId]) -> Mapping[ConversationId, Sequence[Named]]:
        """What the members of these conversations can be mentioned by."""
        ...

    async def quotes(self, answered: Collection[Answered]) -> Mapping[Answered, Quote]:
        """Those of these messages that are there, in the conversation they have to be in."""
        ...

    async def write(self, rows: Rows) -> None:
        """Everything."""
        ...

    def commit(self) -> Awaitable[None]:
        """Begins at once. It is on the disk when this is done; when it fails, it may be."""
        ...

    async def roll_back(self) -> None:
        """Never fails: a connection that cannot is closed, and the next transaction opens another."""
        ...

    async def close(self) -> None:
        """Close the connection."""
        ...
