"""Conversations that belong to the host's objects: created once, kept as the host says, counted for its badge."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.host.by_key import SHAPE, made, new_key, put, system_messages, unread
from tests.host.conftest import OpenDevice
from tests.host.host import API_KEY, SECRET, Host
from tests.host.office import Office
from tests.host.webhook import tell
from tests.rest.shapes import CONVERSATION, refused, shaped


async def test_it_is_created_and_its_members_are_told(office: Office, device: OpenDevice) -> None:
    ana, bob = office.add("Ana Reyes"), office.add("Bob Stone")
    socket = await device(bob)
    key, conversation_id = made(office, "Crane 7", [ana, bob], admin_ids=[ana.id], avatar_url="https://h.example/c.png")
    told = await socket.hears("conversation_created", conversation_id=conversation_id)
    assert (told["display_name"], told["type"]) == ("Crane 7", "group")
    seen = shaped(bob.http.get(f"/conversations/{conversation_id}"), CONVERSATION)
    assert (seen["name"], seen["avatarUrl"], seen["memberCount"]) == ("Crane 7", "https://h.example/c.png", 2)
    assert {member["userId"]: member["role"] for member in seen["members"]} == {ana.id: "admin", bob.id: "member"}
    message = ana.send(conversation_id, "live from the first message on")
    await socket.hears("new_message", id=message["id"])
    assert key.startswith("task:")


def test_the_same_request_again_changes_nothing(office: Office) -> None:
    ana, bob = office.add("Ana Reyes"), office.add("Bob Stone")
    key, conversation_id = made(office, "Crane 7", [ana, bob], admin_ids=[ana.id])
    before = office.history(ana, conversation_id).headers["x-conversation-seq"]
    for people in ([ana, bob], [bob, ana]):
        again = shaped(put(office, key, "Crane 7", people, admin_ids=[ana.id]), SHAPE)
        assert (again["id"], again["created"], again["changed"]) == (conversation_id, False, False)
    assert office.history(ana, conversation_id).headers["x-conversation-seq"] == before
    other = shaped(put(office, new_key(), "Crane 7", [ana, bob]), SHAPE, 201)
    assert other["id"] != conversation_id


async def test_a_new_title_is_told_and_written_down(office: Office, device: OpenDevice) -> None:
    ana, bob = office.add("Ana Reyes"), office.add("Bob Stone")
    key, conversation_id = made(office, "Crane 7", [ana, bob])
    socket = await device(bob)
    assert shaped(put(office, key, "Crane 8", [ana, bob], actor_id=ana.id), SHAPE)["changed"] is True
    event = await socket.hears("conversation_updated", conversation_id=conversation_id)
    assert event.keys() == {
        "conversation_id", "updated_by", "updated_by_id", "updated_by_name", "conversation_name", "name", "avatar_url",
        "history_visibility", "timestamp", "seq", "compat",
    }  # fmt: skip
    assert (event["name"], event["conversation_name"], event["updated_by_id"]) == ("Crane 8", "Crane 8", ana.id)
    assert event["updated_by_name"] == ana.name
    line = await socket.hears("new_message", type="SYSTEM")
    assert line["seq"] == event["seq"] + 1
    assert line["metadata_json"]["system"]["eventType"] == "conversation_updated"
    assert line["metadata_json"]["system"]["actorName"] == ana.name
    assert "Crane 8" in line["content"]
    # Without an actor it says what happened and not who did it.
    assert shaped(put(office, key, "Crane 9", [ana, bob]), SHAPE)["title"] == "Crane 9"
    event = (await socket.hears_times(2, "conversation_updated"))[1]
    assert (event["updated_by"], event["updated_by_id"], event["updated_by_name"]) == ("", "", "")
    last = system_messages(office, ana, conversation_id)[-1]
    assert (last["metadata"]["system"]["actorId"], last["metadata"]["system"]["actorName"]) == ("", "")
    assert last["content"].endswith(".")


def test_a_picture_and_administrators_can_change_too(office: Office) -> None:
    ana, bob = office.add("Ana Reyes"), office.add("Bob Stone")
    key, conversation_id = made(office, "Crane 7", [ana, bob])
    answer = shaped(put(office, key, "Crane 7", [ana, bob], avatar_url="https://h.example/n.png"), SHAPE)
    assert (answer["avatar_url"], answer["changed"]) == ("https://h.example/n.png", True)
    answer = shaped(
        put(office, key, "Crane 7", [ana, bob], avatar_url="https://h.example/n.png", admin_ids=[bob.id]), SHAPE
    )
    assert (answer["admin_ids"], answer["changed"]) == ([bob.id], True)
    seen = ana.http.get(f"/conversations/{conversation_id}").json()
    assert {member["userId"]: member["role"] for member in seen["members"]} == {ana.id: "member", bob.id: "admin"}


async def test_a_change_of_role_is_told_and_written_down(office: Office, device: OpenDevice) -> None:
    ana, bob = office.add("Ana Reyes"), office.add("Bob Stone")
    key, conversation_id = made(office, "Crane 7", [ana, bob], admin_ids=[ana.id])
    socket = await device(bob)
    answer = shaped(put(office, key, "Crane 7", [ana, bob], admin_ids=[bob.id], actor_id=ana.id), SHAPE)
    assert (answer["admin_ids"], answer["changed"]) == ([bob.id], True)
    told = await socket.hears_times(2, "member_updated", conversation_id=conversation_id)
    assert {event["user_id"]: event["role"] for event in told} == {ana.id: "member", bob.id: "admin"}
    assert {event["updated_by_id"] for event in told} == {ana.id}
    await socket.hears_times(2, "new_message", type="SYSTEM")
    assert sorted(line["content"] for line in system_messages(office, ana, conversation_id)) == [
        f"{ana.name} is no administrator any more.", f"{bob.name} is an administrator now.",
    ]  # fmt: skip
    assert shaped(put(office, key, "Crane 7", [ana, bob], admin_ids=[bob.id]), SHAPE)["changed"] is False


def test_twenty_who_create_it_at_once_get_one_conversation(office: Office) -> None:
    people = [office.add(f"Parallel {n}") for n in range(4)]
    key = new_key()

    def one(number: int) -> tuple[int, str]:
        # Each says something else about the members: whatever comes last, nothing may break.
        answer = put(office, key, "Crane 7", people[: 2 + number % 3])
        assert answer.status_code in (200, 201), answer.text
        return answer.status_code, answer.json()["id"]

    with ThreadPoolExecutor(10) as threads:
        answers = list(threads.map(one, range(20)))
    assert len({conversation_id for _, conversation_id in answers}) == 1
    assert sorted(status for status, _ in answers) == [200] * 19 + [201]
    final = shaped(put(office, key, "Crane 7", people), SHAPE)
    assert sorted(final["member_ids"]) == sorted(person.id for person in people)
    seen = people[0].http.get(f"/conversations/{final['id']}").json()
    assert seen["memberCount"] == len(seen["members"]) == 4


def test_people_who_were_never_here_are_looked_up(office: Office, host: Host) -> None:
    ana, new = office.add("Ana Reyes"), host.add("New Person", division="South")
    made(office, "Crane 7", [ana, new])
    assert host.calls_for(new.id) == 1
    body = put(office, new_key(), "Crane 8", [ana], admin_ids=[], member_ids=[ana.id, "clx-nobody-1", "clx-nobody-2"])
    refusal = refused(body, 404, code="user_not_found")
    assert "clx-nobody-1" in refusal["detail"]
    assert "clx-nobody-2" in refusal["detail"]
    refused(put(office, new_key(), "Crane 8", [ana], actor_id="clx-nobody-3"), 404, code="user_not_found")


def test_the_badge(office: Office, host: Host) -> None:
    ana, bob = office.add("Ana Reyes"), office.add("Bob Stone")
    direct = ana.direct(bob)
    key, task = made(office, "Crane 7", [ana, bob])
    for conversation_id in (direct, direct, task):
        ana.send(conversation_id, "hello")
    body = shaped(unread(office, bob.id), {"user_id": str, "total_unread_count": int, "conversations": dict})
    assert body == {"user_id": bob.id, "total_unread_count": 3, "conversations": {direct: 2, task: 1}}
    assert bob.http.post(f"/conversations/{direct}/mark-read").status_code == 200
    assert unread(office, bob.id).json()["conversations"] == {task: 1}
    put(office, key, "Crane 7", [ana])  # he is not in it any more
    assert unread(office, bob.id).json() == {"user_id": bob.id, "total_unread_count": 0, "conversations": {}}
    nobody = unread(office, "clx-nobody").json()
    assert nobody == {"user_id": "clx-nobody", "total_unread_count": 0, "conversations": {}}


@pytest.mark.parametrize("api_key", [None, "", "wrong", API_KEY[:-1], SECRET])
def test_it_needs_the_key(office: Office, api_key: str | None) -> None:
    ana = office.add("Ana Reyes")
    refused(put(office, new_key(), "Crane 7", [ana], api_key=api_key), 401, code="api_key_invalid")
    refused(unread(office, ana.id, api_key or ""), 401, code="api_key_invalid")
    # A person's token is no key.
    body = {"title": "Crane 7", "member_ids": [ana.id]}
    refused(ana.http.put(f"/host/conversations/by-key/{new_key()}", json=body), 401, code="api_key_invalid")


@pytest.mark.parametrize(
    "fields",
    [
        {"title": ""}, {"title": " "}, {"title": "x" * 256}, {"title": None}, {"title": "a\x00b"},
        {"member_ids": None}, {"member_ids": ["p", "p"]}, {"member_ids": [f"p{n}" for n in range(1001)]},
        {"admin_ids": ["p"], "member_ids": []}, {"avatar_url": 7}, {"avatar_url": "//evil.example/x.png"},
    ],
    ids=lambda fields: str(fields)[:40],
)  # fmt: skip
def test_bad_requests(office: Office, fields: dict[str, Any]) -> None:
    body = {"title": "Crane 7", "member_ids": []} | fields
    path = f"/host/conversations/by-key/{new_key()}"
    refused(office.anonymous.put(path, json=body, headers={"X-API-Key": API_KEY}), 422, code="invalid")


def test_hundreds_of_members_are_fine(office: Office) -> None:
    people = [{"id": f"many-{n}", "version": 1, "email": f"m{n}@corp.local", "name": f"Many {n}"} for n in range(600)]
    for start in range(0, 600, 100):
        tell(office, *people[start : start + 100])
    ana, key = office.add("Ana Reyes"), new_key()
    members = [ana.id, *(person["id"] for person in people)]
    created = shaped(put(office, key, "Everybody", [], member_ids=members), SHAPE, 201)
    assert len(created["member_ids"]) == 601
    assert ana.http.get(f"/conversations/{created['id']}").json()["memberCount"] == 601
    fewer = shaped(put(office, key, "Everybody", [], member_ids=members[:551]), SHAPE)
    assert len(fewer["member_ids"]) == 551


def test_keys_are_taken_exactly_with_the_slashes_at_their_end(office: Office) -> None:
    ana, bare = office.add("Ana Reyes"), new_key()
    keys = [bare, f"{bare}%2F", f"{bare}/", f"{bare}///", f"{bare}/part", f"{bare}/part/", "%2F"]
    told: dict[str, str] = {}
    for number, key in enumerate(keys):
        answer = shaped(put(office, key, f"Title {number}", [ana]), SHAPE, 200 if key.endswith(f"{bare}/") else 201)
        told[answer["key"]] = answer["id"]
    assert sorted(told) == sorted({bare, f"{bare}/", f"{bare}///", f"{bare}/part", f"{bare}/part/", "/"})
    assert len(set(told.values())) == len(told)
    assert shaped(put(office, bare, "Title 0", [ana]), SHAPE)["changed"] is False
    # Other addresses of the host take both forms, as everywhere.
    answer = office.anonymous.get(f"/host/users/{ana.id}/unread/", headers={"X-API-Key": API_KEY})
    assert answer.status_code == 200
