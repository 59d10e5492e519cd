"""Who is there, who types and how much is too much, over two server processes."""

from __future__ import annotations

import asyncio
from functools import partial

from tests.bus.conftest import Connect, Pair
from tests.rest.shapes import refused
from tests.support.people import Person, checked
from tests.support.processes import wait_until


def sees(person: Person, other: Person) -> bool:
    return other.id in checked_list(person)


def checked_list(person: Person) -> list[str]:
    answer = person.http.get("/users/presence/online")
    assert answer.status_code == 200, answer.text
    online: list[str] = answer.json()
    return online


async def test_who_is_connected_at_the_other_server_is_online(pair: Pair, connect: Connect) -> None:
    ana, bob, eve = pair.near.add("Ana"), pair.near.add("Bob"), pair.near.add("Eve")
    ana.direct(bob)
    watching, stranger = await connect(ana, near=True), await connect(eve, near=True)
    phone = await connect(bob)
    await watching.hears("user_online", user_id=bob.id)
    assert sees(ana, bob)
    assert sees(pair.at_far(bob), ana)
    laptop = await connect(bob, near=True)
    await phone.close()
    await asyncio.sleep(2.5)  # an absence is told after two seconds
    assert not watching.all_of("user_offline", user_id=bob.id)
    assert sees(ana, bob)
    assert len(watching.all_of("user_online", user_id=bob.id)) == 1
    await laptop.close()
    await watching.hears("user_offline", user_id=bob.id)
    assert not sees(ana, bob)
    await stranger.settle()
    assert not [event for event in stranger.heard if event.name in ("user_online", "user_offline")]


async def test_who_blocks_somebody_hears_nothing_of_them_from_the_other_server(pair: Pair, connect: Connect) -> None:
    ana, bob = pair.near.add("Ana"), pair.near.add("Bob")
    conversation_id = ana.direct(bob)
    watching = await connect(ana, near=True)
    typing = await connect(bob)
    await watching.hears("user_online", user_id=bob.id)
    assert ana.http.post("/users/blocks", json={"user_id": bob.id}).status_code in (200, 201)
    await watching.hears("user_offline", user_id=bob.id)
    await typing.asks("typing_start", {"conversation_id": conversation_id})
    await asyncio.sleep(0.5)
    await watching.settle()
    assert not watching.all_of("user_typing")


async def test_after_the_last_block_both_are_told_of_each_other_over_two_servers(pair: Pair, connect: Connect) -> None:
    ana, bob, eve = pair.near.add("Ana"), pair.near.add("Bob"), pair.near.add("Eve")
    ana.direct(bob)
    hers, his, stranger = await connect(ana, near=True), await connect(bob), await connect(eve)
    await hers.hears("user_online", user_id=bob.id)
    at_far = pair.at_far(bob)
    for blocker, blocked in ((ana, bob), (at_far, ana), (ana, eve)):
        checked(blocker.http.post("/users/blocks", json={"user_id": blocked.id}), 201)
    for blocker, blocked in ((ana, bob), (ana, eve)):
        checked(blocker.http.delete(f"/users/blocks/{blocked.id}"), 200)
    await hers.hears("user_blocked", user_id=eve.id, is_blocked=False)
    await asyncio.sleep(0.5)
    assert len(hers.all_of("user_online", user_id=bob.id)) == 1  # he blocks her still
    checked(at_far.http.delete(f"/users/blocks/{ana.id}"), 200)
    await hers.hears_times(2, "user_online", user_id=bob.id)
    await his.hears("user_online", user_id=ana.id)
    await stranger.settle()
    assert not stranger.all_of("user_online", user_id=ana.id)
    assert not hers.all_of("user_online", user_id=eve.id)


async def test_typing_is_seen_at_the_other_server_and_ends(pair: Pair, connect: Connect) -> None:
    ana, bob = pair.near.add("Ana"), pair.near.add("Bob")
    conversation_id = ana.direct(bob)
    watching, typing = await connect(ana, near=True), await connect(bob)
    about = {"conversation_id": conversation_id}
    assert (await typing.asks("typing_start", about))["ok"]
    await watching.hears("user_typing", user_id=bob.id, is_typing=True)
    assert (await typing.asks("typing_stop", about))["ok"]
    await watching.hears("user_typing", user_id=bob.id, is_typing=False)


async def test_who_was_not_announced_is_asked_for_and_nothing_after_it_is_taken_for_old(
    pair: Pair, connect: Connect
) -> None:
    ana, bob = pair.near.add("Ana"), pair.near.add("Bob")
    conversation_id = ana.direct(bob)
    watching = await connect(bob)
    pair.disturb('"what":"online"')
    typing = await connect(ana, near=True)
    await asyncio.sleep(0.5)
    assert not watching.all_of("user_online", user_id=ana.id)
    pair.disturb()
    await watching.hears("user_online", user_id=ana.id, seconds=30)  # two beacons later, and an answer
    for teller, hearer, who in ((typing, watching, ana), (watching, typing, bob)):
        assert (await teller.asks("typing_start", {"conversation_id": conversation_id}))["ok"]
        await hearer.hears("user_typing", user_id=who.id, is_typing=True)


async def test_what_is_used_up_at_one_server_is_used_up_at_the_other(pair: Pair) -> None:
    ana = pair.near.add("Ana")
    search = {"query": "anything"}
    for _ in range(5):
        checked(ana.http.post("/messages/search", json=search), 200)
    await asyncio.sleep(1.5)  # it is told once a second
    far = pair.at_far(ana)
    wait_until(partial(is_limited, far), seconds=10, what="the other server knows")
    refused(far.http.post("/messages/search", json=search), 429, code="rate_limited")


def is_limited(person: Person) -> bool:
    return person.http.post("/messages/search", json={"query": "anything"}).status_code == 429
