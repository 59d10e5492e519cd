"""The `notification` event: to the devices of those who want to be told, and to nobody else."""

from __future__ import annotations

from typing import Any

import pytest

from tests.socket.conftest import Connect
from tests.socket.device import Device
from tests.socket.host import Host
from tests.support.people import Person


async def told(device: Device) -> list[tuple[str, str | None]]:
    """Kind and message of each notification so far."""
    await device.settle()
    return [(event["kind"], event["message_id"]) for event in device.all_of("notification")]


def prefer(person: Person, **fields: Any) -> dict[str, Any]:
    answer = person.http.put("/notifications/preferences", json=fields)
    assert answer.status_code == 200, answer.text
    preferences: dict[str, Any] = answer.json()
    return preferences


def mute(person: Person, chat: str) -> None:
    assert person.http.post(f"/notifications/conversations/{chat}/mute").status_code == 201


async def test_a_message_notifies_the_others_on_every_device(host: Host, connect: Connect) -> None:
    ana, bob, cleo, eve = (host.add(name) for name in ("Ana", "Bob", "Cleo", "Eve"))
    chat = ana.group("Launch", bob, cleo)
    sender, stranger = await connect(ana), await connect(eve)
    others = [await connect(person) for person in (bob, bob, cleo)]
    sent = ana.send(chat, "hello")
    for device in others:
        await device.settle()
        assert device.all_of("notification") == [
            {
                "conversation_id": chat,
                "kind": "message",
                "message_id": sent["id"],
                "actor_id": ana.id,
                "sound": True,
                "browser": True,
            }
        ]
        names = [event.name for event in device.heard]
        assert names.index("new_message") < names.index("notification")
    assert await told(sender) == await told(stranger) == []


async def test_mention_reply_and_everybody(host: Host, connect: Connect) -> None:
    ana, bob, cleo = host.add("Ana Reyes"), host.add("Bob"), host.add("Cleo")
    chat = ana.group("Launch", bob, cleo)
    question = bob.send(chat, "who?")["id"]
    devices = [await connect(person) for person in (bob, cleo)]
    reply = ana.send(chat, "you", reply_to_id=question)["id"]
    mention = ana.send(chat, "and @Cleo")["id"]
    all_of_them = ana.send(chat, "@all come")["id"]
    assert await told(devices[0]) == [("reply", reply), ("message", mention), ("mention", all_of_them)]
    assert await told(devices[1]) == [("message", reply), ("mention", mention), ("mention", all_of_them)]


async def test_a_mute_lets_a_mention_and_a_reply_through(host: Host, connect: Connect) -> None:
    ana, bob = host.add("Ana"), host.add("Bob")
    chat = ana.group("Launch", bob)
    question = bob.send(chat, "who?")["id"]
    device, other_device = await connect(bob), await connect(bob)
    mute(bob, chat)
    assert await device.hears("conversation_muted") == {"conversation_id": chat, "is_muted": True, "mute_until": None}
    ana.send(chat, "nobody in particular")
    ana.send(chat, "@all come")
    wanted = [("reply", ana.send(chat, "you", reply_to_id=question)["id"])]
    wanted.append(("mention", ana.send(chat, "@Bob look")["id"]))
    assert await told(device) == await told(other_device) == wanted
    bob.http.delete(f"/notifications/conversations/{chat}/mute")
    wanted.append(("message", ana.send(chat, "nobody in particular")["id"]))
    assert await told(device) == wanted
    await other_device.settle()
    assert [event["is_muted"] for event in other_device.all_of("conversation_muted")] == [True, False]


async def test_what_was_muted_before_connecting_is_silent_too(host: Host, connect: Connect) -> None:
    ana, bob = host.add("Ana"), host.add("Bob")
    chat = ana.direct(bob)
    mute(bob, chat)
    device = await connect(bob)
    ana.send(chat, "hello")
    assert await told(device) == []
    await device.hears("new_message", content="hello")


