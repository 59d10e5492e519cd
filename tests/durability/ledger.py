"""What is really stored, read from the database itself and not through the server that wrote it."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from tests.support.server import TmsServer

Row = Sequence[Any]


async def ask(server: TmsServer, statement: str) -> list[Row]:
    """The rows of a SELECT; other statements are committed."""
    url = server.env.get("DATABASE_URL")
    data = Path(server.env.get("DATA_DIR", server.folder / "data"))
    if url is None:
        with (
            closing(sqlite3.connect(data / "tms-chat.sqlite3", timeout=10)) as connection,
            connection,
        ):
            return connection.execute(statement).fetchall()
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(statement)]
    finally:
        await connection.close()


@dataclass(frozen=True)
class Stored:
    """A message row."""

    id: str
    number: int
    sender_id: str
    client_id: str | None
    content: str


@dataclass(frozen=True)
class Ledger:
    """One conversation: its counters, its messages by number, its journal by seq, its members' read positions."""

    last_seq: int
    last_number: int
    messages: list[Stored]
    journal: list[Row]
    read: dict[str, int]

    def check(self) -> None:
        """The numbers are 1 … n and the journal 1 … last_seq, without a gap; nothing is half there."""
        assert [message.number for message in self.messages] == list(range(1, self.last_number + 1))
        assert [row[0] for row in self.journal] == list(range(1, self.last_seq + 1))
        # So far each journal row is a new message: the two tell the same story.
        told = [(kind, message_id, actor) for _, kind, message_id, actor in self.journal]
        assert told == [("new_message", message.id, message.sender_id) for message in self.messages]
        tries = [(message.sender_id, message.client_id) for message in self.messages if message.client_id]
        assert len(tries) == len(set(tries))
        # Sending moves the sender's own position, in the same transaction; here nobody reads in another way.
        last_own = {message.sender_id: message.number for message in self.messages}
        assert {user_id: number for user_id, number in self.read.items() if number} == last_own

    def by_client_id(self) -> dict[str, Stored]:
        """The messages that were sent with one."""
        return {message.client_id: message for message in self.messages if message.client_id}


async def read_ledger(server: TmsServer, conversation_id: str) -> Ledger:
    """As it is on the disk now."""
    here = f"conversation_id = '{conversation_id}'"
    counters = await ask(server, f"SELECT last_seq, last_number FROM conversations WHERE id = '{conversation_id}'")
    columns = "id, number, sender_id, client_id, content"
    messages = await ask(server, f"SELECT {columns} FROM messages WHERE {here} ORDER BY number")
    journal = await ask(server, f"SELECT seq, kind, message_id, actor_id FROM journal WHERE {here} ORDER BY seq")
    read = await ask(server, f"SELECT user_id, read_number FROM members WHERE {here}")
    return Ledger(
        last_seq=counters[0][0],
        last_number=counters[0][1],
        messages=[Stored(*row) for row in messages],
        journal=[tuple(row) for row in journal],
        read={row[0]: row[1] for row in read},
    )
