"""Older clients cannot ask for what they missed: what the bus loses is told to them as if it had not been lost."""

from __future__ import annotations

from typing import Any

from tests.bus.conftest import Connect, Pair
from tests.socket.device import Device
from tests.support.people import Person, checked

SECONDS = 30.0
THUMB, HEART = "\N{THUMBS UP SIGN}", "\N{HEAVY BLACK HEART}"


def told(device: Device, conversation_id: str) -> list[tuple[Any, ...]]:
    """What of a conversation's changes was heard, in order; of a reaction that is gone, which one."""
    return [
        (event.body["seq"], event.name, event.body.get("compat", False), event.body.get("emoji"))
        for event in device.heard
        if event.body and event.body.get("conversation_id") == conversation_id and event.body.get("seq")
    ]


def change_everything(ana: Person, group: str, messages: list[str], people: dict[str, Person]) -> None:
    """Each kind of change once, and at last a message."""
    edited, deleted, reacted, replaced, taken_back = messages
    ask = ana.http.request
    checked(ask("PUT", f"/messages/{edited}", json={"content": "better"}), 200)
    checked(ask("DELETE", f"/messages/{deleted}", json={"delete_for_everyone": True}), 200)
    for message in (reacted, replaced):
        checked(ask("POST", f"/messages/{message}/reactions", json={"emoji": HEART}), 201)
    checked(ask("DELETE", f"/messages/{taken_back}/reactions/{THUMB}"), 200)
    options = [{"option_text": text, "position": place} for place, text in enumerate(("yes", "no"))]
    asked = {"conversation_id": group, "question": "When?", "options": options}
    poll = checked(ask("POST", "/polls/", json=asked), 201)["poll"]
    checked(ask("POST", f"/polls/{poll['id']}/vote", json={"option_ids": [poll["options"][0]["id"]]}), 200)
    checked(ask("PUT", f"/polls/{poll['id']}/close"), 200)
    path = f"/conversations/{group}"
    checked(ask("PUT", path, json={"name": "Renamed"}), 200)
    checked(ask("POST", f"{path}/members", json={"user_ids": [people["dora"].id]}), 200)
    checked(ask("PUT", f"{path}/members/{people['dora'].id}", json={"role": "admin"}), 200)
    checked(ask("DELETE", f"{path}/members/{people['cleo'].id}"), 200)
    ana.send(group, "the last one")


async def test_an_older_client_hears_the_same_when_the_word_of_it_is_lost(pair: Pair, connect: Connect) -> None:
    people = {name: pair.near.add(name.capitalize()) for name in ("ana", "bob", "cleo", "dora")}
    ana, device = people["ana"], await connect(people["bob"], near=True)
    heard = {}
    for how in ("", "mute"):
        group = ana.group("Launch", people["bob"], people["cleo"])
        messages = [ana.send(group, f"message {number}")["id"] for number in range(5)]
        for message in messages[-2:]:
            checked(ana.http.post(f"/messages/{message}/reactions", json={"emoji": THUMB}), 201)
        await device.hears_times(2, "reaction_added", conversation_id=group)
        pair.disturb(how)
        change_everything(pair.at_far(ana), group, messages, people)
        await device.hears("new_message", conversation_id=group, content="the last one", seconds=SECONDS)
        heard[how] = told(device, group)
    assert heard["mute"] == heard[""]
    assert {(name, emoji) for _, name, compat, emoji in heard[""] if compat} == {
        ("new_poll", None),
        ("message_deleted", None),
        ("reaction_removed", THUMB),
        ("conversation_updated", None),
    }
