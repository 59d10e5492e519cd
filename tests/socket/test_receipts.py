"""Receipts over the socket: one event for a moved position, whatever its size, and companions for older clients."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.socket.conftest import Connect
from tests.socket.device import Device, check_refusal
from tests.socket.host import Host
from tests.socket.http import async_http

RECEIPTS = ("messages_read", "messages_delivered", "message_status")


def heard(device: Device) -> list[tuple[str, dict[str, Any]]]:
    return [(event.name, event.body) for event in device.heard if event.name in RECEIPTS]


def position(name: str, chat: str, user_id: str, number: int, count: int) -> tuple[str, dict[str, Any]]:
    return name, {"conversation_id": chat, "user_id": user_id, "sequence_number": number, "count": count}


def companion(chat: str, message_id: str, user_id: str, status: str) -> tuple[str, dict[str, Any]]:
    body = {"conversation_id": chat, "message_id": message_id, "user_id": user_id, "status": status, "compat": True}
    return "message_status", body


@pytest.mark.parametrize("receipt", ["read", "delivered"])
async def test_a_moved_position_is_told_once_to_every_member(host: Host, connect: Connect, receipt: str) -> None:
    ana, bob, cleo = host.add("Ana"), host.add("Bob"), host.add("Cleo")
    chat = ana.group("Launch", bob, cleo)
    ids = [ana.send(chat, f"message {number}")["id"] for number in range(4)]
    devices = [await connect(person) for person in (ana, bob, cleo)]
    ack = await devices[1].asks(f"message_{receipt}", {"conversation_id": chat, "sequence_number": 3})
    assert ack == {"ok": True, "updated_count": 3}
    for number in (3, 2, 0):
        again = await devices[1].asks(f"message_{receipt}", {"conversationId": chat, "sequenceNumber": number})
        assert again == {"ok": True, "updated_count": 0}
    beyond = await devices[1].asks(f"message_{receipt}", {"conversation_id": chat, "sequence_number": 10**12})
    assert beyond == {"ok": True, "updated_count": 1}
    for device in devices:
        await device.settle()
        assert heard(device) == [
            position(f"messages_{receipt}", chat, bob.id, 3, 3),
            companion(chat, ids[2], bob.id, receipt),
            position(f"messages_{receipt}", chat, bob.id, 4, 1),
            companion(chat, ids[3], bob.id, receipt),
        ]


@pytest.mark.parametrize("receipt", ["read", "delivered"])
async def test_each_listed_message_has_a_companion(host: Host, connect: Connect, receipt: str) -> None:
    ana, bob = host.add("Ana"), host.add("Bob")
    chat = ana.direct(bob)
    ids = [ana.send(chat, f"message {number}")["id"] for number in range(6)]
    device = await connect(ana)
    path = f"/messages/mark-{receipt}"
    bob.http.post(path, json={"conversation_id": chat, "message_ids": ids[:1]})
    bob.http.post(path, json={"conversation_id": chat, "message_ids": [ids[4], ids[0], ids[2]]})
    bob.http.post(path, json={"conversation_id": chat, "message_ids": ids[:5]})
    await device.settle()
    assert heard(device) == [
        position(f"messages_{receipt}", chat, bob.id, 1, 1),
        companion(chat, ids[0], bob.id, receipt),
        position(f"messages_{receipt}", chat, bob.id, 5, 4),
        companion(chat, ids[2], bob.id, receipt),
        companion(chat, ids[4], bob.id, receipt),
    ]


async def test_opening_five_hundred_unread_is_one_event_and_one_companion(host: Host, connect: Connect) -> None:
    ana, bob = host.add("Ana"), host.add("Bob")
    chat = ana.direct(bob)
    async with async_http(host.server, ana.token) as http:

        async def write(number: int) -> None:
            body = {"conversation_id": chat, "content": f"message {number}"}
            assert (await http.post("/api/v1/messages/", json=body)).status_code == 201

        for start in range(0, 500, 20):
            await asyncio.gather(*(write(number) for number in range(start, start + 20)))
    device, reader = await connect(ana), await connect(bob)
    assert (await reader.asks("join_conversation", {"conversation_id": chat}))["ok"]
    await device.settle()
    assert [name for name, _ in heard(device)] == ["messages_read", "message_status"]
    assert heard(device)[0] == position("messages_read", chat, bob.id, 500, 500)


async def test_connecting_and_being_online_deliver_nothing(host: Host, connect: Connect) -> None:
    """Delivered means that a device said so."""
    ana, bob = host.add("Ana"), host.add("Bob")
    chat = ana.direct(bob)
    ana.send(chat, "before")
    sender, receiver = await connect(ana), await connect(bob)
    ana.send(chat, "while online")
    await receiver.hears("new_message", content="while online")
    await receiver.settle()
    await sender.settle()
    assert heard(sender) == []
    page = ana.http.get(f"/messages/conversations/{chat}/messages").json()["data"]
    assert [message["status"] for message in page] == ["sent", "sent"]


@pytest.mark.parametrize("receipt", ["read", "delivered"])
async def test_devices_that_mark_at_once_count_each_message_once(host: Host, connect: Connect, receipt: str) -> None:
    ana, bob = host.add("Ana"), host.add("Bob")
    chat = ana.direct(bob)
    for number in range(8):
        ana.send(chat, f"message {number}")
    device, *devices = [await connect(person) for person in (ana, bob, bob, bob, bob)]
    asked = [
        devices[number % 4].asks(f"message_{receipt}", {"conversation_id": chat, "sequence_number": number + 1})
        for number in range(8)
    ]
    acks = await asyncio.gather(*asked)
    assert sum(ack["updated_count"] for ack in acks) == 8
    await device.settle()
    moved = device.all_of(f"messages_{receipt}")
    assert sum(event["count"] for event in moved) == 8
    assert max(event["sequence_number"] for event in moved) == 8


@pytest.mark.parametrize("command", ["message_read", "message_delivered"])
async def test_receipts_cannot_be_forged(host: Host, connect: Connect, command: str) -> None:
    ana, bob, eve = host.add("Ana"), host.add("Bob"), host.add("Eve")
    chat = ana.direct(bob)
    ana.send(chat, "one")
    sender, stranger = await connect(ana), await connect(eve)
    foreign = await stranger.asks(command, {"conversation_id": chat, "sequence_number": 1})
    unknown = await stranger.asks(command, {"conversation_id": "unknown", "sequence_number": 1})
    check_refusal(foreign, "conversation_not_found")
    assert foreign == unknown
    for wrong in (-1, 2**63, None, "one", 1.5, [1]):
        check_refusal(await stranger.asks(command, {"conversation_id": chat, "sequence_number": wrong}), "invalid")
    await sender.settle()
    assert heard(sender) == []
