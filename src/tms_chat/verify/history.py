"""What one run saw, from every side: what senders were answered, what came over each line, what each screen shows,
and what the server says at the end. Plain data; `checker` judges it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

#: To who enters a conversation: the whole of it, with the number of the `member_added` that follows.
WELCOME: Final = "conversation_created"
ENTER: Final = "member_added"
LEAVE: Final = ("member_removed", "member_left")
MESSAGE: Final = "new_message"
EDIT: Final = "edit"
DELETION: Final = "deletion"


@dataclass(frozen=True, slots=True)
class Event:
    """One numbered change, as somebody was told of it. `people` enter or leave by it."""

    seq: int
    what: str
    message_id: str = ""
    people: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said to one try; status 0: nothing. `at` and `asked_at` are Unix seconds, our clock."""

    status: int
    asked_at: float
    at: float
    message_id: str = ""
    number: int = 0

    @property
    def is_good(self) -> bool:
        """Whether it is an acknowledgement."""
        return 200 <= self.status < 300


@dataclass(slots=True)
class Send:
    """A message that somebody wanted to be there, tried once or many times under one `client_id`."""

    client_id: str
    sender: str
    content: str
    answers: list[Answer] = field(default_factory=list)

    @property
    def acknowledged(self) -> Answer | None:
        """The first good answer."""
        return next((answer for answer in self.answers if answer.is_good), None)


@dataclass(slots=True)
class Change:
    """An edit or a deletion that somebody asked for, in the order in which they did."""

    what: str
    message_id: str
    content: str
    is_acknowledged: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """A message as a screen shows it."""

    number: int
    sender: str
    content: str
    is_edited: bool
    is_deleted: bool
    reactions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Stored:
    """A message as the server has it at the end. `created_at` in Unix seconds, the server's clock."""

    shown: Shown
    client_id: str | None
    created_at: float


@dataclass(slots=True)
class Line:
    """One connection, or one answer to a catching up: what came, in order.

    `after` is the number up to which the client was told that it is up to date when the line began (the head in
    `hello`, the position it asked from); None where the conversation was not in sight then.
    """

    is_socket: bool
    after: int | None
    events: list[Event] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Step:
    """What a client's screen took: one event, or, `is_loaded`, a whole fetch that is true up to this number."""

    seq: int
    is_loaded: bool = False


@dataclass(slots=True)
class Client:
    """One device of one test person."""

    name: str
    user_id: str
    lines: list[Line] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    shown: dict[str, Shown] = field(default_factory=dict)
    fetched: Mapping[str, Shown] | None = None  # None: at the end the server shows this person nothing
    shown_at: dict[str, float] = field(default_factory=dict)  # message id → Unix seconds, our clock
    intrusions: list[str] = field(default_factory=list)  # what it was told or could read while it was no member
    converged_after: float | None = None  # seconds from the end of sending and of the faults; None: it never did


@dataclass(slots=True)
class History:
    """The whole of it. `founders` are the members the conversation began with; `head` is its last number."""

    founders: Sequence[str]
    journal: Sequence[Event]
    head: int
    sends: Sequence[Send]
    changes: Sequence[Change]
    stored: Mapping[str, Stored]
    clients: Sequence[Client]
