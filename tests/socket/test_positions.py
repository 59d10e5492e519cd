"""Reading: positions that only grow, told to every member, with a companion event for older clients."""

from __future__ import annotations

from tests.socket.conftest import Connect
from tests.socket.host import Host
from tests.support.people import Person


async def test_joining_marks_read_and_tells_every_member(host: Host, connect: Connect) -> None:
    ana, bob, cleo = host.add("Ana"), host.add("Bob"), host.add("Cleo")
    conversation_id = ana.group("Launch", bob, cleo)
    newest = [ana.send(conversation_id, content) for content in ("one", "two", "three")][-1]
    reader, sender, other = await connect(bob), await connect(ana), await connect(cleo)
    assert unread(bob, conversation_id) == 3
    ack = await reader.asks("join_conversation", {"conversation_id": conversation_id})
    assert ack == {"ok": True, "conversation_id": conversation_id}
    assert await reader.hears("joined_conversation") == {"conversation_id": conversation_id}
    for device in (reader, sender, other):
        await device.settle()
        assert device.all_of("messages_read") == [
            {"conversation_id": conversation_id, "user_id": bob.id, "sequence_number": 3, "count": 3}
        ]
        assert device.all_of("message_status") == [
            {
                "conversation_id": conversation_id,
                "message_id": newest["id"],
                "user_id": bob.id,
                "status": "read",
                "compat": True,
            }
        ]
        names = [event.name for event in device.heard]
        assert names.index("message_status") == names.index("messages_read") + 1
    assert unread(bob, conversation_id) == 0
    assert unread(cleo, conversation_id) == 3


async def test_reading_what_is_read_already_tells_nobody(host: Host, connect: Connect) -> None:
    ana, bob = host.add("Ana"), host.add("Bob")
    conversation_id = ana.direct(bob)
    ana.send(conversation_id, "one")
    reader, sender = await connect(bob), await connect(ana)
    for _ in range(3):
        assert (await reader.asks("join_conversation", {"conversation_id": conversation_id}))["ok"]
        assert bob.http.post(f"/conversations/{conversation_id}/mark-read").status_code == 200
    assert (await sender.asks("join_conversation", {"conversation_id": conversation_id}))["ok"]
    await sender.settle()
    assert len(sender.all_of("messages_read")) == len(sender.all_of("message_status")) == 1


async def test_marking_read_over_rest_is_heard_by_sockets(host: Host, connect: Connect) -> None:
    ana, bob = host.add("Ana"), host.add("Bob")
    conversation_id = ana.direct(bob)
    device = await connect(ana)
    ana.send(conversation_id, "one")
    assert bob.http.post(f"/conversations/{conversation_id}/mark-read").status_code == 200
    moved = await device.hears("messages_read")
    assert (moved["user_id"], moved["sequence_number"], moved["count"]) == (bob.id, 1, 1)


async def test_sending_moves_the_senders_own_position_over_what_was_unread(host: Host, connect: Connect) -> None:
    ana, bob = host.add("Ana"), host.add("Bob")
    conversation_id = ana.direct(bob)
    sent = [bob.send(conversation_id, content) for content in ("one", "two", "three")]
    device = await connect(bob)
    ana.send(conversation_id, "all at once")
    await device.settle()
    assert device.all_of("messages_read") == [
        {"conversation_id": conversation_id, "user_id": ana.id, "sequence_number": 4, "count": 3}
    ]
    assert [status["message_id"] for status in device.all_of("message_status")] == [sent[-1]["id"]]
    # The message first: a position above everything a client has would make no sense to it.
    silent = ("rooms_joined", "hello", "keepalive_ack", "notification")
    names = [event.name for event in device.heard if event.name not in silent]
    assert names == ["new_message", "messages_read", "message_status"]
    assert unread(ana, conversation_id) == 0
    assert unread(bob, conversation_id) == 1


async def test_the_count_leaves_out_what_one_wrote_oneself(host: Host, connect: Connect) -> None:
    ana, bob = host.add("Ana"), host.add("Bob")
    conversation_id = ana.direct(bob)
    device = await connect(ana)
    bob.send(conversation_id, "mine")
    ana.send(conversation_id, "yours")
    bob.send(conversation_id, "mine again")
    ana.send(conversation_id, "yours again")
    assert bob.http.post(f"/conversations/{conversation_id}/mark-read").status_code == 200
    await device.settle()
    mine = device.all_of("messages_read", user_id=bob.id)
    assert [(moved["sequence_number"], moved["count"]) for moved in mine] == [(3, 1), (4, 1)]


async def test_the_statuses_of_a_message_follow_the_positions(host: Host) -> None:
    ana, bob, cleo = host.add("Ana"), host.add("Bob"), host.add("Cleo")
    conversation_id = ana.group("Launch", bob, cleo)
    ana.send(conversation_id, "one")
    assert statuses(ana, conversation_id) == ("sent", {bob.id: "sent", cleo.id: "sent"})
    bob.http.post(f"/conversations/{conversation_id}/mark-read")
    assert statuses(ana, conversation_id) == ("sent", {bob.id: "read", cleo.id: "sent"})  # the worst of them
    assert statuses(bob, conversation_id)[0] == "read"  # one's own
    assert statuses(cleo, conversation_id)[0] == "sent"
    cleo.send(conversation_id, "an answer is a receipt")
    assert statuses(ana, conversation_id, number=1) == ("read", {bob.id: "read", cleo.id: "read"})


def unread(person: Person, conversation_id: str) -> int:
    """What the conversation shows to this person; the list has to say the same."""
    count: int = person.http.get(f"/conversations/{conversation_id}").json()["unreadCount"]
    listed = {row["id"]: row["unreadCount"] for row in person.http.get("/conversations/").json()["data"]}
    assert listed[conversation_id] == count
    return count


def statuses(person: Person, conversation_id: str, number: int = 1) -> tuple[str, dict[str, str]]:
    """The status of a message as this person sees it, and how far each recipient is."""
    page = person.http.get(f"/messages/conversations/{conversation_id}/messages").json()["data"]
    (message,) = (message for message in page if message["sequenceNumber"] == number)
    return message["status"], {status["userId"]: status["status"] for status in message["statuses"]}
