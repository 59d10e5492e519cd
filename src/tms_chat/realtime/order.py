"""In which order the numbered events of a conversation leave to its room, wherever they come from.

They come from units of this process, over the bus from others, and from the journal where one is missing; delayed,
twice, and in any order. A room's people are right as of the last event that left, because joins and removals are among
the events: so nothing leaves before what comes before it, and nothing a second time. Pure, no I/O.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from tms_chat.core.events import Announcement, Event
from tms_chat.core.ids import ConversationId, UserId

if TYPE_CHECKING:
    from tms_chat.realtime.sessions import Session

#: Of one conversation, while something is missing before them; the journal has the rest.
MAX_HELD: Final = 500


class Change(NamedTuple):
    """One number of a conversation and the events it has, or events without a number (`seq` is None).

    Creating a conversation is number 0. `address` is what this server is called in the events.
    """

    conversation_id: ConversationId
    seq: int | None
    events: Sequence[Event]
    address: str = ""

    @property
    def joins(self) -> tuple[UserId, ...]:
        """Whose sockets enter the room with it."""
        return tuple(user_id for event in self.events for user_id in event.joins)

    @property
    def rest(self) -> "Change | None":
        """What of it has no number and is in no journal: read positions."""
        events = [event for event in self.events if not event.seq and not event.joins and not event.leaves]
        return Change(self.conversation_id, None, events, self.address) if events else None


def changes(announced: Sequence[Announcement], address: str) -> list[Change | Announcement]:
    """What a unit announced, events of one number together; what has none goes with the one before it, if it is of
    the same conversation: who sends has read what is before it, and must not be told before it is."""
    found: list[Change | Announcement] = []
    place: ConversationId | None = None
    number: int | None = None
    together: list[Event] = []
    for item in announced:
        if type(item) is not Event:
            place = None
            found.append(item)
            continue
        seq = item.seq or (0 if item.joins else None)
        if item.conversation_id == place and (seq is None or seq == number):
            together.append(item)
        else:
            place, number, together = item.conversation_id, seq, [item]
            found.append(Change(place, number, together, address))
    return found


class Line:
    """Of one room: how far it is. All events after `since` up to `last` have left, in their order.

    `goal` is a number that is known to be committed. `held` waits for what comes before it. `floors` are sockets that
    know more than the room: they get nothing up to their number, which may be from before they belonged to it.
    """

    __slots__ = ("floors", "goal", "held", "last", "since")

    def __init__(self, last: int, since: int) -> None:
        self.last = last
        self.since = since
        self.goal = last
        self.held: dict[int, Change] | None = None
        self.floors: dict[Session, int] | None = None

    def hold(self, change: Change) -> None:
        """It waits; the furthest ones are forgotten when there are too many."""
        assert change.seq is not None
        self.goal = max(self.goal, change.seq)
        if self.held is None:
            self.held = {}
        self.held.setdefault(change.seq, change)
        if len(self.held) > MAX_HELD:
            del self.held[max(self.held)]

    def take_next(self) -> Change | None:
        """What waits and is next."""
        if self.held is None:
            return None
        change = self.held.pop(self.last + 1, None)
        if not self.held:
            self.held = None
        return change

    def passed(self, seq: int) -> None:
        """This has left."""
        if seq <= self.last:
            return
        self.last = seq
        if seq > self.goal:
            self.goal = seq
        if self.held is not None:
            self.held = {number: change for number, change in self.held.items() if number > seq} or None
        if self.floors is not None:
            self.floors = {session: floor for session, floor in self.floors.items() if floor > seq} or None

    def raise_floor(self, session: "Session", floor: int) -> None:
        """This socket gets nothing up to this number."""
        if self.floors is None:
            self.floors = {}
        self.floors[session] = max(floor, self.floors.get(session, 0))

    def forget(self, session: "Session") -> None:
        """It has left the room."""
        if self.floors is not None:
            self.floors.pop(session, None)

    def rewind(self, to: int, room: Mapping["Session", None]) -> None:
        """Begin again after this number, for somebody who was not in the room; those who were hear nothing twice."""
        for session in room:
            self.raise_floor(session, self.last)
        self.last = self.since = to

    def beyond(self, seq: int | None) -> "frozenset[Session]":
        """The sockets that do not get the event of this number."""
        if self.floors is None or seq is None:
            return NOBODY
        return frozenset(session for session, floor in self.floors.items() if floor >= seq)


NOBODY: "frozenset[Session]" = frozenset()
