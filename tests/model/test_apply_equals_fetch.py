"""I4, I5, I7: whatever people do, a client that applied the events shows exactly what a fresh fetch shows."""

from __future__ import annotations

import asyncio
import os

import pytest
from hypothesis import HealthCheck, given, settings

from tests.model.actions import Step, steps
from tests.model.follower import Follower
from tests.model.stage import stage
from tests.socket.host import Host


@pytest.mark.timeout(600)  # a failure is made smaller first, which takes its time
@settings(
    max_examples=20,
    derandomize="CI" in os.environ,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(steps=steps)
def test_applying_the_events_gives_what_a_fetch_gives(host: Host, steps: list[Step]) -> None:
    asyncio.run(play(host, steps))


async def play(host: Host, steps: list[Step]) -> None:
    """All steps, and then, when everything is quiet, the comparison for each of the three."""
    async with stage(host) as on_stage:
        for step in steps:
            await on_stage.do(step)
        for who, follower in enumerate(on_stage.followers):
            await follower.follow()
            await check(follower, {chat_id for person, chat_id in on_stage.partial if person == who})


async def check(follower: Follower, partial_in: set[str]) -> None:
    """What was applied, what is fetched, and what is counted by hand agree.

    By hand is counted where this person sees everything; what is deleted for oneself counts as well.
    """
    applied, fetched = follower.reducer.view(), await follower.fetched_view()
    assert applied["order"] == fetched["order"]
    for chat_id, chat in fetched["chats"].items():
        mine = applied["chats"][chat_id]
        assert mine["messages"] == chat["messages"]
        assert mine["conversation"] == chat["conversation"]
        numbers = [message["sequence_number"] for message in chat["messages"]]
        if chat_id in partial_in:
            assert numbers == sorted(set(numbers))
            continue
        assert numbers == list(range(1, len(numbers) + 1))
        me = follower.person.id
        unread = [m for m in chat["messages"] if m["sender_id"] != me and m["status"] != "read"]
        assert chat["conversation"]["unread_count"] == len(unread)
    fresh = await follower.fetch()
    assert {chat_id: chat.seq for chat_id, chat in follower.reducer.chats.items()} == {
        chat_id: chat.seq for chat_id, chat in fresh.chats.items()
    }
    assert fresh.view() == fetched  # the reducer's own reading of a fetch loses nothing
