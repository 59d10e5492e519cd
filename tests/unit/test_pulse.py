"""A database that does not answer is asked again until it does, whatever those who waited for it do meanwhile."""

from __future__ import annotations

import asyncio

import pytest

from tests.faults.waiting import until
from tms_chat.db import pulse
from tms_chat.db.pulse import Pulse, Watched


async def test_whoever_takes_long_to_let_go_does_not_end_the_looking(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOOK_SECONDS", "WAITED_SECONDS", "ANSWER_SECONDS"):
        monkeypatch.setattr(pulse, name, 0.05)
    speaks, lets_go, asked = asyncio.Event(), asyncio.Event(), 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        await speaks.wait()
        writer.transport.abort()  # which is an answer: an error that comes to those who ask by itself

    async def waits(on: Pulse) -> None:
        async with Watched(on):
            try:
                await asyncio.sleep(60)
            finally:
                await lets_go.wait()  # as a driver that wants to say goodbye

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        looked_at = Pulse({"host": "127.0.0.1", "port": port, "user": "nobody", "database": "none"})
        waiting = asyncio.create_task(waits(looked_at))
        await until(lambda: looked_at.is_frozen, seconds=10, what="it is noticed")
        seen = asked
        await until(lambda: asked >= seen + 5, seconds=10, what="it is asked again and again")
        speaks.set()
        await until(lambda: not looked_at.is_frozen, seconds=10, what="it answers again")
        lets_go.set()
        with pytest.raises(TimeoutError):
            await waiting
        await looked_at.close()
