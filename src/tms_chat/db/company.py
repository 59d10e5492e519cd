"""Whether the servers that share a database sign alike. Two that each made a key of their own would refuse each other's
tokens, and people would be signed out by every second answer.

Each holds a shared advisory lock whose number is made from its key, as long as its connection lives.
"""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from tms_chat.core.errors import StartError
from tms_chat.db.aside import connected
from tms_chat.db.engine import Database

LOCKS: Final = 0x746D7302  # beside that of duty
PATIENCE_SECONDS: Final = 5.0
#: The same database, the same kind of lock, another key (pg_locks: two numbers have objsubid 2).
OTHERS: Final = """
    SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
    WHERE locktype = 'advisory' AND datname = current_database() AND objsubid = 2
      AND classid = $1::bigint::oid AND objid <> ($2::bigint & 4294967295)::oid
"""


@asynccontextmanager
async def same_key(db: Database, key: bytes, *, is_made_here: bool) -> AsyncIterator[None]:
    """Held while serving. Raises StartError when this server made its key itself and another one has another."""
    if db.dialect != "postgresql":
        yield
        return
    number = int.from_bytes(hashlib.sha256(key).digest()[:4], signed=True)
    async with connected(db.postgresql_arguments, PATIENCE_SECONDS) as connection:
        await connection.execute("SELECT pg_advisory_lock_shared($1, $2)", LOCKS, number)
        if is_made_here and await connection.fetchval(OTHERS, LOCKS, number):
            raise StartError(
                "Another server of this database signs with another key, so that each would refuse the other's "
                "sessions: set JWT_SECRET to one value on all of them, for example to what `openssl rand -hex 32` "
                "prints."
            )
        yield
