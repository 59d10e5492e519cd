"""Who the host puts into or takes out of its conversation: live at once, and gone at once, while messages flow."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from tests.host.by_key import SHAPE, made, put, system_messages
from tests.host.conftest import OpenDevice
from tests.host.host import API_KEY
from tests.host.office import Office, Stopwatch
from tests.host.webhook import tell
from tests.rest.shapes import refused, shaped
from tests.socket.http import async_http
from tests.support.people import Person

NUMBERED = {"new_message", "conversation_updated", "member_added", "member_removed"}


async def test_the_added_hear_it_and_hear_everything_from_then_on(office: Office, device: OpenDevice) -> None:
    ana, bob, cora = (office.add(name) for name in ("Ana Reyes", "Bob Stone", "Cora Lind"))
    key, conversation_id = made(office, "Crane 7", [ana])
    ana.send(conversation_id, "before they came")
    old, new = await device(ana), await device(bob)
    assert shaped(put(office, key, "Crane 7", [ana, bob, cora], actor_id=ana.id), SHAPE)["changed"] is True
    added = await old.hears("member_added", conversation_id=conversation_id)
    assert added.keys() == {"conversation_id", "added_members", "added_by", "timestamp", "member_count", "seq"}
    expected = sorted((person.id, person.name, "member") for person in (bob, cora))
    assert sorted((m["user_id"], m["full_name"], m["role"]) for m in added["added_members"]) == expected
    assert added["member_count"] == 3
    created = await new.hears("conversation_created", conversation_id=conversation_id)
    assert (created["name"], created["member_count"]) == ("Crane 7", 3)
    line = await old.hears("new_message", type="SYSTEM")
    assert line["seq"] == added["seq"] + 1
    system = line["metadata_json"]["system"]
    assert (system["eventType"], system["actorName"]) == ("member_added", ana.name)
    assert sorted(system["addedMemberIds"]) == sorted([bob.id, cora.id])
    assert sorted(system["addedMemberNames"]) == sorted([bob.name, cora.name])
    message = ana.send(conversation_id, "welcome")
    await new.hears("new_message", id=message["id"])
    assert bob.send(conversation_id, "thanks")["sequenceNumber"] == message["sequenceNumber"] + 1
    # What came before they did is not unread for them.
    (row,) = (c for c in cora.http.get("/conversations/").json()["data"] if c["id"] == conversation_id)
    assert row["unreadCount"] <= 3


def test_without_an_actor_nobody_is_named(office: Office) -> None:
    ana, bob = office.add("Ana Reyes"), office.add("Bob Stone")
    key, conversation_id = made(office, "Crane 7", [ana])
    put(office, key, "Crane 7", [ana, bob])
    put(office, key, "Crane 7", [ana])
    added, removed = system_messages(office, ana, conversation_id)
    assert added["content"] == f"{bob.name} was added."
    assert removed["content"] == f"{bob.name} was removed."
    system = removed["metadata"]["system"]
    assert (system["eventType"], system["actorId"], system["actorName"]) == ("member_removed", "", "")
    assert (system["targetUserId"], system["targetUserName"]) == (bob.id, bob.name)


async def test_the_removed_hear_nothing_more_under_a_stream_of_messages(office: Office, device: OpenDevice) -> None:
    ana, bob, cora = (office.add(name) for name in ("Ana Reyes", "Bob Stone", "Cora Lind"))
    key, conversation_id = made(office, "Crane 7", [ana, bob, cora])
    phone, laptop, other = await device(bob), await device(bob), await device(ana)
    stop = asyncio.Event()
    streams = [asyncio.create_task(stream(office, person, conversation_id, stop)) for person in (ana, cora, bob)]
    await phone.hears_times(20, "new_message")
    watch = Stopwatch()
    answer = await asyncio.to_thread(put, office, key, "Crane 7", [ana, cora], actor_id=ana.id)
    answered_after = watch.seconds
    assert answer.status_code == 200
    refused(await asyncio.to_thread(office.history, bob, conversation_id), 404, code="conversation_not_found")
    gone_after = watch.seconds
    for socket in (phone, laptop):
        await socket.hears("member_removed", conversation_id=conversation_id, removed_user_id=bob.id)
    told_after = watch.seconds
    await asyncio.sleep(0.5)
    stop.set()
    sent = sum([await task for task in streams])
    await phone.settle()
    for socket in (phone, laptop):
        heard = [event for event in socket.heard if event.name in NUMBERED]
        last = heard[-1]
        assert last.name == "member_removed", f"{last.name} after the removal"
        assert last.body.keys() == {
            "conversation_id", "removed_user_id", "removed_by", "timestamp", "member_count", "seq",
        }  # fmt: skip
        numbers = [event.body["seq"] for event in heard]
        assert numbers == list(range(numbers[0], last.body["seq"] + 1)), "a gap, or out of order"
    seconds = f"answered after {answered_after} s, history 404 after {gone_after} s, told after {told_after} s"
    assert gone_after < 8, seconds
    assert told_after < 8, seconds
    # The others heard everything, the removal and its line included.
    await other.settle()
    lines = [event.body["seq"] for event in other.heard if event.name in NUMBERED]
    assert lines == list(range(lines[0], lines[0] + len(lines)))
    assert len(other.all_of("new_message", type="TEXT")) == sent
    (removal,) = other.all_of("member_removed")
    assert [body["seq"] for body in other.all_of("new_message", sender_id=bob.id) if body["seq"] > removal["seq"]] == []
    (line,) = other.all_of("new_message", type="SYSTEM", seq=removal["seq"] + 1)
    assert line["metadata_json"]["system"]["targetUserId"] == bob.id


async def stream(office: Office, person: Person, conversation_id: str, stop: asyncio.Event) -> int:
    """Sends without a pause until told to stop or not a member any more: how many were taken."""
    count = 0
    async with async_http(office.server, person.token) as http:
        while not stop.is_set():
            body = {"conversation_id": conversation_id, "content": f"message {count}"}
            answer = await http.post("/api/v1/messages/", json=body)
            if answer.status_code == 404:
                break
            assert answer.status_code == 201, answer.text
            count += 1
    return count


async def test_the_removed_may_not_do_anything_there_and_can_come_back(office: Office, device: OpenDevice) -> None:
    ana, bob = office.add("Ana Reyes"), office.add("Bob Stone")
    key, conversation_id = made(office, "Crane 7", [ana, bob])
    socket = await device(bob)
    put(office, key, "Crane 7", [ana])
    body = {"conversation_id": conversation_id, "content": "still here?"}
    refused(bob.http.post("/messages/", json=body), 404, code="conversation_not_found")
    refused(bob.http.get(f"/conversations/{conversation_id}"), 404, code="conversation_not_found")
    assert [c["id"] for c in bob.http.get("/conversations/").json()["data"]] == []
    for command in ("join_conversation", "typing_start"):
        ack = await socket.asks(command, {"conversation_id": conversation_id})
        assert (ack["ok"], ack["code"]) == (False, "conversation_not_found")
    assert (await socket.asks("send_message", body))["code"] == "conversation_not_found"
    ana.send(conversation_id, "without him")
    await socket.settle()
    assert socket.all_of("new_message") == []
    put(office, key, "Crane 7", [ana, bob])
    await socket.hears("conversation_created", conversation_id=conversation_id)
    message = ana.send(conversation_id, "with him again")
    await socket.hears("new_message", id=message["id"])
    assert bob.send(conversation_id, "back")["content"] == "back"


def test_everybody_can_be_removed_and_the_key_stays(office: Office) -> None:
    ana = office.add("Ana Reyes")
    key, conversation_id = made(office, "Crane 7", [ana])
    ana.send(conversation_id, "written while it was mine")
    empty = shaped(put(office, key, "Crane 7", []), SHAPE)
    assert (empty["member_ids"], empty["changed"]) == ([], True)
    refused(office.history(ana, conversation_id), 404)
    assert shaped(put(office, key, "Crane 7", [ana]), SHAPE)["id"] == conversation_id
    assert "written while it was mine" in [m["content"] for m in office.history(ana, conversation_id).json()["data"]]


async def test_when_many_leave_each_is_told_of_and_whoever_stays_sees_no_gap(
    office: Office, device: OpenDevice
) -> None:
    crowd: list[dict[str, Any]] = [
        {"id": f"crowd-{n}", "version": 1, "email": f"c{n}@corp.local", "name": f"C {n}"} for n in range(70)
    ]
    tell(office, *crowd)
    ana, bob, eve = (office.add(name) for name in ("Ana Reyes", "Bob Stone", "Eve Moor"))
    leaving = [bob.id, *(person["id"] for person in crowd)]
    key, conversation_id = made(office, "Crane 7", [ana], member_ids=[ana.id, *leaving])
    stays, leaves = await device(ana), await device(bob)
    answer = shaped(put(office, key, "Crane 8", [ana, eve], actor_id=ana.id), SHAPE)
    assert (sorted(answer["member_ids"]), answer["changed"]) == (sorted([ana.id, eve.id]), True)
    await stays.hears("member_added", conversation_id=conversation_id)
    await stays.hears("new_message", type="SYSTEM", content=f"{ana.name} added {eve.name}.")
    await stays.settle()
    numbers = [event.body["seq"] for event in stays.heard if event.name in NUMBERED]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert sorted(body["removed_user_id"] for body in stays.all_of("member_removed")) == sorted(leaving)
    assert [body["member_count"] for body in stays.all_of("member_removed")] == list(range(71, 0, -1))[:71]
    assert len(stays.all_of("conversation_updated")) == 1
    last = [event for event in leaves.heard if event.name in NUMBERED][-1]
    assert (last.name, last.body["removed_user_id"]) == ("member_removed", bob.id)
    assert shaped(put(office, key, "Crane 8", [ana, eve], actor_id=ana.id), SHAPE)["changed"] is False


def test_a_refused_request_takes_nobody_out(office: Office) -> None:
    ana = office.add("Ana Reyes")
    everybody = [ana.id, *(office.host.add(f"Kept {number}").id for number in range(60))]
    key, conversation_id = made(office, "Crane 7", [ana], member_ids=everybody)
    refused(put(office, key, "Crane 7", [], member_ids=[ana.id, "clx-nobody"]), 404, code="user_not_found")
    refused(put(office, key, "Crane 7", [ana], actor_id="clx-nobody"), 404, code="user_not_found")
    assert ana.http.get(f"/conversations/{conversation_id}").json()["memberCount"] == 61


async def test_while_a_thousand_leave_people_go_on_writing_elsewhere(office: Office) -> None:
    crowd = [{"id": f"flock-{n}", "version": 1, "email": f"f{n}@corp.local", "name": f"F {n}"} for n in range(998)]
    for start in range(0, len(crowd), 100):
        tell(office, *crowd[start : start + 100])
    ana, bob = office.add("Ana Reyes"), office.add("Bob Stone")
    key, _ = made(office, "Crane 7", [ana], member_ids=[ana.id, *(person["id"] for person in crowd)])
    elsewhere = ana.direct(bob)
    removal = asyncio.create_task(asyncio.to_thread(slow_put, office, key, [ana.id]))
    sent = 0
    async with async_http(office.server, ana.token) as http:
        while not removal.done():
            answer = await http.post("/api/v1/messages/", json={"conversation_id": elsewhere, "content": "and on"})
            assert answer.status_code == 201, answer.text
            sent += 1
    assert (await removal)["member_ids"] == [ana.id]
    # They leave in fifty steps, and whoever writes is next after each. Counted, because all of it may take its time.
    assert sent > 25, f"{sent} messages meanwhile"


def slow_put(office: Office, key: str, member_ids: list[str]) -> dict[str, Any]:
    """A PUT that may take longer than the others."""
    path = f"{office.server.base_url}/api/v1/host/conversations/by-key/{key}"
    body = {"title": "Crane 7", "member_ids": member_ids}
    done = httpx.put(path, json=body, headers={"X-API-Key": API_KEY}, timeout=90)
    return dict(shaped(done, SHAPE))
