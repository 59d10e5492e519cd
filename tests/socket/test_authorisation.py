"""Every command and every event, for each relation a person can have to a conversation. One without a row fails."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.socket.conftest import Connect
from tests.socket.device import Device, Refused, check_refusal
from tests.socket.everything import do_everything, say_everything
from tests.socket.host import Host
from tests.support.people import checked
from tms_chat.realtime.commands import TABLE
from tms_chat.realtime.schema import EVENTS

#: What each command says about a group, and what those hear who may not know of it; None: it concerns nobody else.
COMMANDS: dict[str, tuple[dict[str, Any], str | None]] = {
    "join_conversation": ({}, "conversation_not_found"),
    "leave_conversation": ({}, "conversation_not_found"),
    "typing_start": ({}, "conversation_not_found"),
    "typing_stop": ({}, "conversation_not_found"),
    "send_message": ({"content": "hello"}, "conversation_not_found"),
    "message_read": ({"sequence_number": 1}, "conversation_not_found"),
    "message_delivered": ({"sequence_number": 1}, "conversation_not_found"),
    "keepalive": ({}, None),
    "auth": ({}, None),
}
#: Told by time or to a socket that is about to be closed; tests of their own wait for them.
BY_TIME = {"auth_expiring", "user_offline"}
#: Made in the background, after a page was looked up.
IN_THE_BACKGROUND = {"link_preview"}


def test_every_command_has_its_row() -> None:
    assert COMMANDS.keys() == TABLE.keys()


@pytest.mark.parametrize("command", COMMANDS)
async def test_a_command_is_for_members_only(host: Host, connect: Connect, command: str) -> None:
    admin, member, former, stranger = (host.add(name) for name in ("Ada", "Max", "Finn", "Sue"))
    group = admin.group("G", member, former)
    member.send(group, "first")
    devices = {name: await connect(who) for name, who in
               (("admin", admin), ("member", member), ("former", former), ("stranger", stranger))}  # fmt: skip
    checked(admin.http.delete(f"/conversations/{group}/members/{former.id}"), 200)
    await devices["former"].hears("member_removed")
    fields, refusal = COMMANDS[command]
    for name, device in devices.items():
        token = {"admin": admin, "member": member, "former": former, "stranger": stranger}[name].token
        body = {"token": token} if command == "auth" else {"conversation_id": group, **fields}
        ack = await device.asks(command, body)
        if refusal is None or name in ("admin", "member"):
            assert ack["ok"], f"{name}: {ack}"
        else:
            check_refusal(ack, refusal)


@pytest.mark.parametrize("token", [None, "", "a.b.c"], ids=["none", "empty", "invalid"])
async def test_without_a_token_there_is_no_socket(host: Host, token: str | None) -> None:
    device = Device(host.server, token)
    try:
        with pytest.raises(Refused, match=r"^token_(missing|invalid)$"):
            await device.connect()
    finally:
        await device.close()


async def test_every_event_reaches_members_and_nobody_else(host: Host, connect: Connect) -> None:
    people = {name: host.add(name) for name in ("admin", "member", "newcomer", "former", "stranger")}
    admin, member, newcomer, former = (people[name] for name in ("admin", "member", "newcomer", "former"))
    group = admin.group("G", member, former)
    devices = {name: await connect(person) for name, person in people.items() if name != "member"}
    checked(admin.http.delete(f"/conversations/{group}/members/{former.id}"), 200)
    await devices["former"].hears("member_removed")
    devices["member"] = await connect(member)  # last, so that the others see somebody come
    await asyncio.to_thread(do_everything, admin, member, newcomer, group)
    await say_everything(devices["member"], group)
    await say_everything(devices["admin"], group)
    for device in devices.values():
        await device.settle()

    heard = {event.name for name in ("admin", "member") for event in devices[name].heard}
    heard |= {event.name for event in devices["newcomer"].heard} & {"conversation_created", "unseen_change"}
    assert EVENTS.keys() - BY_TIME - IN_THE_BACKGROUND <= heard

    for device in devices.values():
        for event in device.heard:  # every key there, none more, each of its type
            EVENTS[event.name].model_validate(event.body, by_alias=False, by_name=True)

    of_the_group = [event for event in devices["stranger"].heard if event.body.get("conversation_id") == group]
    assert not of_the_group
    last = [event.name for event in devices["former"].heard if event.body.get("conversation_id") == group]
    assert last[-1] == "member_removed"
    inside = [event.name for event in devices["newcomer"].heard if event.body.get("conversation_id") == group]
    assert inside[0] == "conversation_created"
    assert inside[-1] == "member_left"
    assert not {"message_edited", "poll_vote_added", "reaction_added"} & set(inside)
    for name in ("stranger", "former", "newcomer"):
        # Somebody else's settings are nobody's business.
        assert not {event.name for event in devices[name].heard} & {"conversation_muted", "preferences_updated"}
