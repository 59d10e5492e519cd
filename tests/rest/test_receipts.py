"""Marking as read and delivered over REST: positions that only grow, counted in messages of others."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rest.shapes import check, refused, shaped, time
from tests.support.people import Person, Team

MARKED = {"success": bool, "updated_count": int, "message": str}
MARKED_READ = {"success": bool, "message": str, "last_read_at": time}
READ, DELIVERED = "/messages/mark-read", "/messages/mark-delivered"


@pytest.fixture(scope="module")
def ana(team: Team) -> Person:
    return team.add("Ana")


@pytest.fixture(scope="module")
def bob(team: Team) -> Person:
    return team.add("Bob")


def write(person: Person, conversation_id: str, count: int) -> list[str]:
    return [person.send(conversation_id, f"message {number}")["id"] for number in range(count)]


def mark(person: Person, path: str, conversation_id: str, message_ids: list[str] | None = None) -> int:
    body: dict[str, Any] = {"conversation_id": conversation_id}
    if message_ids is not None:
        body["message_ids"] = message_ids
    count: int = shaped(person.http.post(path, json=body), MARKED)["updated_count"]
    return count


def unread(person: Person, conversation_id: str) -> int:
    """What waits, which every place has to say alike."""
    one = shaped(
        person.http.get(f"/messages/conversations/{conversation_id}/unread-count"),
        {"conversation_id": str, "unread_count": int},
    )
    assert one["conversation_id"] == conversation_id
    every = person.http.get("/messages/unread-count").json()
    check(every, {"total_unread_count": int, "conversations": dict})
    assert every["conversations"].get(conversation_id, 0) == one["unread_count"]
    assert every["total_unread_count"] == sum(every["conversations"].values())
    assert 0 not in every["conversations"].values()
    detail = person.http.get(f"/conversations/{conversation_id}").json()
    assert detail["unreadCount"] == one["unread_count"]
    count: int = one["unread_count"]
    return count


def status(person: Person, conversation_id: str) -> list[str]:
    """The statuses this person sees, oldest message first."""
    page = person.http.get(f"/messages/conversations/{conversation_id}/messages").json()["data"]
    return [message["status"] for message in reversed(page)]


def test_sent_then_delivered_then_read(ana: Person, bob: Person) -> None:
    chat = ana.group("Launch", bob)
    write(ana, chat, 3)
    assert status(ana, chat) == ["sent"] * 3
    assert mark(bob, DELIVERED, chat) == 3
    assert status(ana, chat) == ["delivered"] * 3
    assert unread(bob, chat) == 3
    assert mark(bob, READ, chat) == 3
    assert status(ana, chat) == ["read"] * 3
    assert unread(bob, chat) == 0


def test_read_implies_delivered(ana: Person, bob: Person) -> None:
    chat = ana.group("Launch", bob)
    write(ana, chat, 2)
    assert mark(bob, READ, chat) == 2
    assert mark(bob, DELIVERED, chat) == 0
    assert status(ana, chat) == ["read"] * 2


def test_a_listed_message_covers_what_was_before_it(ana: Person, bob: Person) -> None:
    chat = ana.group("Launch", bob)
    ids = write(ana, chat, 5)
    assert mark(bob, READ, chat, [ids[2]]) == 3
    assert unread(bob, chat) == 2
    assert status(ana, chat) == ["read"] * 3 + ["sent"] * 2
    assert mark(bob, READ, chat, [ids[0], ids[3], ids[3]]) == 1
    assert mark(bob, READ, chat, ids[:2]) == 0
    assert unread(bob, chat) == 1


def test_reading_a_part_takes_back_nothing_of_what_was_delivered(ana: Person, bob: Person) -> None:
    chat = ana.group("Launch", bob)
    ids = write(ana, chat, 4)
    assert mark(bob, DELIVERED, chat, ids[:3]) == 3
    page = ana.http.get(f"/messages/conversations/{chat}/messages").json()["data"]
    delivered_at = page[1]["statuses"][0]["timestamp"]
    assert mark(bob, READ, chat, ids[:1]) == 1
    assert status(ana, chat) == ["read", "delivered", "delivered", "sent"]
    page = ana.http.get(f"/messages/conversations/{chat}/messages").json()["data"]
    assert page[1]["statuses"][0]["timestamp"] == delivered_at


def test_a_list_of_none_marks_none(ana: Person, bob: Person) -> None:
    chat = ana.group("Launch", bob)
    write(ana, chat, 2)
    assert mark(bob, READ, chat, []) == 0
    assert unread(bob, chat) == 2


def test_what_one_wrote_oneself_is_not_counted(ana: Person, bob: Person) -> None:
    chat = ana.group("Launch", bob)
    write(ana, chat, 2)
    write(bob, chat, 1)
    assert mark(bob, READ, chat) == 0  # writing had read them
    write(ana, chat, 2)
    assert mark(bob, DELIVERED, chat) == 2


@pytest.mark.parametrize("path", [READ, DELIVERED])
def test_ids_from_elsewhere_are_refused_and_nothing_moves(team: Team, ana: Person, bob: Person, path: str) -> None:
    chat, other = ana.group("Launch", bob), ana.group("Other", bob)
    ids, foreign = write(ana, chat, 2), write(ana, other, 1)
    nobodys = team.admin.group("Without Bob", ana)
    for wrong in (*foreign, "unknown", *write(team.admin, nobodys, 1)):
        answer = bob.http.post(path, json={"conversation_id": chat, "message_ids": [*ids, wrong]})
        refused(answer, 404, code="message_not_found")
    assert status(ana, chat) == ["sent"] * 2
    assert unread(bob, chat) == 2


@pytest.mark.parametrize("path", [READ, DELIVERED])
def test_a_stranger_learns_nothing(team: Team, ana: Person, bob: Person, path: str) -> None:
    chat = ana.group("Launch", bob)
    ids = write(ana, chat, 1)
    eve = team.admin
    for body in ({"conversation_id": chat}, {"conversation_id": chat, "message_ids": ids}):
        foreign = refused(eve.http.post(path, json=body), 404, code="conversation_not_found")
        unknown = refused(eve.http.post(path, json={**body, "conversation_id": "unknown"}), 404)
        assert {**foreign, "requestId": ""} == {**unknown, "requestId": ""}
    refused(eve.http.put(f"/conversations/{chat}/read", json={"sequence_number": 1}), 404)
    refused(eve.http.get(f"/messages/conversations/{chat}/unread-count"), 404, code="conversation_not_found")
    assert status(ana, chat) == ["sent"]


def test_at_most_a_hundred_are_listed(ana: Person, bob: Person) -> None:
    chat = ana.group("Launch", bob)
    body = {"conversation_id": chat, "message_ids": [f"m{number}" for number in range(101)]}
    refused(bob.http.post(READ, json=body), 422, code="invalid")
    refused(bob.http.post(READ, json=body | {"message_ids": body["message_ids"][:100]}), 404)


def test_camel_case_is_accepted(ana: Person, bob: Person) -> None:
    chat = ana.group("Launch", bob)
    ids = write(ana, chat, 1)
    answer = bob.http.post(READ, json={"conversationId": chat, "messageIds": ids})
    assert shaped(answer, MARKED)["updated_count"] == 1


def test_a_position_by_its_number_is_capped_and_never_goes_back(ana: Person, bob: Person) -> None:
    chat = ana.group("Launch", bob)
    write(ana, chat, 4)
    path = f"/conversations/{chat}/read"
    first = shaped(bob.http.put(path, json={"sequence_number": 3}), MARKED_READ)
    assert unread(bob, chat) == 1
    for number in (0, 1, 3):
        again = shaped(bob.http.put(path, json={"sequence_number": number}), MARKED_READ)
        assert again["last_read_at"] == first["last_read_at"]
    assert unread(bob, chat) == 1
    shaped(bob.http.put(path, json={"sequenceNumber": 10**9}), MARKED_READ)
    assert unread(bob, chat) == 0
    write(ana, chat, 1)
    assert unread(bob, chat) == 1  # the position is where the messages were, not beyond them


def test_nothing_is_unread_for_somebody_new(team: Team) -> None:
    nobody = team.add("Newcomer")
    assert nobody.http.get("/messages/unread-count").json() == {"total_unread_count": 0, "conversations": {}}


def test_the_number_of_the_badge_is_not_a_message(ana: Person) -> None:
    """The name comes before `/messages/{id}`: a message called unread-count would be a 404."""
    assert ana.http.get("/messages/unread-count").status_code == 200
    assert ana.http.get("/messages/unread-count/").status_code == 200
