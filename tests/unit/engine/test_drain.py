"""A stop sends the sessions away one after the other: soon when they are few, within the time when they are many."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tms_chat.realtime.engine.server import MOVES_PER_SECOND, Engine


class Ended:
    """What the engine asks of a session."""

    def __init__(self) -> None:
        self.at: float | None = None

    def end(self, reason: str) -> None:
        assert reason == "stopping"
        self.at = asyncio.get_running_loop().time()


async def drained(count: int, seconds: float) -> list[float]:
    """How long after the beginning each of so many was told."""
    nobody: Any = None
    engine = Engine(nobody, path="/socket.io")
    sessions = [Ended() for _ in range(count)]
    engine._sessions = set(sessions)  # type: ignore[arg-type]
    began = asyncio.get_running_loop().time()
    await engine.drain(seconds)
    assert engine.is_draining
    return sorted(session.at - began for session in sessions if session.at is not None)


@pytest.mark.parametrize("count", [0, 1, 20])
async def test_a_few_go_at_once(count: int) -> None:
    told = await drained(count, 4.0)
    assert len(told) == count
    assert len(set(told)) <= count
    assert not told or told[-1] - told[0] < 1.0


async def test_a_crowd_goes_step_by_step_and_everybody_is_told() -> None:
    count = 2 * MOVES_PER_SECOND
    told = await drained(count, 0.5)
    assert len(told) == count
    steps = [sum(1 for at in told if low <= at < low + 0.25) for low in (0.0, 0.25)]
    assert steps[0] < count, steps
    assert told[-1] >= 0.4
