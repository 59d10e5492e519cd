"""What is kept of the members that lists show, so that a page of fifty conversations does not read a thousand rows.

It is exact, not fresh enough: whether what is kept still holds is read in the snapshot of each page. Who belongs to a
conversation in which role moves `member_version`; a read position never goes back, and `lastReadAt` moves with it only,
so that the same sum of the positions means the same positions; profiles are read and compared. Another process may
change any of it.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tms_chat.conversations.render import Person, member_json, person
from tms_chat.db.prepared import Row, Rows

MOST_MEMBERS = 20_000
MOST_PEOPLE = 10_000


@dataclass(slots=True)
class Listed:
    """The members to show of one conversation, in their order, each as a row and as JSON of somebody not muted."""

    mark: tuple[Any, ...]
    ids: tuple[str, ...]
    rows: Rows
    written: tuple[tuple[Person, ...], Sequence[str]] = ((), ())

    def with_profiles(self, people: dict[str, Person]) -> Sequence[str]:
        """The JSON of each; written anew where somebody's profile is another one than it was written with."""
        shown, texts = self.written
        now = tuple([people[user_id] for user_id in self.ids])
        if now != shown:
            texts = [member_json(row, person) for row, person in zip(self.rows, now, strict=True)]
            self.written = now, texts
        return texts


class MemberLists:
    """The latest ones, up to a number of members. `most` is how many members of one are shown, None for all.

    A slow database is asked in threads, which use it too.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lists: OrderedDict[tuple[str, int | None], Listed] = OrderedDict()
        self._members = 0
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

    def people(self, rows: Iterable[Row]) -> dict[str, Person]:
        """By id, from rows that begin with `USER_COLUMNS`: the same object as long as the row is the same."""
        with self._lock:
            return {row[0]: self._person(row[0], tuple(row)) for row in rows}

    def _person(self, user_id: str, row: Row) -> Person:
        known = self._people.get(user_id)
        if known is not None and known[0] == row:
            return known[1]
        made = person(row)
        self._people[user_id] = (row, made)
        if len(self._people) > MOST_PEOPLE:
            self._people.popitem(last=False)
        return made
