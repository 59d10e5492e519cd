"""What an action announces. The unit of work numbers and journals it; the publisher sends it after the commit."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tms_chat.core.ids import ConversationId, UserId
from tms_chat.core.notify import Notice

Body = Mapping[str, Any]


class Encoded(Mapping[str, Any]):
    """A body that is JSON already and is parsed when somebody looks into it, which mostly nobody does."""

    __slots__ = ("_parsed", "json")

    def __init__(self, encoded: bytes) -> None:
        self.json = encoded
        self._parsed: dict[str, Any] | None = None

    def __getitem__(self, key: str) -> Any:
        return self._body()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._body())

    def __len__(self) -> int:
        return len(self._body())

    def _body(self) -> dict[str, Any]:
        if self._parsed is None:
            self._parsed = json.loads(self.json)
        return self._parsed


@dataclass(frozen=True, slots=True)
class Event:
    """One event for the members of one conversation, in the casing and shape of the wire (snake_case).

    `bodies_by_user` replaces `body` for viewers who see it differently. `joins` are the people whose sockets enter the
    conversation's room before it is sent, `leaves` those whose sockets leave it afterwards: it is the last they hear.
    `but` are members who do not get it, nor its companions. `companions` follow it at once: events that exist for older
    clients. `notice` says whom it may be worth a notification. `by`, for what has no number: people who blocked this
    person do not hear it. `encoded` is `body` as JSON in UTF-8, for who has it already; `number` is its number in the
    journal, for who knows it without looking into the body.
    """

    name: str
    conversation_id: ConversationId
    body: Body
    bodies_by_user: Mapping[UserId, Body] = field(default_factory=dict)
    joins: tuple[UserId, ...] = ()
    leaves: tuple[UserId, ...] = ()
    but: frozenset[UserId] = frozenset()
    companions: tuple["Event", ...] = ()
    notice: Notice | None = None
    by: UserId | None = None
    encoded: bytes | None = None
    number: int | None = None

    @property
    def seq(self) -> int:
        """Its number in the journal of the conversation, 0 for what has none."""
        if self.number is not None:
            return self.number
        body = self.body or next(iter(self.bodies_by_user.values()), {})
        seq: int = body.get("seq", 0)
        return seq


@dataclass(frozen=True, slots=True)
class SessionsEnded:
    """The sockets to close: those of one token, or all of this person's when `token_hash` is None."""

    user_id: UserId
    token_hash: str | None = None


@dataclass(frozen=True, slots=True)
class Personal:
    """One event for one person's own devices, without a number: what they changed here shows there.

    Those in ATTENTION change what the person wants to hear of; they are announced in the unit that changes it.
    """

    name: str
    user_id: UserId
    body: Body


@dataclass(frozen=True, slots=True)
class FilesGone:
    """Nothing points at these objects of the file store any more."""

    keys: tuple[str, ...]


ATTENTION = frozenset({"preferences_updated", "conversation_muted", "user_blocked"})

Announcement = Event | Personal | SessionsEnded | FilesGone
