"""What is kept of conversations and of the members that lists show, so that a page does not read a thousand rows.

It is exact, not fresh enough: whether what is kept still holds is read in the snapshot of each page. Every change of a
conversation or of its messages moves `last_seq`; who belongs to it in which role moves `member_version`; a read
position never goes back, and `lastReadAt` moves with it only, so that the same sum of the positions means the same
positions; profiles are read and compared. Another process may change any of it.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from tms_chat.conversations.render import Frame, Held, Person, Place, frame, member_json, person
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


@dataclass(slots=True)
class Listed:
    """The members to show of one conversation, in their order, as rows and as JSON when none of them is muted."""

    mark: tuple[int, int]  # member_version, positions
    ids: tuple[str, ...]
    rows: Rows
    written: tuple[int, bytes] = (-1, b"")

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

    def conversations(self, places: Iterable[Place]) -> dict[str, Kept]:
        """Those that were read where their journals were the same."""
        found, known = {}, self._conversations
        with self._lock:
            for place in places:
                kept = known.get(place.id)
                if kept is not None and kept.last_seq == place.last_seq:
                    known.move_to_end(place.id)
                    found[place.id] = kept
        return found

    def keep_conversation(self, place: Place, held: Held, newest: Row | None) -> Kept:
        """`newest` is a row of `LAST_MESSAGE_COLUMNS`."""
        made = Kept(place.last_seq, held, newest)
        with self._lock:
            self._conversations.pop(held.id, None)
            if newest is None or len(newest[CONTENT]) <= MOST_TEXT:
                self._conversations[held.id] = made
            if len(self._conversations) > MOST_CONVERSATIONS:
                self._conversations.popitem(last=False)
        return made

    def members(self, places: Iterable[Place], most: int | None) -> dict[str, Listed]:
        """Those that were read where the same held."""
        found, known = {}, self._lists
        with self._lock:
            for place in places:
                key = place.id, most
                listed = known.get(key)
                if listed is not None and listed.mark == (place.member_version, place.positions):
                    known.move_to_end(key)
                    found[place.id] = listed
        return found

    def keep_members(self, place: Place, most: int | None, rows: Rows) -> Listed:
        """Rows of user_id, role, joined_at, read_at in the order they are shown in."""
        made = Listed((place.member_version, place.positions), tuple([row[0] for row in rows]), rows)
        key = place.id, most
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
