"""Deadlines on a loop whose time a test moves: late by two ticks at most, never early, and each once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tms_chat.realtime.engine.wheel import SLOTS, TimerWheel

TICK = 0.5


class Clock(asyncio.SelectorEventLoop):
    """A loop that sleeps by moving its own clock."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 0.0

    def time(self) -> float:
        return self.seconds

    async def passes(self, seconds: float) -> None:
        """So many seconds, in steps smaller than a tick."""
        for _ in range(round(seconds / TICK * 4)):
            self.seconds += TICK / 4
            await asyncio.sleep(0)
            await asyncio.sleep(0)


@contextmanager
def a_loop() -> Iterator[Clock]:
    with asyncio.Runner(loop_factory=Clock) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, Clock)
        yield loop


@given(st.lists(st.tuples(st.floats(0, 20), st.floats(0, (SLOTS - 2) * TICK)), min_size=1, max_size=8))
def test_deadlines_are_kept(plan: list[tuple[float, float]]) -> None:
    """Each waits so long before it is scheduled so many seconds ahead."""
    due: list[tuple[int, float]] = []

    async def turn(loop: Clock) -> dict[int, float]:
        wheel: TimerWheel[int] = TimerWheel(TICK, lambda item: due.append((item, loop.time())))
        wheel.start()
        wanted = {}
        for item, (pause, seconds) in enumerate(plan):
            await loop.passes(pause)
            wanted[item] = loop.time() + seconds
            wheel.schedule(item, seconds)
        await loop.passes(max(wanted.values()) - loop.time() + 3 * TICK)
        wheel.stop()
        return wanted

    with a_loop() as loop:
        wanted = loop.run_until_complete(turn(loop))
    assert sorted(item for item, _ in due) == sorted(wanted)
    for item, at in due:
        assert wanted[item] <= at <= wanted[item] + 2 * TICK


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 12) | st.none(), st.integers(0, 4)), max_size=40))
def test_only_the_last_word_about_an_item_counts(words: list[tuple[int, int | None, int]]) -> None:
    """Scheduled again, or cancelled with None, while time passes: as a dictionary of deadlines would have it."""
    due: list[int] = []
    slots: dict[int, int] = {}
    deadlines: dict[int, float] = {}

    def meet(item: int) -> None:
        due.append(item)
        del deadlines[item]

    async def turn(loop: Clock) -> None:
        wheel: TimerWheel[int] = TimerWheel(TICK, meet)
        wheel.start()
        for item, ticks, pause in words:
            if item in slots:
                wheel.cancel(item, slots[item])
            deadlines.pop(item, None)
            if ticks is not None:
                slots[item] = wheel.schedule(item, ticks * TICK)
                deadlines[item] = loop.time() + ticks * TICK
            await loop.passes(pause * TICK / 2)
            assert not [item for item, at in deadlines.items() if at + 2 * TICK < loop.time()]
        due.clear()
        left = set(deadlines)
        await loop.passes(15 * TICK)
        assert set(due) == left
        wheel.stop()

    with a_loop() as loop:
        loop.run_until_complete(turn(loop))


async def _at_the_same_time(loop: Clock, do: str) -> list[str]:
    """Two items with one deadline; what comes first cancels the other, gives it a later deadline, or fails."""
    due: list[str] = []

    def meet(item: str) -> None:
        due.append(item)
        other = "b" if item == "a" else "a"
        if do == "fail":
            raise RuntimeError(item)
        if len(due) == 1:
            wheel.cancel(other, slots[other])
            if do == "move":
                slots[other] = wheel.schedule(other, 5 * TICK)

    wheel: TimerWheel[str] = TimerWheel(TICK, meet)
    wheel.start()
    slots = {item: wheel.schedule(item, TICK) for item in "ab"}
    await loop.passes(3 * TICK)
    early = [*due]
    await loop.passes(7 * TICK)
    wheel.stop()
    return [f"{len(early)} at once", f"{len(due)} in all"]


@pytest.mark.parametrize(
    ("do", "seen"),
    [
        ("cancel", ["1 at once", "1 in all"]),
        ("move", ["1 at once", "2 in all"]),
        ("fail", ["2 at once", "2 in all"]),
    ],
)
def test_of_two_that_are_due_at_once_the_first_may_speak_about_the_second(do: str, seen: list[str]) -> None:
    with a_loop() as loop:
        assert loop.run_until_complete(_at_the_same_time(loop, do)) == seen


def test_a_wheel_that_was_stopped_calls_nobody() -> None:
    due: list[int] = []

    async def turn(loop: Clock) -> None:
        wheel: TimerWheel[int] = TimerWheel(TICK, due.append)
        wheel.start()
        wheel.schedule(1, TICK)
        wheel.stop()
        await loop.passes(10 * TICK)

    with a_loop() as loop:
        loop.run_until_complete(turn(loop))
    assert due == []


def test_what_is_due_later_than_a_turn_is_due_after_a_turn() -> None:
    due: list[float] = []

    async def turn(loop: Clock) -> None:
        wheel: TimerWheel[int] = TimerWheel(TICK, lambda _: due.append(loop.time()))
        wheel.start()
        wheel.schedule(1, 10 * SLOTS * TICK)
        await loop.passes((SLOTS + 2) * TICK)
        wheel.stop()

    with a_loop() as loop:
        loop.run_until_complete(turn(loop))
    assert due == [pytest.approx((SLOTS - 1) * TICK, abs=2 * TICK)]
