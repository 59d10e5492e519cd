"""What waits for a bus that is away takes no more room than it may, and the newest stays."""

from __future__ import annotations

import asyncio

import pytest
import structlog

from tms_chat.realtime.bus.lasting import LastingBus
from tms_chat.realtime.bus.port import MAX_WAITING


class Late(LastingBus):
    """Reached only once it is `there`."""

    label = "late"
    max_bytes = 64_000

    def __init__(self) -> None:
        super().__init__()
        self.there = asyncio.Event()
        self.said: list[str] = []

    async def listen(self) -> None:
        self.is_listening()
        await asyncio.Event().wait()

    async def speak(self) -> None:
        await self.there.wait()
        while True:
            messages = await self.news()
            self.said += messages
            self.sent(messages)

    async def says(self) -> list[str]:
        """What waited."""
        self.there.set()
        await self.stop()
        return self.said


async def started() -> Late:
    bus = Late()
    await bus.start(lambda _message: None)
    return bus


async def test_it_is_bounded_in_messages() -> None:
    bus = await started()
    messages = [str(number) for number in range(3 * MAX_WAITING)]
    for message in messages:
        bus.send(message)
    assert await bus.says() == messages[-MAX_WAITING:]


@pytest.mark.parametrize("letter", ["x", "\u00e9"])
async def test_it_is_bounded_in_bytes(letter: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tms_chat.realtime.bus.lasting.MAX_WAITING_BYTES", 10_000)
    bus = await started()
    messages = [f"{number:04}" + letter * 498 for number in range(100)]
    with structlog.testing.capture_logs() as lines:
        for message in messages:
            bus.send(message)
        said = await bus.says()
    assert said == messages[-(10_000 // len(messages[0].encode())) :]
    assert [line["event"] for line in lines] == ["bus_full", "bus_messages_dropped"]
    assert lines[1]["dropped"] == len(messages) - len(said)


async def test_what_was_sent_takes_no_room() -> None:
    bus = await started()
    bus.there.set()
    with structlog.testing.capture_logs() as lines:
        for number in range(2 * MAX_WAITING):
            bus.send(str(number))
            if number % 1_000 == 0:
                await asyncio.sleep(0.01)
        assert len(await bus.says()) == 2 * MAX_WAITING
    assert not lines