async def test_preferences_hold_from_their_answer_on(host: Host, connect: Connect) -> None:
    ana, bob = host.add("Ana"), host.add("Bob")
    chat = ana.direct(bob)
    device, sender = await connect(bob), await connect(ana)
    preferences = prefer(bob, sound_enabled=False)
    assert await device.hears("preferences_updated") == preferences
    ana.send(chat, "without a sound")
    prefer(bob, enable_message_notifications=False)
    ana.send(chat, "without anything")
    prefer(bob, enable_message_notifications=True, dnd_enabled=True)
    ana.send(chat, "not now")
    prefer(bob, dnd_enabled=False, browser_notifications_enabled=False, sound_enabled=True)
    ana.send(chat, "with a sound only")
    await device.settle()
    heard = [(event["sound"], event["browser"]) for event in device.all_of("notification")]
    assert heard == [(False, True), (True, False)]
    await sender.settle()
    assert not sender.all_of("preferences_updated")


async def test_a_reaction_notifies_the_author_only(host: Host, connect: Connect) -> None:
    ana, bob, cleo = host.add("Ana"), host.add("Bob"), host.add("Cleo")
    chat = ana.group("Launch", bob, cleo)
    message = ana.send(chat, "done")["id"]
    author, reacting, other = await connect(ana), await connect(bob), await connect(cleo)
    assert bob.http.post(f"/messages/{message}/reactions", json={"emoji": "👍"}).status_code == 201
    assert ana.http.post(f"/messages/{message}/reactions", json={"emoji": "🎉"}).status_code == 201
    assert await told(author) == [("reaction", message)]
    assert await told(reacting) == await told(other) == []


async def test_who_joins_is_member_activity_once(host: Host, connect: Connect) -> None:
    ana, bob, cleo = host.add("Ana"), host.add("Bob"), host.add("Cleo")
    chat = ana.group("Launch", bob)
    devices = [await connect(person) for person in (ana, bob, cleo)]
    added = ana.http.post(f"/conversations/{chat}/members", json={"user_ids": [cleo.id]})
    assert added.status_code == 200, added.text
    assert [kind for kind, _ in await told(devices[1])] == ["member_activity"]
    assert [kind for kind, _ in await told(devices[2])] == ["member_activity"]
    assert await told(devices[0]) == []
    renamed = ana.http.put(f"/conversations/{chat}", json={"name": "Landing"})
    assert renamed.status_code == 200, renamed.text
    assert len(await told(devices[1])) == 1  # a new title is seen, not notified of


async def test_nothing_of_somebody_blocked_is_pushed_but_numbered_events(host: Host, connect: Connect) -> None:
    ana, bob, cleo = host.add("Ana"), host.add("Bob"), host.add("Cleo")
    chat = ana.group("Launch", bob, cleo)
    message = ana.send(chat, "one")["id"]
    blocker, witness = await connect(ana), await connect(cleo)
    assert ana.http.post("/users/blocks", json={"user_id": bob.id}).status_code == 201
    blocked = await connect(bob)
    about = {"conversation_id": chat}
    assert (await blocked.asks("typing_start", about))["ok"]
    assert (await blocked.asks("message_delivered", about | {"sequence_number": 1}))["ok"]
    assert (await blocked.asks("message_read", about | {"sequence_number": 1}))["ok"]
    bob.send(chat, "hello @Ana", reply_to_id=message)
    await blocked.close()
    await witness.hears("user_offline", user_id=bob.id)
    assert {event.name for event in await of(witness, bob)} == {
        "user_online", "user_typing", "messages_delivered", "messages_read", "message_status", "new_message",
        "notification", "user_offline",
    }  # fmt: skip
    # The message is numbered: without it there would be a gap. The client folds it.
    assert {event.name for event in await of(blocker, bob)} == {"user_blocked", "new_message"}


@pytest.mark.parametrize("blocks_first", [True, False])
async def test_unblocked_is_heard_again(host: Host, connect: Connect, blocks_first: bool) -> None:
    ana, bob = host.add("Ana"), host.add("Bob")
    chat = ana.group("Launch", bob)
    if blocks_first:
        ana.http.post("/users/blocks", json={"user_id": bob.id})
    blocker = await connect(ana)
    if not blocks_first:
        ana.http.post("/users/blocks", json={"user_id": bob.id})
    bob.send(chat, "unheard")
    assert await told(blocker) == []
    assert ana.http.delete(f"/users/blocks/{bob.id}").status_code == 200
    heard = bob.send(chat, "heard")["id"]
    assert await told(blocker) == [("message", heard)]


async def of(device: Device, person: Person) -> list[Any]:
    """Everything this device heard of this person's doing."""
    await device.settle()
    keys = ("user_id", "actor_id", "sender_id")
    return [event for event in device.heard if person.id in [event.body.get(key) for key in keys]]
