"""Puts the world into a database: ours through our own tables, that of the plain servers through theirs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy import bindparam, insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bench.world import Group, World, email, title
from tms_chat.conversations.model import conversations, members
from tms_chat.core.ids import UserId
from tms_chat.core.text import search_key
from tms_chat.db.engine import Database
from tms_chat.db.migrate import migrate
from tms_chat.db.types import Instant, Json
from tms_chat.db.url import parse_database_url
from tms_chat.people.actions import make_user
from tms_chat.people.model import USER_COLUMNS, users

SCHEMA = Path(__file__).parent / "servers" / "schema.sql"
CHUNK = 5000
STRETCH = 50_000
WORDS = "and a few words more, so that a message is about as long as messages are"

# The same on SQLite and PostgreSQL: no function that only one of them has.
MESSAGES = text(f"""
    INSERT INTO messages
        (id, conversation_id, number, sender_id, type, content, metadata, is_edited, created_at)
    WITH RECURSIVE counted(i) AS (SELECT CAST(:first AS BIGINT) UNION ALL SELECT i + 1 FROM counted WHERE i < :last)
    SELECT substr(CAST(:conversation_id AS TEXT), 1, 24) || CAST(100000000000 + i AS TEXT),
           CAST(:conversation_id AS TEXT), i,
           CAST(:sender AS TEXT) || substr(CAST(100000 + i % :senders AS TEXT), 2), 'TEXT',
           'message ' || CAST(i AS TEXT) || ' {WORDS}', :metadata, :is_edited, :at
    FROM counted
""").bindparams(bindparam("metadata", type_=Json), bindparam("at", type_=Instant), bindparam("is_edited", value=False))

PLAIN_MESSAGES = f"""
    INSERT INTO messages (id, conversation_id, number, sender_id, content, created_at)
    SELECT gen_random_uuid(), $1, i, $2 || substr((100000 + i % $3)::text, 2),
           'message ' || i || ' {WORDS}', now()
    FROM generate_series(1, $4::int) AS counted(i)
"""


async def seed_ours(url: str | None, data_dir: Path, world: World) -> None:
    """Our schema and the world, in the database of this address or, without one, in SQLite in this folder."""
    db = Database(parse_database_url(url, None, data_dir))
    try:
        await migrate(db)
        async with db.unit() as unit:
            await _seed_people(unit.connection, world.people())
            for groups in world.groups.values():
                await _seed_groups(unit.connection, groups)
    finally:
        await db.close()
    if url is not None:
        await _vacuum(url)


async def seed_plain(url: str, world: World) -> None:
    """The same in the tables of the plain servers."""
    connection = await asyncpg.connect(url)
    everybody = [(person, email(person), title(person)) for person in world.people()]
    at = datetime.now(UTC)
    groups = [group for groups in world.groups.values() for group in groups]
    try:
        await connection.execute(SCHEMA.read_text())
        await connection.copy_records_to_table("users", records=everybody, columns=["id", "email", "name"])
        rows = [(group.id, title(group.name), group.messages, at if group.messages else None) for group in groups]
        await connection.copy_records_to_table("conversations", records=rows)
        joined = [(group.id, person, group.messages) for group in groups for person in group.members]
        await connection.copy_records_to_table("members", records=joined)
        for group in groups:
            if group.messages:
                sender = group.members[0][:-5]
                await connection.execute(PLAIN_MESSAGES, group.id, sender, len(group.members), group.messages)
    finally:
        await connection.close()
    await _vacuum(url)


async def _vacuum(url: str) -> None:
    """What autovacuum does a little later, in the middle of what is measured."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("VACUUM ANALYZE")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()


async def _seed_people(connection: AsyncConnection, people: list[str]) -> None:
    at = datetime.now(UTC)
    rows = []
    for person in people:
        # Later than their tokens, or every first request would look whether the token knows something newer.
        user = make_user(UserId(person), email(person), title(person), "MEMBER", last_synced_at=at)
        row = {column.name: getattr(user, column.name) for column in USER_COLUMNS}
        rows.append(row | {"search_key": search_key(title(person), email(person))})
    for chunk in _chunks(rows):
        await connection.execute(insert(users), chunk)


async def _seed_groups(connection: AsyncConnection, groups: list[Group]) -> None:
    at = datetime.now(UTC)
    rows = [
        {
            "id": group.id, "type": "group", "name": title(group.name), "created_by": group.members[0],
            "created_at": at, "updated_at": at, "last_seq": group.messages, "last_number": group.messages,
            "last_message_at": at if group.messages else None, "member_count": len(group.members),
            "member_version": 1, "search_key": search_key(group.name),
        }
        for group in groups
    ]  # fmt: skip
    joined = [
        {
            "conversation_id": group.id, "user_id": person, "role": "member" if place else "admin", "joined_at": at,
            "read_number": group.messages, "delivered_number": group.messages, "is_muted": False,
        }
        for group in groups
        for place, person in enumerate(group.members)
    ]  # fmt: skip
    await connection.execute(insert(conversations), rows)
    for chunk in _chunks(joined):
        await connection.execute(insert(members), chunk)
    for group in groups:
        if group.messages:
            sender = group.members[0][:-5]
            values = {"conversation_id": group.id, "sender": sender, "senders": len(group.members), "at": at}
            for first in range(1, group.messages + 1, STRETCH):  # our connections give up after fifteen seconds
                last = min(first + STRETCH - 1, group.messages)
                await connection.execute(MESSAGES, values | {"first": first, "last": last, "metadata": {}})


def _chunks(rows: list[dict[str, Any]]) -> Iterator[Sequence[dict[str, Any]]]:
    for start in range(0, len(rows), CHUNK):
        yield rows[start : start + CHUNK]
