"""Work that one process does for all: it is done by one of them, and by another one when that one has ended."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

import asyncpg

from tests.support.postgres import Postgres
from tms_chat.db.duty import Duty
from tms_chat.db.engine import Database
from tms_chat.db.url import parse_database_url


async def test_one_of_several_is_on_duty_and_another_takes_over(pg: Postgres, tmp_path: Path) -> None:
    address = pg.fresh_database()
    async with AsyncExitStack() as stack:
        duties = []
        for _ in range(3):
            db = Database(parse_database_url(address, None, tmp_path))
            stack.push_async_callback(db.close)
            duties.append(Duty(db))
            stack.push_async_callback(duties[-1].close)
        first, second, third = duties
        assert [await duty.is_ours() for duty in (first, second, third, first)] == [True, False, False, True]
        await first.close()
        assert [await duty.is_ours() for duty in (third, second)] == [True, False]
        # The server cuts the connection: whoever asks first has it then, and the one that had it knows.
        connection = await asyncpg.connect(address)
        await connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks "
            "WHERE locktype = 'advisory' "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        await connection.close()
        assert await second.is_ours()
        assert not await third.is_ours()


async def test_a_sqlite_file_has_one_process_and_a_database_that_is_away_has_none(tmp_path: Path) -> None:
    sqlite = Database(parse_database_url(None, None, tmp_path))
    away = Database(parse_database_url("postgresql://a:b@127.0.0.1:1/none", None, tmp_path))
    assert await Duty(sqlite).is_ours()
    assert not await Duty(away).is_ours()
    await sqlite.close()
    await away.close()
