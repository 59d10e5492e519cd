"""Two server processes on one PostgreSQL: a device hears the same, whichever it is connected to."""

from __future__ import annotations

import asyncio

from tests.bus.conftest import Connect, Pair
from tests.socket.device import Device
from tests.support.people import Person, checked

SECONDS = 20.0


def heard_numbers(device: Device, conversation_id: str) -> list[int]:
    """The numbers of what was heard of a conversation, without companions."""
    return [
        event.body["seq"]
        for event in device.heard
        if event.body
        and event.body.get("conversation_id") == conversation_id
        and event.body.get("seq")
        and not event.body.get("compat")
    ]


async def in_thread(person: Person, conversation_id: str, count: int, prefix: str) -> None:
    for number in range(count):
        await asyncio.to_thread(person.send, conversation_id, f"{prefix} {number}")


async def test_what_happens_at_one_server_is_heard_at_the_other(pair: Pair, connect: Connect) -> None:
    ana, bob = pair.near.add("Ana"), pair.near.add("Bob")
    conversation_id = ana.direct(bob)
    far, near = await connect(bob), await connect(ana, near=True)
    message = ana.send(conversation_id, "from near")
    assert (await far.hears("new_message", content="from near"))["id"] == message["id"]
    await far.hears("notification", message_id=message["id"])
    pair.at_far(bob).send(conversation_id, "from far")
    await near.hears("new_message", content="from far")
    checked(ana.http.put(f"/messages/{message['id']}", json={"content": "better"}), 200)
    await far.hears("message_edited", content="better")
    checked(pair.at_far(bob).http.post(f"/messages/{message['id']}/reactions", json={"emoji": "\U0001f44d"}), 201)
    await near.hears("reaction_added", message_id=message["id"])
    await near.hears("messages_read", user_id=bob.id)
    await near.hears("message_status", user_id=bob.id)
    checked(ana.http.request("DELETE", f"/messages/{message['id']}", json={"delete_for_everyone": True}), 200)
    await far.hears("message_deleted", message_id=message["id"])
    for device in (near, far):
        numbers = heard_numbers(device, conversation_id)
        assert numbers == sorted(set(numbers)), numbers


async def test_a_new_conversation_of_any_size_is_entered_at_the_other_server(pair: Pair, connect: Connect) -> None:
    ana, bob = pair.near.add("Ana"), pair.near.add("Bob")
    crowd = [pair.near.add(f"Person {number}") for number in range(60)]
    device = await connect(bob)
    direct = ana.direct(bob)
    ana.send(direct, "hello")
    await device.hears("conversation_created", conversation_id=direct)
    await device.hears("new_message", content="hello")
    for others in ([], crowd):
        group = ana.group("Launch", bob, *others)
        ana.send(group, "welcome")
        told = await device.hears("conversation_created", conversation_id=group)
        assert told["member_count"] == 2 + len(others)
        await device.hears("new_message", conversation_id=group, content="welcome")


async def test_membership_is_heard_at_the_other_server_and_the_removed_hear_nothing_more(
    pair: Pair, connect: Connect
) -> None:
    ana, bob, cleo = pair.near.add("Ana"), pair.near.add("Bob"), pair.near.add("Cleo")
    group = ana.group("Launch", bob)
    device = await connect(cleo)
    checked(ana.http.post(f"/conversations/{group}/members", json={"user_ids": [cleo.id]}), 200)
    ana.send(group, "for three")
    await device.hears("conversation_created", conversation_id=group)
    await device.hears("new_message", content="for three")
    checked(ana.http.delete(f"/conversations/{group}/members/{cleo.id}"), 200)
    for number in range(20):
        ana.send(group, f"for two {number}")
    await device.hears("member_removed", removed_user_id=cleo.id)
    checked(ana.http.post(f"/conversations/{group}/members", json={"user_ids": [cleo.id]}), 200)
    ana.send(group, "for three again")
    await device.hears("new_message", content="for three again")
    assert not [body for body in device.all_of("new_message") if body["content"].startswith("for two")]


async def test_what_somebody_wants_to_hear_of_counts_at_the_other_server(pair: Pair, connect: Connect) -> None:
    ana, bob = pair.near.add("Ana"), pair.near.add("Bob")
    conversation_id = ana.direct(bob)
    device = await connect(bob)
    checked(bob.http.post(f"/notifications/conversations/{conversation_id}/mute"), 201)
    await device.hears("conversation_muted", conversation_id=conversation_id)
    await asyncio.sleep(0.5)  # it is read again
    ana.send(conversation_id, "quiet, please")
    await device.hears("new_message", content="quiet, please")
    await device.settle()
    assert not device.all_of("notification")


async def test_signing_out_at_one_server_closes_the_socket_at_the_other(pair: Pair, connect: Connect) -> None:
    device = await connect(ana := pair.near.add("Ana"))
    checked(ana.http.post("/auth/logout"), 200)
    await device.is_closed_by_the_server(seconds=5)
    assert device.all_of("error")[-1]["code"] == "token_invalid"


async def test_both_send_at_once_and_everybody_hears_the_same_order(pair: Pair, connect: Connect) -> None:
    ana, bob = pair.near.add("Ana"), pair.near.add("Bob")
    conversation_id = ana.direct(bob)
    devices = [await connect(ana, near=True), await connect(bob)]
    await asyncio.gather(
        in_thread(ana, conversation_id, 60, "near"), in_thread(pair.at_far(bob), conversation_id, 60, "far")
    )
    for device in devices:
        await device.hears_times(120, "new_message", seconds=SECONDS)
        assert heard_numbers(device, conversation_id) == list(range(1, 121))
