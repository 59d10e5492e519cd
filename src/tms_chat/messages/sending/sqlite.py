"""A batch on SQLite: a connection of its own, on the event loop until the COMMIT, which waits for the disk in a thread.

Handing a question to a thread and its answer back takes longer than the answer, and each statement in a thread is
another fight for the interpreter with a busy loop. What is not answered in a moment (another process writes, a cold
disk) is interrupted and done again in the thread.
"""

import sqlite3
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from operator import itemgetter
from typing import Any, TypeVar

import orjson

from tms_chat.core.clock import iso
from tms_chat.core.ids import ConversationId, UserId
from tms_chat.db.worker import Worker
from tms_chat.messages.sending.batch import Found, Late, Named, Place, Question, Rows, Standing
from tms_chat.messages.sending.quoting import PROFILE, STORED, Answered, Quote, quotes_of
from tms_chat.people.model import USER_COLUMNS

Notice = Callable[[str], None]
Result = TypeVar("Result")

MOST_SECONDS_ON_LOOP = 0.01
INSTRUCTIONS_BETWEEN_LOOKS = 50_000
HURRIED = (sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_BUSY)

PERSON = ", ".join(f"u.{column.name}" for column in USER_COLUMNS)
LOOK = f"""
SELECT
 (SELECT json_group_array(json_array(c.id, c.type, c.last_seq, c.last_number, c.member_version, c.member_count,
    CASE WHEN c.member_count <= ?5 AND c.member_version <> json_extract(q.value, '$[1]') THEN
      json((SELECT json_group_array(json_array(user_id, joined_at)) FROM members WHERE conversation_id = c.id)) END))
  FROM json_each(?1) q JOIN conversations c ON c.id = json_extract(q.value, '$[0]')),
 (SELECT json_group_array(json_array(m.conversation_id, m.user_id, m.read_number,
    CASE WHEN m.read_number < c.last_number THEN
      (SELECT id FROM messages WHERE conversation_id = c.id AND number = c.last_number) END,
    CASE WHEN m.read_number < c.last_number THEN
      json((SELECT json_group_array(user_id) FROM members
        WHERE conversation_id = c.id AND history_after >= c.last_number)) END))
  FROM json_each(?2) q JOIN members m ON m.conversation_id = json_extract(q.value, '$[0]')
    AND m.user_id = json_extract(q.value, '$[1]') JOIN conversations c ON c.id = m.conversation_id),
 (SELECT json_group_array(json_array(m.conversation_id, m.sender_id, m.client_id))
  FROM json_each(?3) q JOIN messages m ON m.conversation_id = json_extract(q.value, '$[0]')
    AND m.sender_id = json_extract(q.value, '$[1]') AND m.client_id = json_extract(q.value, '$[2]')),
 (SELECT json_group_array(json_array(json_extract(q.value, '$[1]'), '' || json_array({PERSON}, u.tokens_valid_after,
    EXISTS (SELECT 1 FROM revoked_tokens WHERE token_hash = json_extract(q.value, '$[1]')))))
  FROM json_each(?4) q JOIN users u ON u.id = json_extract(q.value, '$[0]'))
"""
BLOCKERS = """
SELECT m.conversation_id, b.blocker_id FROM blocks b JOIN members m ON m.user_id = b.blocker_id
  JOIN members o ON o.conversation_id = m.conversation_id AND o.user_id = b.blocked_id
  WHERE m.conversation_id IN (SELECT value FROM json_each(?1))
"""
NAMES = """
SELECT m.conversation_id, u.id, u.name, u.first_name, u.last_name, u.username, u.email
  FROM members m JOIN users u ON u.id = m.user_id WHERE m.conversation_id IN (SELECT value FROM json_each(?1))
"""
# Found by the id alone, and then compared: with the conversation beside it, SQLite may choose to read all of it.
_QUOTED = """json_each(?1) q JOIN messages m ON m.id = json_extract(q.value, '$[1]')
    AND +m.conversation_id = json_extract(q.value, '$[0]')"""
