"""What is kept of the members that lists show, so that a page of fifty conversations does not read a thousand rows.

It is exact, not fresh enough: whether what is kept still holds is read in the snapshot of each page. Who belongs to a
conversation in which role moves `member_version`; a read position never goes back, and `lastReadAt` moves with it only,
so that the same sum of the positions means the same positions; profiles are read and compared. Another process may
change any of it.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from tms_chat.conversations.render import Person, member_json, person
from tms_chat.db.prepared import Row, Rows

MOST_MEMBERS = 20_000
MOST_PEOPLE = 10_000


class People(NamedTuple):
    """Those of a page. `generation` moves when anybody is found to have another profile than before."""

    by_id: dict[str, Person]
    generation: int


@dataclass(slots=True)
class Listed:
    """The members to show of one conversation, in their order, as rows and as JSON when none of them is muted."""

    mark: tuple[Any, ...]
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

    def get(self, conversation_id: str, most: int | None, mark: tuple[Any, ...]) -> Listed | None:
        """What is kept, if it was read where the same held."""
        key = conversation_id, most
        with self._lock:
            found = self._lists.get(key)
            if found is None or found.mark != mark:
                return None
            self._lists.move_to_end(key)
            return found

    def keep(self, conversation_id: str, most: int | None, mark: tuple[Any, ...], rows: Rows) -> Listed:
        """Rows of user_id, role, joined_at, read_at in the order they are shown in."""
        made, key = Listed(mark, tuple([row[0] for row in rows]), rows), (conversation_id, most)
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
