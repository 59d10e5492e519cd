"""A batch on PostgreSQL: a connection of the driver's own, and five round trips: begin, lock, look, write, commit."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any

import asyncpg
import orjson

from tms_chat.core.ids import ConversationId, UserId
from tms_chat.db.away import POSTGRESQL_ERRORS
from tms_chat.messages.sending.batch import Found, Named, Place, Question, Rows, Standing
from tms_chat.messages.sending.post import Held
from tms_chat.messages.sending.quoting import PROFILE, STORED, Answered, Quote, quotes_of
from tms_chat.people.model import USER_COLUMNS

#: A frozen database must become an answer for all who wait, soon.
MOST_SECONDS = 5.0
ROLL_BACK_SECONDS = 1.0
#: Many times what a batch of another process takes, and what somebody notices when that process is frozen.
WAITS = {"lock_timeout": "200ms"}
#: Every statement finds a few rows by their keys, with each batch: planned once and not with every execution, and for
#: tables that grow, whatever was in them at that moment.
SETTINGS = {
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "jit": "off",
}

# Rows that another process holds are skipped: they must not hold up the other conversations of the batch, and nobody
# who waits for nobody can be part of a deadlock.
LOCK = """
SELECT id, type, last_seq, last_number, member_version, member_count FROM conversations WHERE id = ANY ($1::text[])
  ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
