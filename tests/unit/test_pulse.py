"""A database that does not answer is asked again until it does, whatever those who waited for it do meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from tests.faults.waiting import until
from tms_chat.db import pulse
from tms_chat.db.pulse import Pulse, Watched


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOOK_SECONDS", "WAITED_SECONDS", "ANSWER_SECONDS"):
        monkeypatch.setattr(pulse, name, 0.05)


@asynccontextmanager
async def looked_at(answer: Callable[[], Awaitable[None]]) -> AsyncIterator[Pulse]:
    """A database that answers as soon as `answer` returns: with an error, which comes to those who ask by itself."""
    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        await answer()
        writer.transport.abort()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        pulse = Pulse({"host": "127.0.0.1", "port": port, "user": "nobody", "database": "none"})
        yield pulse
        await pulse.close()
        for writer in writers:
            writer.transport.abort()
        await asyncio.sleep(0.01)  # and they are closed


async def test_whoever_takes_long_to_let_go_does_not_end_the_looking() -> None:
    speaks, lets_go, asked = asyncio.Event(), asyncio.Event(), 0

    async def answer() -> None:
        nonlocal asked
        asked += 1
        await speaks.wait()

    async def waits(on: Pulse) -> None:
        async with Watched(on):
            try:
                await asyncio.sleep(60)
            finally:
                await lets_go.wait()  # as a driver that wants to say goodbye

    async with looked_at(answer) as pulse:
        waiting = asyncio.create_task(waits(pulse))
        await until(lambda: pulse.is_frozen, seconds=10, what="it is noticed")
        seen = asked
        await until(lambda: asked >= seen + 5, seconds=10, what="it is asked again and again")
        speaks.set()
        await until(lambda: not pulse.is_frozen, seconds=10, what="it answers again")
        lets_go.set()
        with pytest.raises(TimeoutError):
            await waiting


async def test_who_is_late_with_one_answer_is_slow_and_not_frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse, "ANSWER_SECONDS", 0.5)
    asked, was_frozen = 0, False

    async def answer() -> None:
        nonlocal asked, was_frozen
        asked += 1
        was_frozen |= pulse_of_it.is_frozen
        if asked % 2:
            await asyncio.sleep(60)

    async def waits() -> None:
        async with Watched(pulse_of_it):
            await asyncio.sleep(60)

    async with looked_at(answer) as pulse_of_it:
        waiting = asyncio.create_task(waits())
        await until(lambda: asked >= 6, seconds=20, what="it is asked again and again")
        assert not was_frozen
        assert not waiting.done()
        waiting.cancel()