_SHOWN = ", ".join((*(f"m.{name}" for name in STORED), *(f"u.{name}" for name in PROFILE)))
QUOTES = f"""
SELECT
 (SELECT json_group_array(json_array({_SHOWN})) FROM {_QUOTED} JOIN users u ON u.id = m.sender_id),
 (SELECT json_group_array(json_array(l.conversation_id, l.user_id, l.history_after))
  FROM (SELECT m.conversation_id AS id, min(m.number) AS number FROM {_QUOTED} GROUP BY m.conversation_id) o
  JOIN members l ON l.conversation_id = o.id AND l.history_after >= o.number)
"""
MESSAGES = """
INSERT INTO messages (id, conversation_id, number, sender_id, type, content, metadata, reply_to_id, client_id,
  request_hash, is_edited, created_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?)
"""
JOURNAL = """
INSERT INTO journal (conversation_id, seq, kind, message_id, actor_id, member_version, data, created_at)
VALUES (?, ?, 'new_message', ?, ?, ?, '{}', ?)
"""
#: All rows at once: FTS5 writes what it has to the disk before each statement.
SEARCH = "INSERT INTO message_search (message_id, conversation_id, number, sender_id, type, created_at, text) VALUES "
SEARCH_ROW = "(?, ?, ?, ?, ?, ?, ?)"
NUMBERS = (
    "UPDATE conversations SET last_seq = ?2, last_number = ?3, updated_at = ?4, last_message_at = ?4 WHERE id = ?1"
)
POSITIONS = """
UPDATE members SET read_number = ?3, read_at = ?4, delivered_number = max(delivered_number, ?3),
  delivered_at = CASE WHEN delivered_number < ?3 THEN ?4 ELSE delivered_at END
WHERE conversation_id = ?1 AND user_id = ?2 AND read_number < ?3
"""


