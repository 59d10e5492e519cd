"""LISTEN and NOTIFY: no service beside the database. Two connections of its own, none of them in a transaction that
somebody waits for: a commit that notifies takes a lock that all such commits of the server queue up for.

A payload has fewer than 8,000 bytes (PostgreSQL, NOTIFY). What is pending goes in one statement.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

import asyncpg
import structlog

from tms_chat.bus_settings import BUS_NAME
from tms_chat.db.aside import connected
from tms_chat.db.away import POSTGRESQL_ERRORS
from tms_chat.realtime.bus.lasting import PATIENCE_SECONDS, LastingBus
from tms_chat.realtime.bus.port import size

log = structlog.get_logger(__name__)

CHANNEL: Final = "tms_chat"
SEND: Final = f"SELECT pg_notify('{CHANNEL}', message) FROM unnest($1::text[]) AS message"
AT_ONCE: Final = 200
#: How often the connection that only listens is asked whether it is still there.
LOOK_SECONDS: Final = 5.0


class PostgresqlBus(LastingBus):
    """`arguments` are those of the driver's `connect`."""

    label = "postgresql"
    max_bytes = 7_500
    ERRORS = POSTGRESQL_ERRORS

    def __init__(self, arguments: dict[str, Any]) -> None:
        super().__init__()
        settings = arguments.get("server_settings", {}) | {"application_name": BUS_NAME}
        self._arguments = arguments | {"server_settings": settings}

    async def listen(self) -> None:
        """See `LastingBus`."""
        closed = asyncio.Event()
        async with connected(self._arguments, PATIENCE_SECONDS) as connection:
            connection.add_termination_listener(lambda _connection: closed.set())
            await connection.add_listener(CHANNEL, lambda _c, _pid, _channel, payload: self.heard(payload))
            self.is_listening()
            while not closed.is_set():
                try:
                    async with asyncio.timeout(LOOK_SECONDS):
                        await closed.wait()
                except TimeoutError:
                    await connection.execute("SELECT 1", timeout=PATIENCE_SECONDS)

    async def speak(self) -> None:
        """See `LastingBus`."""
        async with connected(self._arguments, PATIENCE_SECONDS) as connection:
            # What is told stands in the journal: nobody waits for the disk here.
            await connection.execute("SET synchronous_commit = off")
            while True:
                messages = (await self.news())[:AT_ONCE]
                try:
                    await connection.execute(SEND, messages, timeout=PATIENCE_SECONDS)
                except asyncpg.DataError:
                    await self._say_one_by_one(connection, messages)
                self.sent(messages)

    async def _say_one_by_one(self, connection: Any, messages: Sequence[str]) -> None:
        """One of them cannot be said, ever: it is left out, and stops nothing behind it."""
        for message in messages:
            try:
                await connection.execute(SEND, [message], timeout=PATIENCE_SECONDS)
            except asyncpg.DataError as error:
                log.error("bus_message_refused", reason=str(error)[:200], bytes=size(message), begins=message[:100])
