"""Edits, deletions and reactions as sockets hear them: one number and one event each, and nothing that is erased."""

from __future__ import annotations

from typing import Any

from tests.socket.casing import snake
from tests.socket.conftest import Connect
from tests.socket.device import Device
from tests.socket.host import Host
from tests.socket.test_windows import begins_after
from tests.support.people import Person, checked

NOISE = ("rooms_joined", "hello", "keepalive_ack", "user_online", "user_offline", "notification")


async def heard(device: Device) -> list[tuple[str, dict[str, Any]]]:
    """Everything that was published until now, without what every socket hears."""
    await device.settle()
    return [(event.name, event.body) for event in device.heard if event.name not in NOISE]


def fetched(person: Person, message_id: str) -> dict[str, Any]:
    return snake(checked(person.http.get(f"/messages/{message_id}"), 200))


def delete_for_everyone(person: Person, message_id: str) -> Any:
    """When."""
    answer = person.http.request("DELETE", f"/messages/{message_id}", json={"delete_for_everyone": True})
    return checked(answer, 200)["deleted_at"]


def react(person: Person, message_id: str, emoji: str) -> dict[str, Any]:
    return snake(checked(person.http.post(f"/messages/{message_id}/reactions", json={"emoji": emoji}), 201))


async def test_an_edit_is_one_event_to_everybody(host: Host, connect: Connect) -> None:
    ana, bob, cleo = host.add("Ana"), host.add("Bob"), host.add("Cleo")
    conversation_id = ana.group("Launch", bob, cleo)
    sent = ana.send(conversation_id, "teh text", metadata_json={"aB": 1})
    devices = [await connect(person) for person in (ana, bob, cleo)]
    edited = snake(checked(ana.http.put(f"/messages/{sent['id']}", json={"content": "the text, @Bob"}), 200))
    checked(ana.http.put(f"/messages/{sent['id']}", json={"content": "the text, @Bob"}), 200)
    body = {
        "conversation_id": conversation_id,
        "seq": 2,
        "message_id": sent["id"],
        "content": "the text, @Bob",
        "metadata_json": {"aB": 1, "mentions": [bob.id]},
        "is_edited": True,
        "updated_at": edited["updated_at"],
        "deleted_at": None,
    }
    for device in devices:
        assert await heard(device) == [("message_edited", body)]
    assert edited == snake(sent) | {key: body[key] for key in body if key in edited} == fetched(ana, sent["id"])


async def test_a_deletion_is_pushed_once_and_without_a_word_of_it(host: Host, connect: Connect) -> None:
    ana, bob = host.add("Ana"), host.add("Bob")
    conversation_id = ana.direct(bob)
    sent = ana.send(conversation_id, "a secret", metadata_json={"more": "secret"})
    devices = [await connect(person) for person in (ana, bob)]
    at = delete_for_everyone(ana, sent["id"])
    assert delete_for_everyone(ana, sent["id"]) == at
    named = {"conversation_id": conversation_id, "seq": 2, "message_id": sent["id"]}
    stub = {"content": "", "metadata_json": {}, "is_edited": False, "updated_at": at, "deleted_at": at}
    for device in devices:
        assert await heard(device) == [
            ("message_edited", named | stub),
            ("message_deleted", named | {"compat": True}),
        ]
    assert fetched(bob, sent["id"]).items() >= stub.items()


async def test_reactions_are_one_number_each_also_where_they_replace(host: Host, connect: Connect) -> None:
    ana, bob = host.add("Ana"), host.add("Bob")
    conversation_id = ana.direct(bob)
    message_id = ana.send(conversation_id, "hello")["id"]
    device = await connect(ana)
    thumb, heart = react(bob, message_id, "👍"), react(bob, message_id, "❤️")
    assert fetched(ana, message_id)["reactions"] == [heart]
    checked(bob.http.delete(f"/messages/{message_id}/reactions/❤️"), 200)
    named = {"conversation_id": conversation_id, "message_id": message_id}
    removed = {"user_id": bob.id, "emoji": "👍", "compat": True}
    assert await heard(device) == [
        ("reaction_added", named | {"seq": 2, "reaction": thumb}),
        ("reaction_added", named | {"seq": 3, "reaction": heart}),
        ("reaction_removed", named | {"seq": 3} | removed),
        ("reaction_removed", named | {"seq": 4} | removed | {"emoji": "❤️", "compat": False}),
    ]