"""
# Of one conversation: who waits for its row has no other.
WAIT = LOCK.replace(" SKIP LOCKED", "")
#: A time as the wire shows it, which is how SQLite keeps it.
TIME = """to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
PERSON = ", ".join(f"u.{column.name}" + ("::text" if column.name == "settings" else "") for column in USER_COLUMNS)
LOOK = f"""
SELECT
 (SELECT json_agg(json_build_array(q.id, (SELECT json_agg(json_build_array(l.user_id,
      {TIME.format("l.joined_at")}) ORDER BY l.joined_at, l.user_id)
    FROM members l WHERE l.conversation_id = q.id)))
  FROM unnest($1::text[]) AS q (id)),
 (SELECT json_agg(json_build_array(m.conversation_id, m.user_id, m.read_number,
    CASE WHEN m.read_number < c.last_number THEN
      (SELECT n.id FROM messages n WHERE n.conversation_id = c.id AND n.number = c.last_number) END,
    CASE WHEN m.read_number < c.last_number THEN
      (SELECT json_agg(l.user_id) FROM members l
        WHERE l.conversation_id = c.id AND l.history_after >= c.last_number) END))
  FROM unnest($2::text[], $3::text[]) AS q (conversation_id, user_id)
  JOIN members m ON m.conversation_id = q.conversation_id AND m.user_id = q.user_id
  JOIN conversations c ON c.id = m.conversation_id),
 (SELECT json_agg(json_build_array(m.conversation_id, m.sender_id, m.client_id))
  FROM unnest($4::text[], $5::text[], $6::text[]) AS q (conversation_id, sender_id, client_id)
  JOIN messages m ON m.conversation_id = q.conversation_id AND m.sender_id = q.sender_id AND m.client_id = q.client_id),
 (SELECT json_agg(json_build_array(q.token_hash, json_build_array({PERSON}, u.tokens_valid_after,
    EXISTS (SELECT 1 FROM revoked_tokens r WHERE r.token_hash = q.token_hash))::text))
  FROM unnest($7::text[], $8::text[]) AS q (user_id, token_hash) JOIN users u ON u.id = q.user_id)
"""
BLOCKERS = """
SELECT m.conversation_id, b.blocker_id FROM blocks b JOIN members m ON m.user_id = b.blocker_id
  JOIN members o ON o.conversation_id = m.conversation_id AND o.user_id = b.blocked_id
  WHERE m.conversation_id = ANY ($1::text[])
"""
NAMES = """
SELECT m.conversation_id, u.id, u.name, u.first_name, u.last_name, u.username, u.email
  FROM members m JOIN users u ON u.id = m.user_id WHERE m.conversation_id = ANY ($1::text[])
"""
_AS_TEXT = {name: TIME.format(f"m.{name}") for name in ("created_at", "updated_at", "deleted_at")}
_AS_TEXT["metadata"] = "m.metadata::text"
_SHOWN = ", ".join((*(_AS_TEXT.get(name, f"m.{name}") for name in STORED), *(f"u.{name}" for name in PROFILE)))
QUOTES = f"""
WITH quoted AS (
  SELECT m.* FROM unnest($1::text[], $2::text[]) AS q (conversation_id, id)
  JOIN messages m ON m.id = q.id AND m.conversation_id = q.conversation_id
)
SELECT
 (SELECT json_agg(json_build_array({_SHOWN})) FROM quoted m JOIN users u ON u.id = m.sender_id),
 (SELECT json_agg(json_build_array(l.conversation_id, l.user_id, l.history_after))
  FROM (SELECT conversation_id AS id, min(number) AS number FROM quoted GROUP BY conversation_id) o
  JOIN members l ON l.conversation_id = o.id AND l.history_after >= o.number)
"""
WRITE = """
WITH batch AS (
  SELECT * FROM unnest($2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
    $10::text[], $11::text[], $12::bigint[], $13::int[], $14::text[]) WITH ORDINALITY
  AS b (id, conversation_id, number, sender_id, type, content, metadata, reply_to_id, client_id, request_hash, seq,
    member_version, text, place)
), written AS (
  INSERT INTO messages (id, conversation_id, number, sender_id, type, content, metadata, reply_to_id, client_id,
    request_hash, is_edited, created_at)
  SELECT id, conversation_id, number, sender_id, type, content, metadata::json, reply_to_id, client_id, request_hash,
    false, $1
  FROM batch
), recorded AS (
  INSERT INTO journal (conversation_id, seq, kind, message_id, actor_id, member_version, data, created_at)
  SELECT conversation_id, seq, 'new_message', id, sender_id, member_version, '{}', $1 FROM batch
), indexed AS (
  INSERT INTO message_search (message_id, conversation_id, number, sender_id, type, created_at, text)
  SELECT id, conversation_id, number, sender_id, type, $1, text FROM batch ORDER BY place
), numbered AS (
  UPDATE conversations c SET last_seq = q.last_seq, last_number = q.last_number, updated_at = $1, last_message_at = $1
  FROM unnest($15::text[], $16::bigint[], $17::bigint[]) AS q (id, last_seq, last_number) WHERE c.id = q.id
)
UPDATE members m SET read_number = q.number, read_at = $1,
  delivered_number = greatest(m.delivered_number, q.number),
  delivered_at = CASE WHEN m.delivered_number < q.number THEN $1 ELSE m.delivered_at END
FROM unnest($18::text[], $19::text[], $20::bigint[]) AS q (conversation_id, user_id, number)
WHERE m.conversation_id = q.conversation_id AND m.user_id = q.user_id AND m.read_number < q.number
"""


