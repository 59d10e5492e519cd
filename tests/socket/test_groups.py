"""What a group's members hear of it: who comes, who goes, and nothing at all once one is out."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.socket.casing import snake
from tests.socket.conftest import Connect
from tests.socket.device import Device
from tests.socket.host import Host
from tests.socket.http import async_http
from tests.support.people import Person, checked

NUMBERED = {
    "new_message", "conversation_updated", "member_added", "member_removed", "member_left", "member_updated",
}  # fmt: skip


def numbered(device: Device, conversation_id: str) -> list[tuple[str, int]]:
    """The primary events of this conversation that were heard, with their numbers."""
    return [
        (event.name, event.body["seq"])
        for event in device.heard
        if event.name in NUMBERED
        and event.body["conversation_id"] == conversation_id
        and not event.body.get("compat", False)
    ]


def admin_of(person: Person, conversation_id: str, member: Person, role: str = "admin") -> None:
    path = f"/conversations/{conversation_id}/members/{member.id}"
    checked(person.http.put(path, json={"role": role}), 200)


async def test_who_is_added_hears_the_group_first_and_everything_from_then_on(host: Host, connect: Connect) -> None:
    ana, bob, cleo = (host.add(name) for name in ("Ana", "Bob", "Cleo"))
    chat = ana.group("Harbour", bob)
    ana.send(chat, "before")
    old, new = await connect(bob), await connect(cleo)
    checked(ana.http.post(f"/conversations/{chat}/members", json={"user_ids": [cleo.id]}), 200)
    message = ana.send(chat, "welcome")
    await new.hears("new_message", id=message["id"])
    await old.hears("new_message", id=message["id"])
    assert numbered(new, chat) == numbered(old, chat) == [("member_added", 2), ("new_message", 3), ("new_message", 4)]
    names = [event.name for event in new.heard if event.name in {"conversation_created", *NUMBERED}]
    assert names[:2] == ["conversation_created", "member_added"]
    created = new.all_of("conversation_created")[0]
    assert (created["seq"], created["member_count"], created["unread_count"]) == (2, 3, 0)
    fetched = snake(checked(cleo.http.get(f"/conversations/{chat}"), 200))
    assert fetched["unread_count"] == 2  # the notice and the welcome
    assert {member["user_id"] for member in created["members"]} == {ana.id, bob.id, cleo.id}
    assert not old.all_of("conversation_created")


@pytest.mark.parametrize("how", ["removed", "left"])
async def test_the_own_removal_is_the_last_one_hears(host: Host, connect: Connect, how: str) -> None:
    ana, bob, cleo = (host.add(name) for name in ("Ana", "Bob", "Cleo"))
    chat = ana.group("Harbour", bob, cleo)
    phone, laptop, stays = await connect(bob), await connect(bob), await connect(cleo)
    if how == "removed":
        checked(ana.http.delete(f"/conversations/{chat}/members/{bob.id}"), 200)
    else:
        checked(bob.http.post(f"/conversations/{chat}/leave"), 200)
    ana.send(chat, "without him")
    await stays.hears("new_message", content="without him")
    for device in (phone, laptop):
        await device.settle()
        assert numbered(device, chat) == [(f"member_{how}", 1)]
        assert (await device.asks("typing_start", {"conversation_id": chat}))["code"] == "conversation_not_found"
    assert numbered(stays, chat) == [(f"member_{how}", 1), ("new_message", 2), ("new_message", 3)]
    (gone,) = stays.all_of(f"member_{how}")
    assert gone["removed_user_id" if how == "removed" else "user_id"] == bob.id
    assert stays.all_of("notification", conversation_id=chat, kind="member_activity")


async def test_the_last_administrator_hands_over_and_hears_that_before_the_own_end(
    host: Host, connect: Connect
) -> None:
    ana, bob = host.add("Ana"), host.add("Bob")
    chat = ana.group("Harbour", bob)
    leaving, stays = await connect(ana), await connect(bob)
    checked(ana.http.post(f"/conversations/{chat}/leave"), 200)
    await stays.hears_times(2, "new_message", type="SYSTEM")
    await leaving.settle()
    told = [("member_updated", 1), ("new_message", 2), ("member_left", 3), ("new_message", 4)]
    assert numbered(stays, chat) == told
    assert numbered(leaving, chat) == told[:3]
    updated = stays.all_of("member_updated")[0]
    assert (updated["user_id"], updated["role"]) == (bob.id, "admin")
    (compat,) = stays.all_of("conversation_updated")
    assert (compat["compat"], compat["seq"]) == (True, updated["seq"])


@pytest.mark.parametrize("how", ["removed", "left"])
async def test_under_a_storm_of_messages_nothing_after_the_removal_reaches_the_removed(
    host: Host, connect: Connect, how: str
) -> None:
    ana, bob, cleo, dan = (host.add(name) for name in ("Ana", "Bob", "Cleo", "Dan"))
    chat = ana.group("Harbour", bob, cleo, dan)
    phone, laptop, stays = await connect(bob), await connect(bob), await connect(dan)
    storms = [asyncio.create_task(storm(host, person, chat, 70)) for person in (ana, bob, cleo)]
    await phone.hears_times(20, "new_message")
    async with async_http(host.server, (ana if how == "removed" else bob).token) as http:
        path = f"/api/v1/conversations/{chat}"
        if how == "removed":
            answer = await http.delete(f"{path}/members/{bob.id}")
        else:
            answer = await http.post(f"{path}/leave")
        assert answer.status_code == 200, answer.text
    statuses = await asyncio.gather(*storms)
    assert set(statuses[0]) == set(statuses[2]) == {201}
    assert set(statuses[1]) <= {201, 404}
    assert statuses[1] == sorted(statuses[1])  # once out, out
    assert bob.http.get(f"/conversations/{chat}").status_code == 404
    await stays.settle()
    everything = numbered(stays, chat)
    assert [number for _, number in everything] == list(range(1, len(everything) + 1))
    (end,) = [number for name, number in everything if name == f"member_{how}"]
    for device in (phone, laptop):
        await device.settle()
        assert numbered(device, chat) == everything[:end], f"heard otherwise than up to {end}"
    late = [message for message in stays.all_of("new_message", sender_id=bob.id) if message["seq"] > end]
    assert [message["type"] for message in late] == (["SYSTEM"] if how == "left" else [])


async def storm(host: Host, person: Person, conversation_id: str, count: int) -> list[int]:
    """The statuses of so many sends, one after the other."""
    async with async_http(host.server, person.token) as http:
        found = []
        for number in range(count):
            body: dict[str, Any] = {"conversation_id": conversation_id, "content": f"message {number}"}
            found.append((await http.post("/api/v1/messages/", json=body)).status_code)
        return found


async def test_who_comes_back_hears_again_and_what_was_said_meanwhile_stays_out_of_reach(
    host: Host, connect: Connect
) -> None:
    ana, bob = host.add("Ana"), host.add("Bob")
    chat = ana.group("Harbour", bob)
    device = await connect(bob)
    for number in range(3):
        checked(ana.http.delete(f"/conversations/{chat}/members/{bob.id}"), 200)
        ana.send(chat, f"secret {number}")
        checked(ana.http.post(f"/conversations/{chat}/members", json={"user_ids": [bob.id]}), 200)
        message = ana.send(chat, f"hello again {number}")
        await device.hears("new_message", id=message["id"])
    heard = [message["content"] for message in device.all_of("new_message")]
    seen = [m["content"] for m in bob.http.get(f"/messages/conversations/{chat}/messages").json()["data"]]
    assert not [content for content in heard + seen if content.startswith("secret")]
    assert seen[0] == "hello again 2"


async def test_an_administrator_who_is_none_any_more_hears_it_and_is_refused(host: Host, connect: Connect) -> None:
    ana, bob = host.add("Ana"), host.add("Bob")
    chat = ana.group("Harbour", bob)
    device = await connect(bob)
    admin_of(ana, chat, bob)
    admin_of(bob, chat, ana, "member")
    admin_of(bob, chat, ana)
    admin_of(ana, chat, bob, "member")
    roles = [event["role"] for event in await device.hears_times(2, "member_updated", user_id=bob.id)]
    assert roles == ["admin", "member"]
    assert bob.http.put(f"/conversations/{chat}", json={"name": "Mine"}).status_code == 403
