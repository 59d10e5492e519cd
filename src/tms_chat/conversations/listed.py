"""What is kept of conversations and of the members that lists show, so that a page does not read a thousand rows.

It is exact, not fresh enough: whether what is kept still holds is read in the snapshot of each page. Every change of a
conversation or of its messages moves `last_seq`; who belongs to it in which role moves `member_version`; a read
position never goes back, and `lastReadAt` moves with it only, so that the same sum of the positions means the same
positions; profiles are read and compared. Another process may change any of it.

Sums and profiles are asked once for all pages between two commits, whoever's: while the database says that this
snapshot is the one in which they were asked (`db.prepared.SNAPSHOT`), a conversation is what it was then (`Settled`). A
thousand people who come back at once look at the same conversations.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from tms_chat.conversations.render import (
    Frame,
    Held,
    Person,
    Place,
    counts_json,
    display_name_json,
    frame,
    member_json,
    mute_json,
    person,
)
from tms_chat.core.ids import UserId
from tms_chat.db.prepared import Row, Rows

MOST_MEMBERS = 20_000
MOST_PEOPLE = 10_000
MOST_CONVERSATIONS = 4_000
CONTENT = 1  # of a last message
MOST_TEXT = 2_000  # a conversation with a longer last message is read each time


class People(NamedTuple):
    """Those of a page. `generation` moves when anybody is found to have another profile than before."""

    by_id: dict[str, Person]
    generation: int


class Mark(NamedTuple):
    """What tells whether what is kept of a conversation still holds, as a row; `positions` is the sum of all read
    positions."""

    id: str
    last_seq: int
    member_version: int
    positions: int


@dataclass(slots=True)
class Listed:
    """The members to show of one conversation, in their order, as rows and as JSON when none of them is muted."""

    mark: tuple[int, int]  # member_version, positions
    ids: tuple[str, ...]
    rows: Rows
    written: tuple[int, bytes] = (-1, b"")
    settled: "Settled | None" = None

    def members_json(self, people: People, viewer_id: str, mute: str | None) -> bytes:
        """With this viewer's own mute, if there is one; no answer shows anybody else's."""
        generation, text = self.written
        if mute is None and generation == people.generation:
            return text
        text = ",".join(
            [member_json(row, people.by_id[row[0]], mute if row[0] == viewer_id else None) for row in self.rows]
        ).encode()
        if mute is None:
            self.written = people.generation, text
        return text


@dataclass(slots=True)
class Kept:
    """A conversation and its newest message, if any, when its journal was at this number."""

    last_seq: int
    held: Held
    newest: Row | None
    framed: tuple[int, str, Frame] | None = None

    def frame(self, people: People, address: str) -> Frame:
        """With its newest message as the last one; `address` is our own."""
        if self.framed is not None and self.framed[:2] == (people.generation, address):
            return self.framed[2]
        made = frame(self.held, self.newest, people.by_id)
        self.framed = people.generation, address, made
        return made


class Settled(NamedTuple):
    """A conversation as it was in one snapshot, for whoever asks in the same one."""

    snapshot: Any
    address: str  # our own: addresses of pictures are shown with it
    kept: Kept
    framed: Frame
    listed: Listed
    people: People
    #: Up to the viewer's own count of what is unread, and after it, for whoever sees the newest message unmuted
    #: The first is None where everybody has another name for it.
    whole: bytes | None
    usual_end: bytes

    def pieces(self, place: Place, viewer_id: UserId, at: datetime) -> tuple[bytes, ...]:
        """`conversation_answer` for whoever sees its newest message."""
        return self.framed_by(self.framed, place, viewer_id, mute_json(place, at))

    def with_last(self, newest: Row | None, place: Place, viewer_id: UserId, at: datetime) -> tuple[bytes, ...]:
        """The same for somebody for whom this message, or none, is the last one."""
        framed = frame(self.kept.held, newest, self.people.by_id)
        return self.framed_by(framed, place, viewer_id, mute_json(place, at))

    def framed_by(self, framed: Frame, place: Place, viewer_id: UserId, mute: str | None) -> tuple[bytes, ...]:
        """In pieces of their own."""
        name = framed.name or display_name_json(self.kept.held, viewer_id, self.listed.ids, self.people.by_id)
        members = self.listed.members_json(self.people, viewer_id, mute)
        counts = counts_json(place, is_muted=mute is not None)
        return framed.before_name, name, framed.before_members, members, framed.before_count, counts, framed.end


class MemberLists:
    """The latest ones, up to a number of members. `most` is how many members of one are shown, None for all.

    A slow database is asked in threads, which use it too.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lists: OrderedDict[tuple[str, int | None], Listed] = OrderedDict()
        self._members = 0
        self._generation = 0
        self._people: OrderedDict[str, tuple[Row, Person]] = OrderedDict()
        self._conversations: OrderedDict[str, Kept] = OrderedDict()

    def conversations(self, marks: Mapping[str, Mark]) -> dict[str, Kept]:
        """Those that were read where their journals were the same."""
        found, known = {}, self._conversations
        with self._lock:
            for id_, mark in marks.items():
                kept = known.get(id_)
                if kept is not None and kept.last_seq == mark.last_seq:
                    known.move_to_end(id_)
                    found[id_] = kept
        return found

    def keep_conversation(self, mark: Mark, held: Held, newest: Row | None) -> Kept:
        """`newest` is a row of `LAST_MESSAGE_COLUMNS`."""
        made = Kept(mark.last_seq, held, newest)
        with self._lock:
            self._conversations.pop(held.id, None)
            if newest is None or len(newest[CONTENT]) <= MOST_TEXT:
                self._conversations[held.id] = made
            if len(self._conversations) > MOST_CONVERSATIONS:
                self._conversations.popitem(last=False)
        return made

    def settled(self, ids: Iterable[str], most: int | None, snapshot: Any, address: str) -> dict[str, Settled]:
        """Those that somebody saw in this snapshot already."""
        found, known = {}, self._lists
        with self._lock:
            for id_ in ids:
                key = id_, most
                listed = known.get(key)
                if listed is None or (settled := listed.settled) is None:
                    continue
                if settled.snapshot == snapshot and settled.address == address:
                    known.move_to_end(key)
                    found[id_] = settled
        return found

    def settle(self, snapshot: Any, address: str, kept: Kept, listed: Listed, people: People) -> Settled:
        """What was found in this snapshot."""
        framed, before = kept.frame(people, address), listed.settled
        if before is not None and before.framed is framed and listed.written[0] == people.generation:
            whole = before.whole
        elif framed.name is None:
            whole = None
        else:
            members = listed.members_json(people, "", None)
            whole = b"".join((framed.before_name, framed.name, framed.before_members, members, framed.before_count))
        usual_end = b',"isMuted":false' + framed.end
        made = listed.settled = Settled(snapshot, address, kept, framed, listed, people, whole, usual_end)
        return made

    def members(self, marks: Mapping[str, Mark], most: int | None) -> dict[str, Listed]:
        """Those of these conversations that were read with the same marks."""
        found, known = {}, self._lists
        with self._lock:
            for id_, mark in marks.items():
                key = id_, most
                listed = known.get(key)
                if listed is not None and listed.mark == mark[2:]:
                    known.move_to_end(key)
                    found[id_] = listed
        return found

    def keep_members(self, mark: Mark, most: int | None, rows: Rows) -> Listed:
        """Rows of user_id, role, joined_at, read_at in the order they are shown in."""
        made = Listed(mark[2:], tuple([row[0] for row in rows]), rows)
        key = mark.id, most
        with self._lock:
            before = self._lists.pop(key, None)
            self._members += len(rows) - (len(before.rows) if before is not None else 0)
            self._lists[key] = made
            while self._members > MOST_MEMBERS and len(self._lists) > 1:
                _, oldest = self._lists.popitem(last=False)
                self._members -= len(oldest.rows)
        return made

    def people(self, rows: Iterable[Row]) -> People:
        """From rows that begin with `USER_COLUMNS`."""
        with self._lock:
            by_id = {row[0]: self._person(row[0], tuple(row)) for row in rows}
            return People(by_id, self._generation)

    def _person(self, user_id: str, row: Row) -> Person:
        known = self._people.get(user_id)
        if known is not None and known[0] == row:
            return known[1]
        # Also for somebody who is new or was forgotten: a list may have been written when they were known.
        self._generation += 1
        made = person(row)
        self._people[user_id] = (row, made)
        if len(self._people) > MOST_PEOPLE:
            self._people.popitem(last=False)
        return made
