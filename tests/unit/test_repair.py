"""What a look asks the database for."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, cast

import pytest

from tests.unit.room import Room
from tms_chat.conversations.queries import HEADS
from tms_chat.db.engine import Database
from tms_chat.realtime.repair import Repair


class Questions:
    """A database in which nothing is, and which notes whom it is asked about."""

    def __init__(self) -> None:
        self.people: list[list[str]] = []
        self.four = asyncio.Event()

    async def fetch(self, statement: object, ids: Sequence[str]) -> list[Any]:
        if statement is HEADS:
            self.people.append(list(ids))
            if len(self.people) >= 4:
                self.four.set()
        return []


async def test_a_deaf_process_asks_about_some_people_at_a_time_and_after_a_loss_about_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tms_chat.realtime.repair.PEOPLE_A_LOOK", 2)
    monkeypatch.setattr("tms_chat.realtime.repair.LOOK_SECONDS_DEAF", 0.01)
    room, asked = Room("ana", "bob", "cleo", "dora"), Questions()
    repair = Repair(cast(Database, asked), room.sessions, room.publisher, lambda: True)
    repair.start(looks=True)
    repair.look(at_all=True)
    async with asyncio.timeout(20):
        await asked.four.wait()
    await repair.stop()
    assert asked.people[:4] == [["ana", "bob", "cleo", "dora"], ["ana", "bob"], ["cleo", "dora"], ["ana", "bob"]]
