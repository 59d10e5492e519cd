"""What somebody wants to send, and what became of it."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from tms_chat.core.addresses import own_address
from tms_chat.core.ids import ConversationId
from tms_chat.db.prepared import Row
from tms_chat.identity.tokens import Claims
from tms_chat.messages.schema import Message
from tms_chat.people.model import User


@dataclass(frozen=True, slots=True)
class Sent:
    """The message, for a REST answer and for an event; whether it is new (or was there from an earlier try), and its
    journal number when it is new."""

    rest: bytes
    event: Mapping[str, Any]
    is_new: bool
    seq: int | None

    @classmethod
    def of(cls, message: Message, *, is_new: bool, seq: int | None = None) -> "Sent":
        """From the message of the wire."""
        return cls(message.rest(), message.event(), is_new, seq)


class Alone(Exception):
    """This one is not written with others: it was sent before, or somebody else holds its conversation."""


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


@dataclass(frozen=True, slots=True)
class Shown:
    """Somebody by a verified token; `counts` is `Authenticator.counts`."""

    claims: Claims
    counts: Callable[[Claims, Row], bool]


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends, and how messages show them."""

    user: User
    profile: dict[str, str]


class Post:
    """A send that waits. `address` is what its sender calls this server, which the addresses in it begin with.

    `sender` is None until it was looked who shows the token.
    """

    __slots__ = ("address", "answer", "client_id", "conversation_id", "request", "sender", "sender_id", "shown")

    def __init__(self, by: User | Shown, request: Wanted) -> None:
        self.shown = None if isinstance(by, User) else by
        self.sender = Sender(by, profile(by)) if isinstance(by, User) else None
        self.sender_id = by.id if isinstance(by, User) else by.claims.user_id
        self.request = request
        self.conversation_id = ConversationId(request.conversation_id)
        self.client_id = str(request.client_id) if request.client_id else None
        self.address = own_address.get()
        self.answer: asyncio.Future[Sent] = asyncio.get_running_loop().create_future()


def profile(user: User) -> dict[str, str]:
    """What `public_profile` says, for JSON."""
    return {
        "id": user.id,
        "tms_user_id": user.id,
        "email": user.email,
        "first_name": user.first_name or "",
        "last_name": user.last_name or "",
        "middle_name": user.middle_name or "",
        "username": user.username or "",
        "name": user.display_name,
        "image": user.image or "",
        "role": user.role,
        "position_title": user.position_title or "",
        "division": user.division or "",
        "department": user.department or "",
    }
