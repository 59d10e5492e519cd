"""What somebody missed: plans of prepared statements, as constant in their number as the page is bounded."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from sqlalchemy import bindparam, select

from tms_chat.catchup.entries import IN_A_ROW, NUMBERED, Entry, entry
from tms_chat.catchup.material import Seat, Viewer, gather
from tms_chat.catchup.render import Told, told
from tms_chat.catchup.schema import MAX_BYTES, MAX_EVENTS, TOO_FAR
from tms_chat.catchup.unnumbered import unnumbered_steps
from tms_chat.conversations.model import conversations, members
from tms_chat.core.clock import iso, now
from tms_chat.core.errors import ChatError
from tms_chat.core.ids import ConversationId, UserId
from tms_chat.db.prepared import Prepared, Row, Rows, Steps, Together
from tms_chat.identity.standing import STANDING
from tms_chat.messages.schema import MAX_STATUS_MEMBERS


class Place(NamedTuple):
    """A conversation of the caller, and where they are in it, as a row."""

    id: ConversationId
    last_seq: int
    last_number: int
    member_count: int
    joined_seq: int
    history_after: int
    delivered_number: int
    read_number: int

    @property
    def seat(self) -> Seat:
        """As far as it decides what is shown."""
        return Seat(self.history_after, self.delivered_number, self.read_number)

    @property
    def begins(self) -> int:
        """From where on a client may stand to be told what it missed."""
        return max(self.joined_seq, self.last_seq - TOO_FAR)

    @property
    def unread(self) -> int:
        """What is above the caller's own position."""
        return self.last_number - self.read_number


_places = (
    select(
        *(conversations.c[name] for name in Place._fields[:4]),
        *(members.c[name] for name in Place._fields[4:]),
    )
    .join_from(members, conversations)
    .where(members.c.user_id == bindparam("user_id"))
)
PLACES = Prepared(_places, "user_id")
PLACE = Prepared(_places.where(conversations.c.id == bindparam("conversation_id")), "user_id", "conversation_id")
SHOWN = Together(PLACES, STANDING)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a client holds."""

    epoch: str
    positions: Mapping[ConversationId, int]
    since: datetime | None = None


@dataclass(slots=True)
class Split:
    """The conversations a client named, by what there is to tell of them."""

    behind: list[tuple[Place, int]] = field(default_factory=list)  # and the client's position
    level: list[Place] = field(default_factory=list)
    too_far: list[ConversationId] = field(default_factory=list)
    left: list[ConversationId] = field(default_factory=list)


def sync_steps(user_id: UserId, epoch: str, asked: Asked) -> Steps[bytes]:
    """A `SyncAnswer`."""
    return (yield from _answer(user_id, epoch, asked, (yield PLACES, (user_id,))))


def shown_steps(
    user_id: UserId, token_hash: str, counts: Callable[[Row | None], bool], epoch: str, asked: Asked
) -> Steps[bytes | None]:
    """The same for somebody by a token; None when it does not simply count."""
    rows, standing = yield SHOWN, ((user_id,), (user_id, token_hash))
    if not standing or not counts(standing[0]):
        return None
    return (yield from _answer(user_id, epoch, asked, rows))


def _answer(user_id: UserId, epoch: str, asked: Asked, rows: Rows) -> Steps[bytes]:
    at, places = now(), {row[0]: Place._make(row) for row in rows}
    split = split_up(places, asked.positions, is_same_history=asked.epoch == epoch)
    numbers, is_all = next_numbers(split.behind)
    entries = [entry(row) for row in (yield NUMBERED, (numbers,))] if numbers else []
    events, did_fit = yield from _told(entries, user_id, places)
    more = not (is_all and did_fit)
    told_until = asked.since
    if not more:
        held = [place for place, _ in split.behind] + split.level
        listing = [place.id for place in held if place.member_count <= MAX_STATUS_MEMBERS]
        at_the_end = yield from unnumbered_steps(user_id, [place.id for place in held], listing, asked.since)
        events += at_the_end.events
        told_until = at_the_end.until
    return orjson.dumps(
        {
            "epoch": epoch,
            "at": iso(told_until or at),
            "events": [_event(one) for one in events],
            "more": more,
            "more_receipts": not more and told_until is not None,
            "too_far": split.too_far,
            "joined": [id_ for id_ in places if id_ not in asked.positions],
            "left": split.left,
            "heads": {place.id: place.last_seq for place in places.values()},
            "unread": {place.id: place.unread for place in places.values() if place.unread},
            "history_after": {place.id: place.history_after for place in places.values() if place.history_after},
        }
    )


class EventsPage(NamedTuple):
    """An `EventsAnswer`, and the number up to which it tells everything."""

    body: bytes
    seq: int


def events_steps(
    user_id: UserId, epoch: str, conversation_id: ConversationId, after: int, limit: int
) -> Steps[EventsPage]:
    """Raises ChatError `conversation_not_found`."""
    rows = yield PLACE, (user_id, conversation_id)
    if not rows:
        raise ChatError("conversation_not_found")
    place = Place._make(rows[0])
    found = yield IN_A_ROW, (conversation_id, max(after, place.joined_seq), limit)
    entries = [entry(row) for row in found]
    events, _ = yield from _told(entries, user_id, {place.id: place})
    seq = entries[len(events) - 1].seq if events else place.last_seq
    body = orjson.dumps(
        {
            "epoch": epoch,
            "events": [_event(one) for one in events],
            "more": seq < place.last_seq,
            "begins": place.joined_seq,
            "head": place.last_seq,
            "unread": place.unread,
            "history_after": place.history_after,
        }
    )
    return EventsPage(body, seq)


def split_up(
    places: Mapping[ConversationId, Place], positions: Mapping[ConversationId, int], *, is_same_history: bool
) -> Split:
    """`too_far` is also what was applied in another history (an older backup came back: then the position may be one
    that does not exist) or in an earlier membership."""
    split = Split()
    for id_, position in positions.items():
        place = places.get(id_)
        if place is None:
            split.left.append(id_)
        elif not (is_same_history and place.begins <= position <= place.last_seq):
            split.too_far.append(id_)
        elif position < place.last_seq:
            split.behind.append((place, position))
        else:
            split.level.append(place)
    return split


def next_numbers(behind: Sequence[tuple[Place, int]]) -> tuple[list[tuple[ConversationId, int]], bool]:
    """Those of the next page, and whether these are all. Where little is missing comes first."""
    numbers: list[tuple[ConversationId, int]] = []
    for place, position in sorted(behind, key=lambda one: (one[0].last_seq - one[1], one[0].id)):
        room = MAX_EVENTS - len(numbers)
        if not room:
            return numbers, False
        numbers += ((place.id, seq) for seq in range(position + 1, min(place.last_seq, position + room) + 1))
    total = sum(place.last_seq - position for place, position in behind)
    return numbers, len(numbers) == total


def _told(
    entries: Sequence[Entry], user_id: UserId, places: Mapping[ConversationId, Place]
) -> Steps[tuple[list[Told], bool]]:
    """As many of these as fit, at least one; whether all do."""
    if not entries:
        return [], True
    seats = {entry.conversation_id: places[entry.conversation_id].seat for entry in entries}
    found = yield from gather(entries, Viewer(user_id, seats))
    events: list[Told] = []
    room = MAX_BYTES
    for one in entries:
        event = told(one, found)
        room -= len(event.body)
        if room < 0 and events:
            return events, False
        events.append(event)
    return events, True


def _event(one: Told) -> dict[str, Any]:
    return {"name": one.name, "body": orjson.Fragment(one.body)}
