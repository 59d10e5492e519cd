"""Who hears a conversation: its members, from its first moment on, whatever a client asks for. Nobody else."""

from __future__ import annotations

import asyncio

import pytest

from tests.socket.casing import snake
from tests.socket.conftest import Connect
from tests.socket.device import Device, check_refusal
from tests.socket.host import Host
from tests.socket.http import async_http
from tests.support.people import Person


@pytest.mark.parametrize("command", ["join_conversation", "leave_conversation", "typing_start", "typing_stop"])
async def test_a_stranger_is_told_that_there_is_no_such_conversation(
    host: Host, connect: Connect, command: str
) -> None:
    ana, bob, eve = host.add("Ana"), host.add("Bob"), host.add("Eve")
    conversation_id = ana.direct(bob)
    member, stranger = await connect(bob), await connect(eve)
    foreign = await stranger.asks(command, {"conversation_id": conversation_id})
    unknown = await stranger.asks(command, {"conversation_id": "no-such-conversation"})
    check_refusal(foreign, "conversation_not_found")
    assert foreign == unknown  # or the answer would tell that it exists
    await member.settle()
    assert not member.all_of("user_typing")


async def test_a_stranger_who_tries_to_join_hears_nothing_of_it(host: Host, connect: Connect) -> None:
    ana, bob, eve = host.add("Ana"), host.add("Bob"), host.add("Eve")
    conversation_id = ana.direct(bob)
    member, stranger = await connect(bob), await connect(eve)
    for payload in (
        {"conversation_id": conversation_id},
        {"conversation_id": f"conversation:{conversation_id}"},
        {"conversationId": conversation_id},
        {"room": f"conversation:{conversation_id}", "conversation_id": conversation_id},
    ):
        check_refusal(await stranger.asks("join_conversation", payload), "conversation_not_found")
    ana.send(conversation_id, "between us")
    assert (await member.asks("typing_start", {"conversation_id": conversation_id}))["ok"]
    assert (await member.asks("join_conversation", {"conversation_id": conversation_id}))["ok"]
    await member.hears("new_message", content="between us")
    await stranger.settle()
    assert {event.name for event in stranger.heard} == {"rooms_joined", "hello", "error", "keepalive_ack"}


async def test_a_stranger_cannot_send_over_the_socket(host: Host, connect: Connect) -> None:
    ana, bob, eve = host.add("Ana"), host.add("Bob"), host.add("Eve")
    conversation_id = ana.direct(bob)
    stranger = await connect(eve)
    payload = {"conversation_id": conversation_id, "content": "let me in"}
    check_refusal(await stranger.asks("send_message", payload), "conversation_not_found")
    history = ana.http.get(f"/messages/conversations/{conversation_id}/messages").json()
    assert history["data"] == []


async def test_leaving_the_view_does_not_leave_the_conversation(host: Host, connect: Connect) -> None:
    ana, bob = host.add("Ana"), host.add("Bob")
    conversation_id = ana.direct(bob)
    device = await connect(bob)
    await device.asks("join_conversation", {"conversation_id": conversation_id})
    assert await device.asks("leave_conversation", {"conversation_id": conversation_id}) == {
        "ok": True,
        "conversation_id": conversation_id,
    }
    assert await device.hears("left_conversation") == {"conversation_id": conversation_id}
    ana.send(conversation_id, "still there?")
    assert (await device.hears("new_message"))["content"] == "still there?"
    assert bob.http.get(f"/conversations/{conversation_id}").json()["unreadCount"] == 1


@pytest.mark.parametrize("kind", ["dm", "group"])
async def test_a_new_conversation_and_its_first_message_arrive_without_a_reconnect(
    host: Host, connect: Connect, kind: str
) -> None:
    ana, bob, eve = host.add("Ana"), host.add("Bob"), host.add("Eve")
    here, phone, there, stranger = await connect(ana), await connect(bob), await connect(bob), await connect(eve)
    conversation_id = ana.direct(bob) if kind == "dm" else ana.group("Launch", bob)
    message = ana.send(conversation_id, "first")
    for device, person in ((here, ana), (phone, bob), (there, bob)):
        await device.hears("new_message", id=message["id"])
        names = [event.name for event in device.heard if event.name not in ("rooms_joined", "hello", "user_online")]
        assert names == ["conversation_created", "new_message"]
        created = device.all_of("conversation_created")[0]
        assert (created.pop("conversation_id"), created.pop("seq")) == (conversation_id, 0)
        fetched = snake(person.http.get(f"/conversations/{conversation_id}").json())
        moved = {"updated_at", "last_message", "unread_count"}  # by the message
        still = {key: value for key, value in fetched.items() if key not in moved}
        assert without_last_read(created) == {
            **without_last_read(still),
            **{key: created[key] for key in moved},
        }
        assert (created["last_message"], created["unread_count"]) == (None, 0)
    await stranger.settle()
    assert not stranger.all_of("conversation_created") + stranger.all_of("new_message")


async def test_the_existing_direct_conversation_is_not_announced_again(host: Host, connect: Connect) -> None:
    ana, bob = host.add("Ana"), host.add("Bob")
    device = await connect(bob)
    assert ana.direct(bob) == bob.direct(ana) == ana.direct(bob)
    await device.settle()
    assert len(device.all_of("conversation_created")) == 1


async def test_no_first_message_is_missed_when_both_sides_open_the_conversation_at_once(host: Host) -> None:
    # Whoever finds the other's conversation may write into it before its creator's own request is answered.
    for number in range(12):
        ana, bob = host.add(f"Ana {number}"), host.add(f"Bob {number}")
        async with Device(host.server, ana.token) as one, Device(host.server, bob.token) as other:
            found = await asyncio.gather(open_and_write(host, ana, bob), open_and_write(host, bob, ana))
            assert found[0] == found[1]
            for device in (one, other):
                await device.hears_times(2, "new_message")
                names = [event.name for event in device.heard if event.name in ("conversation_created", "new_message")]
                assert names == ["conversation_created", "new_message", "new_message"]


async def open_and_write(host: Host, person: Person, other: Person) -> str:
    """As a client does it: the direct conversation, and as soon as that is there, a message."""
    async with async_http(host.server, person.token) as http:
        created = await http.post("/api/v1/conversations/", json={"type": "dm", "member_ids": [other.id]})
        conversation_id: str = created.json()["id"]
        sent = await http.post("/api/v1/messages/", json={"conversation_id": conversation_id, "content": "hello"})
        assert sent.status_code == 201
    return conversation_id


def without_last_read(conversation: dict[str, object]) -> dict[str, object]:
    """Writing the first message is reading, which moves a member's `last_read_at`."""
    members = conversation["members"]
    assert isinstance(members, list)
    return conversation | {"members": [{**member, "last_read_at": None} for member in members]}
