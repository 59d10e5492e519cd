"""Which messages contain the words: the newest first, only what the viewer may read.

A word of three characters or more is looked up in the index of trigrams, and what that gives is compared with the word
itself, so that both databases find the same. A shorter one, most Chinese words, is in no such index: there the
viewer's messages are read, newest first, so many at a time, and the cursor says where to go on.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import eq, ge, le
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tms_chat.conversations.model import conversations, members
from tms_chat.core.folding import TRIGRAM, search_words, trigrams
from tms_chat.core.ids import MessageId, UserId
from tms_chat.core.text import like_pattern
from tms_chat.messages.access import readable
from tms_chat.search.model import message_search, message_trigrams
from tms_chat.search.schema import SearchRequest

#: So many messages are read for one page of a search without an index.
SCANNED = 50_000
FOUND = message_search.c


@dataclass(frozen=True, slots=True)
class Matches:
    """Messages, newest first. `next_id`: the older ones follow before this one; None when there is no more."""

    ids: list[MessageId]
    next_id: int | None


async def match(
    connection: AsyncConnection, viewer_id: UserId, request: SearchRequest, before: int | None, *, indexed: bool
) -> Matches:
    """One page of them, in one statement, or three where an index does not help."""
    words = search_words(request.query)
    wanted = _readable(viewer_id).where(*_filters(request))
    for word in words:
        wanted = wanted.where(_contains(connection.dialect.name, word))
    looked_up = [word for word in words if len(word) >= TRIGRAM]
    end: int | None = None
    key: ColumnElement[int] = FOUND.id
    if not (indexed and looked_up):
        end = await _end_of_scan(connection, viewer_id, request, before)
        wanted = wanted if end is None else wanted.where(FOUND.id >= end)
    elif connection.dialect.name == "sqlite":
        # In the order of the index itself, which stops when the page is full.
        key = message_trigrams.c.rowid
        wanted = wanted.where(FOUND.id == key, _may_contain(looked_up))
    if before is not None:
        wanted = wanted.where(key < before)
    statement = wanted.order_by(key.desc()).limit(request.limit + 1)
    rows = (await connection.execute(statement)).all()
    if len(rows) > request.limit:
        end = rows[request.limit - 1].id
    return Matches([MessageId(row.message_id) for row in rows[: request.limit]], end)


def _readable(viewer_id: UserId) -> Select[Any]:
    mine = and_(members.c.conversation_id == FOUND.conversation_id, members.c.user_id == viewer_id)
    return select(FOUND.id, FOUND.message_id).where(mine, readable(viewer_id, members.c.history_after, message_search))


def _filters(request: SearchRequest) -> list[ColumnElement[bool]]:
    asked: list[tuple[Any, Callable[[Any, Any], ColumnElement[bool]], Any]] = [
        (FOUND.conversation_id, eq, request.conversation_id),
        (FOUND.sender_id, eq, request.sender_id),
        (FOUND.type, eq, request.type),
        (FOUND.created_at, ge, request.from_date),
        (FOUND.created_at, le, request.to_date),
    ]
    return [holds(column, value) for column, holds, value in asked if value is not None]


def _contains(dialect: str, word: str) -> ColumnElement[bool]:
    if dialect == "sqlite":
        return func.instr(FOUND.text, word) > 0
    return FOUND.text.like(like_pattern(word), escape="\\")


def _may_contain(words: Sequence[str]) -> ColumnElement[bool]:
    """For FTS5: every trigram as a string of its own, whose quotes are doubled; nothing in it is an operator then."""
    parts = [trigram.replace('"', '""') for word in words for trigram in trigrams(word)]
    query = " AND ".join(f'"{part}"' for part in dict.fromkeys(parts))
    return literal_column("message_trigrams").op("MATCH")(query)


async def _end_of_scan(
    connection: AsyncConnection, viewer_id: UserId, request: SearchRequest, before: int | None
) -> int | None:
    """Where reading stops this time; None when all of it fits."""
    mine = members.c.user_id == viewer_id
    if request.conversation_id is not None:
        mine = and_(mine, members.c.conversation_id == request.conversation_id)
    readable = select(func.sum(conversations.c.last_number - members.c.history_after)).join_from(conversations, members)
    if (await connection.scalar(readable.where(mine)) or 0) <= SCANNED:
        return None
    scanned = select(FOUND.id).join_from(message_search, members, members.c.conversation_id == FOUND.conversation_id)
    if before is not None:
        scanned = scanned.where(FOUND.id < before)
    end: int | None = await connection.scalar(scanned.where(mine).order_by(FOUND.id.desc()).offset(SCANNED).limit(1))
    return None if end is None else end + 1
