"""What somebody wants to send, and what became of it."""

import asyncio
from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from tms_chat.core.addresses import own_address
from tms_chat.core.ids import ConversationId
from tms_chat.db.prepared import Row
from tms_chat.identity.tokens import Claims
from tms_chat.messages.schema import Message
from tms_chat.people.model import User
from tms_chat.people.render import profile_json

STORED: Callable[[User], Row] = attrgetter(*User.__dataclass_fields__)


class Sent(NamedTuple):
    """The message, for a REST answer and as events show it; whether it is new (or was there from an earlier try), and
    its journal number when it is new."""

    rest: bytes
    body: Mapping[str, Any]
    is_new: bool
    seq: int | None

    @classmethod
    def of(cls, message: Message, *, is_new: bool, seq: int | None = None) -> "Sent":
        """From the message of the wire."""
        return cls(message.rest(), message.event(), is_new, seq)

    def acknowledgement(self) -> dict[str, Any]:
        """The message in an acknowledgement, which says nothing of the journal."""
        return {name: value for name, value in self.body.items() if name != "seq"}


class Alone(Exception):
    """This one is not written with others: it was sent before, or met a failure."""


class Held(Alone):
    """Somebody else holds its conversation, or there is no such conversation."""


class Unproven(Exception):
    """The ordinary way has to say who shows this token: something speaks against it, or is new."""


class Wanted(Protocol):
    """What a send looks at, as `MessageRequest` has it."""

    @property
    def conversation_id(self) -> str: ...
    @property
    def content(self) -> str | None: ...
    @property
    def type(self) -> str: ...
    @property
    def metadata_json(self) -> dict[str, Any]: ...
    @property
    def reply_to_id(self) -> str | None: ...
    @property
    def client_id(self) -> UUID | str | None: ...
    def digest(self) -> str: ...


class Shown(NamedTuple):
    """Somebody by a verified token; `counts` is `Authenticator.counts`."""

    claims: Claims
    counts: Callable[[Claims, Row], bool]


class Sender(NamedTuple):
    """Who sends, and how messages show them, as JSON."""

    user: User
    profile: str

    @classmethod
    def of(cls, user: User) -> "Sender":
        """Of a person as stored."""
        return cls(user, profile_json(STORED(user)))


class Post:
    """A send that waits. `address` is what its sender calls this server, which the addresses in it begin with.

    `sender` is None until it was looked who shows the token.
    """

    __slots__ = ("address", "answer", "client_id", "conversation_id", "request", "sender", "sender_id", "shown")

    def __init__(self, by: User | Shown, request: Wanted) -> None:
        self.shown: Shown | None = None
        self.sender: Sender | None = None
        if isinstance(by, Shown):
            self.shown, self.sender_id = by, by.claims.user_id
        else:
            self.sender, self.sender_id = Sender.of(by), by.id
        self.request = request
        self.conversation_id = ConversationId(request.conversation_id)
        self.client_id = str(request.client_id) if request.client_id else None
        self.address = own_address.get()
        self.answer: asyncio.Future[Sent] = asyncio.get_running_loop().create_future()