class PostgresqlBatchWriter:
    """See `BatchWriter`. `arguments` are the driver's; `most` is up to how many members are listed.

    `notice` hears of every statement. One that `waits` writes into one conversation at a time, whose row somebody else
    may have.
    """

    def __init__(
        self, arguments: Mapping[str, Any], most: int, notice: Callable[[str], None], *, waits: bool = False
    ) -> None:
        settings = {**arguments.get("server_settings", {}), **SETTINGS, **(WAITS if waits else {})}
        self._lock_statement = WAIT if waits else LOCK
        self._arguments = {**arguments, "server_settings": settings, "command_timeout": MOST_SECONDS}
        self._most = most
        self._notice = notice
        self._connection: Any = None

    async def begin(self, question: Question, *, patient: bool = False) -> Found:
        """See `BatchWriter`. It waits for nobody, or for a moment, patiently or not."""
        was_open = self._connection
        try:
            locked = await self._lock(question)
        except POSTGRESQL_ERRORS as error:
            if isinstance(error, TimeoutError) or was_open is None:
                raise
            # It was cut while nobody looked, as a database that was started again does: nothing has happened yet.
            await self.close()
            locked = await self._lock(question)
        unknown = [row[0] for row in locked if row[5] <= self._most and row[4] != question.versions[row[0]]]
        (found,) = await self._ask(
            LOOK, unknown, *_columns(question.seats, 2), *_columns(question.tries, 3), *_columns(question.tokens, 2)
        )
        listed, seats, tried, people = (orjson.loads(part) if part else [] for part in found)
        company = {row[0]: [(one, joined) for one, joined in row[1]] for row in listed}
        return Found(
            {row[0]: Place._make((*row, company.get(row[0]))) for row in locked},
            {(row[0], row[1]): Standing(*row[2:]) for row in seats},
            frozenset(map(tuple, tried)),
            dict(people),
        )

    async def blockers(self, ids: Sequence[ConversationId]) -> Mapping[ConversationId, Collection[UserId]]:
        """See `BatchWriter`."""
        found: dict[ConversationId, list[UserId]] = defaultdict(list)
        for conversation_id, blocker_id in await self._ask(BLOCKERS, list(ids)):
            found[conversation_id].append(blocker_id)
        return found

    async def names(self, ids: Sequence[ConversationId]) -> Mapping[ConversationId, Sequence[Named]]:
        """See `BatchWriter`."""
        found: dict[ConversationId, list[Named]] = defaultdict(list)
        for conversation_id, *named in await self._ask(NAMES, list(ids)):
            found[conversation_id].append(Named(*named))
        return found

    async def quotes(self, answered: Collection[Answered]) -> Mapping[Answered, Quote]:
        """See `BatchWriter`."""
        (found,) = await self._ask(QUOTES, *_columns(answered, 2))
        return quotes_of(*(orjson.loads(part) if part else [] for part in found))

    async def write(self, rows: Rows) -> None:
        """See `BatchWriter`."""
        numbers = [(conversation_id, *pair) for conversation_id, pair in rows.numbers.items()]
        positions = [(*seat, number) for seat, number in rows.positions.items()]
        await self._ask(WRITE, rows.at, *_columns(rows.messages, 13), *_columns(numbers, 3), *_columns(positions, 3))

    def commit(self) -> Awaitable[None]:
        """See `BatchWriter`."""
        return asyncio.ensure_future(self._run("COMMIT"))

    async def roll_back(self) -> None:
        """See `BatchWriter`."""
        try:
            if self._connection is not None:
                async with asyncio.timeout(ROLL_BACK_SECONDS):
                    await self._run("ROLLBACK")
        except POSTGRESQL_ERRORS:
            await self.close()

    async def close(self) -> None:
        """See `BatchWriter`: at once, whatever it is doing."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()

    async def _lock(self, question: Question) -> list[Any]:
        if self._connection is None or self._connection.is_closed():
            self._connection = None
            self._connection = await asyncpg.connect(**self._arguments)
        await self._run("BEGIN")
        try:
            return await self._ask(self._lock_statement, list(question.versions))
        except asyncpg.LockNotAvailableError as error:
            raise Held from error

    async def _ask(self, statement: str, *values: Any) -> list[Any]:
        self._notice(statement)
        rows: list[Any] = await self._answered(self._connection.fetch(statement, *values))
        return rows

    async def _run(self, statement: str) -> None:
        await self._answered(self._connection.execute(statement))

    async def _answered(self, asked: Awaitable[Any]) -> Any:
        try:
            return await asked
        except asyncpg.PostgresError:
            raise  # an answer as well: the connection goes on
        except BaseException:
            await self.close()
            raise


def _columns(rows: Collection[Sequence[Any]], count: int) -> list[list[Any]]:
    """What `unnest` makes rows of again."""
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(count)]
