"""Servers that made their keys themselves would refuse each other's sessions: the second one says so and ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.postgres import Postgres
from tests.support.server import TmsServer
from tms_chat.core.errors import StartError
from tms_chat.db.company import same_key
from tms_chat.db.engine import Database
from tms_chat.db.url import parse_database_url


async def test_only_another_key_of_ones_own_is_refused_and_only_as_long_as_the_other_serves(
    pg: Postgres, tmp_path: Path
) -> None:
    db = Database(parse_database_url(pg.fresh_database(), None, tmp_path))
    elsewhere = Database(parse_database_url(pg.fresh_database(), None, tmp_path))
    try:
        async with same_key(elsewhere, b"third", is_made_here=True), same_key(db, b"first", is_made_here=True):
            async with same_key(db, b"first", is_made_here=True):
                pass
            async with same_key(db, b"second", is_made_here=False):  # it was given one: its operator is under way
                pass
            with pytest.raises(StartError, match="JWT_SECRET"):
                async with same_key(db, b"second", is_made_here=True):
                    pass
        async with same_key(db, b"second", is_made_here=True):
            pass
    finally:
        await db.close()
        await elsewhere.close()


def test_a_second_node_without_the_key_of_the_first_does_not_start(pg: Postgres, tmp_path: Path) -> None:
    address = pg.fresh_database()
    first = TmsServer(tmp_path / "first", {"DATABASE_URL": address})
    second = TmsServer(tmp_path / "second", {"DATABASE_URL": address})
    try:
        first.start()
        second.launch()
        assert second.wait() == 1
        assert "set JWT_SECRET to one value on all of them" in second.stderr
        assert "Traceback" not in second.stderr
    finally:
        second.close()
        first.close()
