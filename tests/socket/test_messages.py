"""`new_message` and `send_message`: one message, the same object for every socket and for REST."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from tests.socket.casing import snake
from tests.socket.conftest import Connect
from tests.socket.device import check_refusal
from tests.socket.host import Host
from tests.support.people import checked

TEXT, NUMBER, YES_OR_NO = str, int, bool
MESSAGE: dict[str, tuple[type, ...]] = {
    "id": (str,),
    "conversation_id": (str,),
    "sender_id": (str,),
    "content": (str,),
    "type": (str,),
    "metadata_json": (dict,),
    "reply_to_id": (str, type(None)),
    "reply_to": (dict, type(None)),
    "is_edited": (bool,),
    "sequence_number": (int,),
    "encrypted": (bool,),
    "encryption_version": (int, type(None)),
    "sender_key_id": (str, type(None)),
    "created_at": (str,),
    "updated_at": (str, type(None)),
    "deleted_at": (str, type(None)),
    "client_id": (str, type(None)),
    "sender": (dict,),
    "reactions": (list,),
    "statuses": (list,),
    "poll": (dict, type(None)),
    "status": (str,),
}
PROFILE = {
    *("id", "tms_user_id", "email", "first_name", "last_name", "middle_name", "username", "name", "image", "role"),
    *("position_title", "division", "department"),
}


def check_message(message: dict[str, Any]) -> None:
    """Exactly the keys of the contract, in snake_case, each of its type."""
    assert message.keys() == MESSAGE.keys()
    wrong = {key: message[key] for key, types in MESSAGE.items() if type(message[key]) not in types}
    assert not wrong
    assert message["sender"].keys() == PROFILE
    assert all(isinstance(value, str) for value in message["sender"].values())
    for status in message["statuses"]:
        assert status.keys() == {"message_id", "user_id", "status", "timestamp"}


async def test_a_new_message_has_exactly_the_keys_of_the_contract(host: Host, connect: Connect) -> None:
    ana, bob = host.add("Ana"), host.add("Bob")
    conversation_id = ana.direct(bob)
    device = await connect(bob)
    first = ana.send(conversation_id, "plain")
    ana.send(conversation_id, "rich", reply_to_id=first["id"], client_id=str(uuid4()), metadata_json={"a": 1})
    for body in await device.hears_times(2, "new_message"):
        assert body.pop("seq") == body["sequence_number"]  # so far every journal row is a message
        check_message(body)
    quoted = device.all_of("new_message")[1]["reply_to"]
    check_message(quoted)
    assert (quoted["content"], quoted["reply_to"]) == ("plain", None)


async def test_the_event_is_the_rest_answer_in_the_other_casing(host: Host, connect: Connect) -> None:
    ana, bob, cleo = host.add("Ana"), host.add("Bob"), host.add("Cleo")
    conversation_id = ana.group("Launch", bob, cleo)
    sender, recipient = await connect(ana), await connect(cleo)
    first = ana.send(conversation_id, "first")
    answer = ana.send(conversation_id, "second", reply_to_id=first["id"], type="IMAGE", client_id=str(uuid4()))
    for device in (sender, recipient):
        event = await device.hears("new_message", id=answer["id"])
        assert event == snake(answer) | {"seq": 2}
    page = bob.http.get(f"/messages/conversations/{conversation_id}/messages").json()["data"]
    assert [snake(message) | {"seq": message["sequenceNumber"]} for message in page] == sender.all_of("new_message")[
        ::-1
    ]


async def test_keys_inside_metadata_are_never_recased(host: Host, connect: Connect) -> None:
    ana, bob = host.add("Ana"), host.add("Bob")
    conversation_id = ana.direct(bob)
    device = await connect(bob)
    metadata = {
        "fileName": "a.pdf",
        "file_size": 3,
        "Deep": {"innerKey": [{"otherKey": None}], "inner_key": True},
        "metadata": {"replyTo": 1.5},
        "naïve ✓": "ü",
    }
    answer = ana.send(conversation_id, "look", metadata_json=metadata)
    assert answer["metadata"] == metadata
    assert (await device.hears("new_message"))["metadata_json"] == metadata


async def test_the_sender_hears_it_on_every_device_and_exactly_once(host: Host, connect: Connect) -> None:
    ana, bob = host.add("Ana"), host.add("Bob")
    conversation_id = ana.direct(bob)
    phone, laptop = await connect(ana), await connect(ana)
    ack = await phone.asks("send_message", {"conversation_id": conversation_id, "content": "from my phone"})
    for device in (phone, laptop):
        await device.hears("new_message")
        await device.settle()
        assert device.all_of("new_message") == [ack["message"] | {"seq": 1}]


async def test_the_acknowledgement_of_send_message_is_the_message(host: Host, connect: Connect) -> None:
    ana, bob = host.add("Ana"), host.add("Bob")
    conversation_id = ana.direct(bob)
    device = await connect(ana)
    payload = {"conversationId": conversation_id, "content": "héllo 👋", "metadataJson": {"aB": 1}, "unknown": 1}
    ack = await device.asks("send_message", payload)
    assert ack.keys() == {"ok", "message"}
    assert ack["ok"] is True
    check_message(ack["message"])
    page = ana.http.get(f"/messages/conversations/{conversation_id}/messages").json()["data"]
    assert [snake(message) for message in page] == [ack["message"]]


async def test_a_repeated_client_id_is_one_message_over_socket_and_rest(host: Host, connect: Connect) -> None:
    ana, bob = host.add("Ana"), host.add("Bob")
    conversation_id = ana.direct(bob)
    device, recipient = await connect(ana), await connect(bob)
    body = {"conversation_id": conversation_id, "content": "once", "client_id": str(uuid4())}
    first = await device.asks("send_message", body)
    again = await device.asks("send_message", body)
    over_rest = checked(ana.http.post("/messages/", json=body), 200)
    assert first == again == {"ok": True, "message": snake(over_rest)}
    started_over_rest = body | {"client_id": str(uuid4())}
    sent = checked(ana.http.post("/messages/", json=started_over_rest), 201)
    assert await device.asks("send_message", started_over_rest) == {"ok": True, "message": snake(sent)}
    await recipient.settle()
    assert [message["sequence_number"] for message in recipient.all_of("new_message")] == [1, 2]


async def test_a_client_id_used_for_another_message_is_refused(host: Host, connect: Connect) -> None:
    ana, bob = host.add("Ana"), host.add("Bob")
    conversation_id = ana.direct(bob)
    device = await connect(ana)
    body = {"conversation_id": conversation_id, "content": "once", "client_id": str(uuid4())}
    assert (await device.asks("send_message", body))["ok"]
    check_refusal(await device.asks("send_message", body | {"content": "twice"}), "client_id_reused")
    # It is the sender's own name for it: somebody else's same one is another message.
    assert bob.send(conversation_id, "mine", client_id=body["client_id"])["sequenceNumber"] == 2


async def test_replying_to_a_message_of_another_conversation_is_refused(host: Host, connect: Connect) -> None:
    ana, bob, cleo = host.add("Ana"), host.add("Bob"), host.add("Cleo")
    here, there = ana.direct(bob), ana.direct(cleo)
    secret = ana.send(there, "for Cleo only")
    device = await connect(bob)
    for reply_to_id in (secret["id"], "no-such-message"):
        payload = {"conversation_id": here, "content": "?", "reply_to_id": reply_to_id}
        check_refusal(await device.asks("send_message", payload), "message_not_found")
    await device.settle()
    assert not device.all_of("new_message")
