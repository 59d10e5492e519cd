"""A bus that loses, repeats and delays: it costs time, never a message, and nobody hears what is not theirs."""

from __future__ import annotations

import asyncio
import time
from functools import partial

import httpx
import pytest

from tests.bus.conftest import Connect, Pair
from tests.bus.test_two_processes import heard_numbers, in_thread
from tests.support.people import checked
from tests.support.processes import wait_until
from tests.support.server import TmsServer

SECONDS = 30.0


def health(server: TmsServer, path: str) -> dict[str, object]:
    return checked(httpx.get(f"{server.base_url}/health/{path}", timeout=10), 200)


async def becomes(server: TmsServer, status: str) -> None:
    ready = partial(health, server, "ready")
    await asyncio.to_thread(wait_until, lambda: ready()["status"] == status, seconds=SECONDS, what=f"it is {status}")


@pytest.mark.parametrize("how", ["shuffled", "lossy"])
async def test_everybody_hears_everything_once_and_in_order(pair: Pair, connect: Connect, how: str) -> None:
    ana, bob = pair.near.add("Ana"), pair.near.add("Bob")
    conversation_id = ana.direct(bob)
    devices = [await connect(bob), await connect(bob)]
    pair.disturb(how)
    await asyncio.gather(
        in_thread(ana, conversation_id, 40, "near"), in_thread(pair.at_far(bob), conversation_id, 40, "far")
    )
    for device in devices:
        await device.hears_times(80, "new_message", seconds=SECONDS)
        assert heard_numbers(device, conversation_id) == list(range(1, 81))


@pytest.mark.parametrize("how", ["member_removed", "shuffled", "deaf"])
async def test_the_removed_hear_nothing_more_when_the_word_of_it_is_lost_or_late(
    pair: Pair, connect: Connect, how: str
) -> None:
    ana, bob, cleo = pair.near.add("Ana"), pair.near.add("Bob"), pair.near.add("Cleo")
    group = ana.group("Launch", bob, cleo)
    stays, leaves = await connect(bob), await connect(cleo)
    pair.disturb(how)
    sending = asyncio.create_task(in_thread(ana, group, 60, "said"))
    await asyncio.sleep(0.2)
    removal = await asyncio.to_thread(ana.http.delete, f"/conversations/{group}/members/{cleo.id}")
    checked(removal, 200)
    await sending
    await stays.hears_times(60, "new_message", seconds=SECONDS, type="TEXT")
    removed = (await stays.hears("member_removed"))["seq"]
    await leaves.hears("member_removed", seconds=SECONDS)
    await leaves.settle()
    assert heard_numbers(leaves, group) == list(range(1, removed + 1))
    assert heard_numbers(stays, group) == list(range(1, len(heard_numbers(stays, group)) + 1))


async def test_what_a_process_did_not_say_before_it_died_is_found(pair: Pair, connect: Connect) -> None:
    ana, bob, cleo = pair.near.add("Ana"), pair.near.add("Bob"), pair.near.add("Cleo")
    conversation_id = ana.direct(bob)
    near, newcomer = await connect(ana, near=True), await connect(cleo, near=True)
    pair.disturb("mute")
    at_far = pair.at_far(bob)
    at_far.send(conversation_id, "nobody told")
    began = time.monotonic()
    await near.hears("new_message", content="nobody told", seconds=SECONDS)
    assert time.monotonic() - began < 12
    group = at_far.group("Launch", cleo)
    at_far.send(group, "welcome")
    await newcomer.hears("conversation_created", conversation_id=group, seconds=SECONDS)
    pair.disturb()
    at_far.send(group, "told again")
    await newcomer.hears("new_message", content="told again")


async def test_a_deaf_process_says_so_goes_on_and_hears_again(pair: Pair, connect: Connect) -> None:
    ana, bob = pair.near.add("Ana"), pair.near.add("Bob")
    conversation_id = ana.direct(bob)
    device = await connect(bob)
    await becomes(pair.far, "ready")
    pair.disturb("deaf")
    await becomes(pair.far, "degraded")
    ready = health(pair.far, "ready")
    assert ready["status"] == "degraded"
    assert ready["checks"]["bus"]["status"] == "degraded"  # type: ignore[index]
    sockets = health(pair.far, "websocket")
    assert sockets["status"] == "degraded"
    assert "nothing is heard" in str(sockets["reason"])
    checked(bob.http.post(f"/notifications/conversations/{conversation_id}/mute"), 201)
    began = time.monotonic()
    ana.send(conversation_id, "can you hear me?")
    await device.hears("new_message", content="can you hear me?")
    assert time.monotonic() - began < 10
    pair.disturb()
    await becomes(pair.far, "ready")
    assert health(pair.far, "websocket")["reason"] is None
    for number in range(20):  # soon, what people want is read again
        await asyncio.sleep(0.3)
        ana.send(conversation_id, f"muted meanwhile {number}")
        message = await device.hears("new_message", content=f"muted meanwhile {number}")
        await device.settle()
        if not device.all_of("notification", message_id=message["id"]):
            break
    else:
        pytest.fail("the mute that nobody heard of is never read")
    assert pair.far.stderr.count('"bus_deaf"') + pair.far.stderr.count("bus_deaf ") >= 1
