"""What a client asks that was away, and what it is told."""

from typing import Annotated

from pydantic import Field, JsonValue

from tms_chat.core.ids import ConversationId
from tms_chat.schema import CleanText, Id, Instant, Moment, Request, SnakeAnswer

MAX_POSITIONS = 2000
MAX_NUMBER = 2**53  # what every client can count to
MAX_EVENTS = 500
MAX_BYTES = 1_000_000
TOO_FAR = 1000

Position = Annotated[int, Field(ge=0, le=MAX_NUMBER)]


class SyncRequest(Request):
    """Where the client stands: of each conversation it holds, the number of the last event it applied.

    `since`: the `at` of what it knew last, to be told whose receipts moved meanwhile, which have no number.
    """

    epoch: Annotated[CleanText, Field(max_length=255)]
    positions: dict[Id, Position] = Field(max_length=MAX_POSITIONS)
    since: Moment | None = None

    @property
    def by_id(self) -> dict[ConversationId, int]:
        """The positions."""
        return {ConversationId(id_): position for id_, position in self.positions.items()}


class CaughtUpEvent(SnakeAnswer):
    """An event as the socket sends it: its name, and its body in snake_case, with what is true now in it."""

    name: str
    body: dict[str, JsonValue]


class SyncAnswer(SnakeAnswer):
    """What the caller missed. Each conversation's events are in the order of their numbers, without a gap from its
    position on; those without a number come last.

    `more`: apply these and ask again with the new positions. `more_receipts`: not all that moved since `since` did fit;
    ask again from `at`, or they are told the next time. `too_far`: drop what you hold of these conversations and load
    them afresh. `joined`: the caller's conversations that were not named; `left`: those named that are not the
    caller's (any more). `heads`: the newest number of each of the caller's conversations, for which `unread` (0 where
    it is missing) and `history_after` (the message number the caller's history begins after, likewise) stand. `at`:
    send it as `since` the next time; a mark for the server, from which on nothing is left out.
    """

    epoch: str
    at: Instant
    events: list[CaughtUpEvent]
    more: bool
    more_receipts: bool
    too_far: list[str]
    joined: list[str]
    left: list[str]
    heads: dict[str, int]
    unread: dict[str, int]
    history_after: dict[str, int]


class EventsAnswer(SnakeAnswer):
    """Numbered events of one conversation in their order, from the one after `after` on.

    `begins`: the caller's membership; the first number they may be told is the one after it. `head`: the newest number,
    for which `unread` and `history_after` stand. `more`: there are some up to it that did not fit.
    """

    epoch: str
    events: list[CaughtUpEvent]
    more: bool
    begins: int
    head: int
    unread: int
    history_after: int
