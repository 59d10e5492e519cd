"""Reads on the event loop leave it to others in between."""

from __future__ import annotations

import asyncio

from tms_chat.db.rounds import SECONDS_A_ROUND, Rounds


async def read(rounds: Rounds, done: list[int], number: int) -> None:
    if rounds.is_used_up:
        await rounds.wait()
    done.append(number)
    rounds.took(SECONDS_A_ROUND / 2)


async def test_many_reads_are_done_a_few_a_round_and_in_their_order() -> None:
    rounds, done = Rounds(), list[int]()
    reads = [asyncio.create_task(read(rounds, done, number)) for number in range(60)]
    most, seen = 0, 0
    while len(done) < 60:
        await asyncio.sleep(0)
        most, seen = max(most, len(done) - seen), len(done)
    await asyncio.gather(*reads)
    assert done == list(range(60))
    assert most <= 6

    more = [asyncio.create_task(read(rounds, done, number)) for number in range(60, 90)]
    seen = len(done)
    while len(done) < 90:
        await asyncio.sleep(0)
        assert len(done) - seen <= 6
        seen = len(done)
    await asyncio.gather(*more)
    assert done == list(range(90))


async def test_whoever_leaves_takes_nobodys_turn() -> None:
    rounds, done = Rounds(), list[int]()
    reads = [asyncio.create_task(read(rounds, done, number)) for number in range(40)]
    await asyncio.sleep(0)
    for number in range(5, 40, 2):
        reads[number].cancel()
    async with asyncio.timeout(10):
        await asyncio.gather(*reads, return_exceptions=True)
    assert {number for number in range(40) if number < 5 or number % 2 == 0} <= set(done)
    await asyncio.wait_for(read(rounds, done, 99), 10)
    assert done[-1] == 99
