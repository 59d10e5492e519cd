"""Reads on the event loop that take too long, at the worst moments."""

from __future__ import annotations

from pathlib import Path

import pytest

from tms_chat.db import readers
from tms_chat.db.prepared import Steps
from tms_chat.db.readers import SqliteReader


def nothing_steps() -> Steps[str]:
    """A plan that asks nothing."""
    yield from ()
    return "done"


async def test_a_read_that_is_interrupted_while_it_begins_leaves_no_transaction_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """BEGIN is kept as a statement and looks at the clock when its instructions add up, which is when it has begun."""
    monkeypatch.setattr(readers, "MOST_SECONDS_ON_LOOP", -1.0)
    monkeypatch.setattr(readers, "SLOW_FOR_SECONDS", -1.0)
    monkeypatch.setattr(readers, "INSTRUCTIONS_BETWEEN_LOOKS", 10)
    reader = SqliteReader(tmp_path / "data.sqlite3", 1000, lambda _: None)
    try:
        for _ in range(50):
            assert await reader.ask(nothing_steps) == "done"
        assert reader._on_loop is not None
        assert not reader._on_loop.in_transaction
    finally:
        await reader.close()
