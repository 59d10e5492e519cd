"""Turns: one at a time for each key, in the order of asking, and never nobody's while somebody waits."""

from __future__ import annotations

import asyncio

import pytest

from tms_chat.db.turns import Turns


async def test_a_turn_is_had_by_one_and_goes_round_in_the_order_of_asking() -> None:
    turns: Turns[str] = Turns()
    had: list[int] = []

    async def have(number: int) -> None:
        async with turns.turn("a"):
            had.append(number)
            await asyncio.sleep(0)

    assert turns.take_if_free("a")
    waiting = [asyncio.ensure_future(have(number)) for number in range(5)]
    await asyncio.sleep(0)
    async with asyncio.timeout(1), turns.turn("b"):  # another key is another turn
        assert had == []
    turns.give_back("a")
    assert not turns.take_if_free("a")  # it is somebody's already, though they have not run yet
    await asyncio.gather(*waiting)
    assert had == [0, 1, 2, 3, 4]
    assert turns.take_if_free("a")


@pytest.mark.parametrize("is_handed_over", [False, True])
async def test_whoever_leaves_while_waiting_keeps_no_turn(is_handed_over: bool) -> None:
    turns: Turns[str] = Turns()
    assert turns.take_if_free("a")
    leaving = asyncio.ensure_future(turns.take("a"))
    staying = asyncio.ensure_future(turns.take("a"))
    await asyncio.sleep(0)
    if is_handed_over:
        turns.give_back("a")
    leaving.cancel()
    if not is_handed_over:
        await asyncio.sleep(0)
        turns.give_back("a")
    await asyncio.wait_for(staying, 1)
    with pytest.raises(asyncio.CancelledError):
        await leaving
    turns.give_back("a")
    assert turns.take_if_free("a")
