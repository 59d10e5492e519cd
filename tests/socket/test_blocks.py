"""What a block keeps away over sockets."""

from __future__ import annotations

import asyncio

from tests.socket.conftest import Connect
from tests.socket.device import check_refusal
from tests.socket.host import Host
from tests.socket.test_groups import storm
from tests.support.people import checked


async def test_a_block_shows_on_ones_own_devices_and_on_nobody_elses(host: Host, connect: Connect) -> None:
    ana, bob = host.add("Ana"), host.add("Bob")
    ana.direct(bob)
    phone, laptop, theirs = await connect(ana), await connect(ana), await connect(bob)
    checked(ana.http.post("/users/blocks", json={"user_id": bob.id}), 201)
    checked(ana.http.delete(f"/users/blocks/{bob.id}"), 200)
    for device in (phone, laptop):
        told = await device.hears_times(2, "user_blocked")
        assert told == [{"user_id": bob.id, "is_blocked": True}, {"user_id": bob.id, "is_blocked": False}]
    await theirs.settle()
    assert not theirs.all_of("user_blocked")


async def test_neither_sees_the_other_come_and_go(host: Host, connect: Connect) -> None:
    ana, bob, eve = host.add("Ana"), host.add("Bob"), host.add("Eve")
    ana.group("Three", bob, eve)
    checked(ana.http.post("/users/blocks", json={"user_id": bob.id}), 201)
    blocked, witness = await connect(bob), await connect(eve)
    blocker = await connect(ana)
    await witness.hears("user_online", user_id=ana.id)
    await blocker.close()
    await witness.hears("user_offline", user_id=ana.id)
    await blocked.settle()
    assert not blocked.all_of("user_online", user_id=ana.id) + blocked.all_of("user_offline", user_id=ana.id)
    again = await connect(ana)
    await blocked.close()
    await witness.hears("user_offline", user_id=bob.id)
    await again.settle()
    assert not again.all_of("user_online", user_id=bob.id) + again.all_of("user_offline", user_id=bob.id)


async def test_a_block_parts_those_who_see_each_other_and_its_end_lets_them_meet(host: Host, connect: Connect) -> None:
    ana, bob, eve = host.add("Ana"), host.add("Bob"), host.add("Eve")
    ana.direct(bob)
    mine, theirs, stranger = await connect(ana), await connect(bob), await connect(eve)
    for name, listed in (("user_offline", [bob.id]), ("user_online", sorted((ana.id, bob.id)))):
        known = len(mine.all_of(name, user_id=bob.id)), len(theirs.all_of(name, user_id=ana.id))
        if name == "user_offline":
            checked(ana.http.post("/users/blocks", json={"user_id": bob.id}), 201)
        else:
            checked(ana.http.delete(f"/users/blocks/{bob.id}"), 200)
        await mine.hears_times(known[0] + 1, name, user_id=bob.id)
        await theirs.hears_times(known[1] + 1, name, user_id=ana.id)
        assert bob.http.get("/users/presence/online").json() == listed
    checked(bob.http.post("/users/blocks", json={"user_id": ana.id}), 201)
    checked(ana.http.post("/users/blocks", json={"user_id": bob.id}), 201)
    checked(ana.http.delete(f"/users/blocks/{bob.id}"), 200)  # his own block stands
    checked(eve.http.post("/users/blocks", json={"user_id": ana.id}), 201)
    await theirs.settle()
    assert [told.name for told in theirs.heard if told.name.startswith("user_o")][-1] == "user_offline"
    await mine.settle()
    await stranger.settle()
    assert not mine.all_of("user_offline", user_id=eve.id) + stranger.all_of("user_offline")


async def test_a_message_over_the_socket_is_refused_as_by_request(host: Host, connect: Connect) -> None:
    ana, bob = host.add("Ana"), host.add("Bob")
    pair = ana.direct(bob)
    mine, theirs = await connect(ana), await connect(bob)
    checked(ana.http.post("/users/blocks", json={"user_id": bob.id}), 201)
    body = {"conversation_id": pair, "content": "hello"}
    refusal = await theirs.asks("send_message", body)
    check_refusal(refusal, "not_deliverable")
    assert "block" not in refusal["detail"].lower()
    check_refusal(await mine.asks("send_message", body), "forbidden")
    await mine.settle()
    assert not mine.all_of("new_message") + theirs.all_of("new_message")


async def test_once_the_block_is_answered_nothing_more_of_theirs_arrives(host: Host, connect: Connect) -> None:
    ana, bob = host.add("Ana"), host.add("Bob")
    pair = ana.direct(bob)
    device = await connect(ana)
    storms = [asyncio.create_task(storm(host, bob, pair, 40)) for _ in range(3)]
    await device.hears_times(10, "new_message")
    checked(await asyncio.to_thread(ana.http.post, "/users/blocks", json={"user_id": bob.id}), 201)
    await device.settle()
    before = len(device.all_of("new_message"))
    statuses = await asyncio.gather(*storms)
    await device.settle()
    assert len(device.all_of("new_message")) == before == sum(found.count(201) for found in statuses)
    assert all(found == sorted(found) and set(found) <= {201, 403} for found in statuses)