class SqliteBatchWriter:
    """See `BatchWriter`. `opening` makes a connection; `most` is up to how many members are listed.

    `notice` hears of every statement.
    """

    def __init__(self, opening: Callable[[], sqlite3.Connection], busy_ms: int, most: int, notice: Notice) -> None:
        self._opening = opening
        self._busy_ms = busy_ms
        self._most = most
        self._notice = notice
        self._worker = Worker("sqlite-writer")
        self._connection: sqlite3.Connection | None = None
        self._in_thread = False
        self._deadline = 0.0
        self._waits_ms = -1

    async def begin(self, question: Question, *, patient: bool = False) -> Found:
        """See `BatchWriter`."""
        self._in_thread = patient
        self._deadline = time.monotonic() + MOST_SECONDS_ON_LOOP
        parts = (question.versions.items(), question.seats, question.tries, question.tokens)
        given = (*(orjson.dumps(list(part)).decode() for part in parts), self._most)
        return _found(*(await self._do(self._begin, given)))

    async def blockers(self, ids: Sequence[ConversationId]) -> Mapping[ConversationId, Collection[UserId]]:
        """See `BatchWriter`."""
        found: dict[ConversationId, list[UserId]] = defaultdict(list)
        for conversation_id, blocker_id in await self._do(self._ask, BLOCKERS, (_json(ids),)):
            found[conversation_id].append(blocker_id)
        return found

    async def names(self, ids: Sequence[ConversationId]) -> Mapping[ConversationId, Sequence[Named]]:
        """See `BatchWriter`."""
        found: dict[ConversationId, list[Named]] = defaultdict(list)
        for conversation_id, *named in await self._do(self._ask, NAMES, (_json(ids),)):
            found[conversation_id].append(Named(*named))
        return found

    async def quotes(self, answered: Collection[Answered]) -> Mapping[Answered, Quote]:
        """See `BatchWriter`."""
        (found,) = await self._do(self._ask, QUOTES, (_json(list(answered)),))
        return quotes_of(*map(orjson.loads, found))

    async def write(self, rows: Rows) -> None:
        """See `BatchWriter`."""
        await self._do(self._write, rows)

    def commit(self) -> Awaitable[None]:
        """See `BatchWriter`."""
        self._in_thread = True
        return self._worker.run(self._commit)

    async def roll_back(self) -> None:
        """See `BatchWriter`."""
        connection = self._connection
        try:
            if connection is not None and connection.in_transaction:
                await self._worker.run(connection.rollback)
        except sqlite3.Error:
            await self.close()

    async def close(self) -> None:
        """See `BatchWriter`."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await self._worker.run(connection.close)
        await self._worker.close()

    async def _do(self, what: Callable[..., Result], *args: Any) -> Result:
        connection = self._connection
        try:
            if self._in_thread or connection is None:
                return await self._worker.run(lambda: what(self._opened(), *args))
            return what(connection, *args)
        except sqlite3.OperationalError as error:
            if not self._in_thread and error.sqlite_errorcode & 0xFF in HURRIED:
                raise Late from error
            raise

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection, self._waits_ms = self._opening(), -1
            self._connection.set_progress_handler(self._is_late, INSTRUCTIONS_BETWEEN_LOOKS)
        return self._connection

    def _commit(self) -> None:
        assert self._connection is not None
        self._connection.execute("COMMIT")

    def _is_late(self) -> bool:
        return not self._in_thread and time.monotonic() > self._deadline

    def _begin(self, connection: sqlite3.Connection, given: tuple[Any, ...]) -> tuple[str, ...]:
        waits_ms = self._busy_ms if self._in_thread else 0
        if waits_ms != self._waits_ms:
            connection.execute(f"PRAGMA busy_timeout={waits_ms}")
            self._waits_ms = waits_ms
        connection.execute("BEGIN IMMEDIATE")
        row: tuple[str, ...] = self._ask(connection, LOOK, given)[0]
        return row

    def _ask(self, connection: sqlite3.Connection, statement: str, given: tuple[Any, ...]) -> list[Any]:
        self._notice(statement)
        return connection.execute(statement, given).fetchall()

    def _write(self, connection: sqlite3.Connection, rows: Rows) -> None:
        """Row by row where it can be: a statement of many rows keeps the pages it changes, to be able to fail alone."""
        at, new = iso(rows.at), rows.messages
        self._notice(MESSAGES)
        connection.executemany(MESSAGES, [(*row[:10], at) for row in new])
        search = SEARCH + ",".join([SEARCH_ROW] * len(new))
        self._notice(search)
        connection.execute(search, [value for row in new for value in (*row[:5], at, row.text)])
        self._notice(JOURNAL)
        journal = [(row.conversation_id, row.seq, row.id, row.sender_id, row.member_version, at) for row in new]
        connection.executemany(JOURNAL, journal)
        self._notice(NUMBERS)
        connection.executemany(NUMBERS, [(one, seq, number, at) for one, (seq, number) in rows.numbers.items()])
        self._notice(POSITIONS)
        connection.executemany(POSITIONS, [(*seat, number, at) for seat, number in rows.positions.items()])


def _json(rows: Sequence[Any]) -> str:
    return orjson.dumps(rows).decode()


def _found(places: str, seats: str, tried: str, people: str) -> Found:
    return Found(
        {row[0]: _place(*row) for row in orjson.loads(places)},
        {(row[0], row[1]): Standing(*row[2:]) for row in orjson.loads(seats)},
        frozenset(map(tuple, orjson.loads(tried))),
        dict(orjson.loads(people)),
    )


def _place(*row: Any) -> Place:
    if row[6] is None:
        return Place._make(row)
    # As the statements that list members sort them: by when they joined, then by id (both compared as bytes here).
    return Place._make((*row[:6], sorted(map(tuple, row[6]), key=itemgetter(1, 0))))