async def test_the_author_is_notified_of_a_reaction(host: Host, connect: Connect) -> None:
    ana, bob, cleo = host.add("Ana"), host.add("Bob"), host.add("Cleo")
    conversation_id = ana.group("Launch", bob, cleo)
    message_id = ana.send(conversation_id, "hello")["id"]
    author, other = await connect(ana), await connect(cleo)
    react(bob, message_id, "👍")
    notification = await author.hears("notification")
    assert (notification["kind"], notification["message_id"]) == ("reaction", message_id)
    await other.settle()
    assert other.all_of("notification") == []


async def test_what_one_deletes_for_oneself_reaches_ones_own_devices_only(host: Host, connect: Connect) -> None:
    ana, bob = host.add("Ana"), host.add("Bob")
    conversation_id = ana.direct(bob)
    message_id = bob.send(conversation_id, "hello")["id"]
    phone, laptop, other = await connect(ana), await connect(ana), await connect(bob)
    for _ in range(2):
        checked(ana.http.delete(f"/messages/{message_id}"), 200)
    for device in (phone, laptop):
        assert await heard(device) == [
            ("message_hidden", {"conversation_id": conversation_id, "message_id": message_id})
        ]
    assert await heard(other) == []


async def test_clearing_reaches_ones_own_devices_and_counts_as_reading(host: Host, connect: Connect) -> None:
    ana, bob = host.add("Ana"), host.add("Bob")
    conversation_id = ana.direct(bob)
    for content in ("one", "two"):
        bob.send(conversation_id, content)
    device, other = await connect(ana), await connect(bob)
    checked(ana.http.delete(f"/messages/conversations/{conversation_id}/clear"), 200)
    read = {"conversation_id": conversation_id, "user_id": ana.id, "sequence_number": 2, "count": 2}
    cleared = {"conversation_id": conversation_id, "sequence_number": 2}
    assert [body for name, body in await heard(device) if name == "messages_read"] == [read]
    assert device.all_of("conversation_cleared") == [cleared]
    assert [name for name, _ in await heard(other)] == ["messages_read", "message_status"]
    bob.send(conversation_id, "three")
    assert (await device.hears("new_message"))["seq"] == 3


async def test_what_changes_before_ones_history_is_a_number_and_nothing_else(host: Host, connect: Connect) -> None:
    ana, bob, cleo = host.add("Ana"), host.add("Bob"), host.add("Cleo")
    conversation_id = ana.group("Launch", bob, cleo)
    message_id = ana.send(conversation_id, "a secret")["id"]
    await begins_after(host, conversation_id, cleo.id, 1)
    inside, outside = await connect(bob), await connect(cleo)
    checked(ana.http.put(f"/messages/{message_id}", json={"content": "another secret"}), 200)
    for emoji in ("👍", "❤️"):
        react(bob, message_id, emoji)
    checked(bob.http.delete(f"/messages/{message_id}/reactions/❤️"), 200)
    delete_for_everyone(ana, message_id)
    assert await heard(outside) == [
        ("unseen_change", {"conversation_id": conversation_id, "seq": seq, "sequence_number": None, "timestamp": None})
        for seq in range(2, 7)
    ]
    assert [name for name, _ in await heard(inside)] == [
        "message_edited", "reaction_added", "reaction_added", "reaction_removed", "reaction_removed",
        "message_edited", "message_deleted",
    ]  # fmt: skip
