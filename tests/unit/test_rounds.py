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


async def test_while_there_is_something_else_to_do_reads_get_a_tenth_of_the_time() -> None:
    now, read_for, busy_for = 0.0, 0.0, 0.0
    rounds_of_each = 10_000
    rounds = Rounds(lambda: now)
    is_busy = True

    async def page() -> None:
        nonlocal now, read_for
        while True:
            if rounds.is_used_up:
                await rounds.wait()
            now += 0.0007
            read_for += 0.0007
            rounds.took(0.0007)
            await asyncio.sleep(0)

    async def work() -> None:
        nonlocal now, busy_for
        while is_busy:
            now += 0.0002
            busy_for += 0.0002
            await asyncio.sleep(0)

    readers, worker = [asyncio.create_task(page()) for _ in range(50)], asyncio.create_task(work())
    for _ in range(rounds_of_each):
        await asyncio.sleep(0)
    assert 0.08 < read_for / (read_for + busy_for) < 0.12

    is_busy, read_for, began = False, 0.0, now
    await worker
    for _ in range(rounds_of_each):
        await asyncio.sleep(0)
    assert read_for > 0.99 * (now - began) > 0  # nobody is kept waiting for nothing
    for reader in readers:
        reader.cancel()
    await asyncio.gather(*readers, return_exceptions=True)
