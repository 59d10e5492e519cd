"""Sending the same message again, and many at once: stored once each, numbered without a gap."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.rest.shapes import MESSAGE, MESSAGES, refused, shaped
from tests.rest.storage import row_counts
from tests.support.people import Person, Team
from tests.support.server import TmsServer


@pytest.fixture(scope="module")
def ana(team: Team) -> Person:
    return team.add("Ana Reyes")


@pytest.fixture(scope="module")
def bob(team: Team) -> Person:
    return team.add("Bob Cruz")


@pytest.fixture(scope="module")
def chat(ana: Person, bob: Person) -> str:
    return ana.direct(bob)


def post(person: Person, **body: Any) -> httpx.Response:
    return person.http.post("/messages/", json=body)


def newest(person: Person, chat: str) -> Any:
    page = shaped(person.http.get(f"/messages/conversations/{chat}/messages", params={"limit": 1}), MESSAGES)
    return page["data"][0]


def test_the_same_client_id_again_is_200_with_the_same_message(ana: Person, chat: str) -> None:
    client_id = str(uuid.uuid4())
    body = {"conversation_id": chat, "content": "once", "client_id": client_id, "metadata_json": {"a": 1, "b": [2]}}
    sent = shaped(post(ana, **body), MESSAGE, 201)
    assert sent["clientId"] == client_id
    for same in (body, body | {"client_id": client_id.upper()}, body | {"metadata_json": {"b": [2], "a": 1}}):
        assert shaped(post(ana, **same), MESSAGE, 200) == sent
    assert newest(ana, chat)["sequenceNumber"] == sent["sequenceNumber"]


def test_a_late_repeat_shows_the_message_as_it_is_now(ana: Person, bob: Person, chat: str) -> None:
    body = {"conversation_id": chat, "content": "retry me", "client_id": str(uuid.uuid4())}
    sent = shaped(post(ana, **body), MESSAGE, 201)
    bob.send(chat, "I have read that")
    again = shaped(post(ana, **body), MESSAGE, 200)
    assert (again["id"], again["sequenceNumber"]) == (sent["id"], sent["sequenceNumber"])
    assert (sent["status"], again["status"], again["statuses"][0]["status"]) == ("sent", "read", "read")


@pytest.mark.parametrize(
    "change", [{"content": "other"}, {"type": "IMAGE"}, {"metadata_json": {"a": 1}}, {"reply_to_id": "FIRST"}], ids=str
)
def test_the_same_client_id_for_another_message_is_409(ana: Person, chat: str, change: dict[str, Any]) -> None:
    first = ana.send(chat, "to reply to")["id"]
    body = {"conversation_id": chat, "content": "once", "client_id": str(uuid.uuid4())}
    sent = shaped(post(ana, **body), MESSAGE, 201)
    change = {key: first if value == "FIRST" else value for key, value in change.items()}
    refused(post(ana, **(body | change)), 409, code="client_id_reused")
    assert newest(ana, chat) == sent


def test_a_client_id_belongs_to_its_sender_and_its_conversation(ana: Person, bob: Person, chat: str) -> None:
    body = {"content": "same id", "client_id": str(uuid.uuid4())}
    other = ana.group("Other", bob)
    ids = {
        shaped(post(person, conversation_id=place, **body), MESSAGE, 201)["id"]
        for person, place in ((ana, chat), (bob, chat), (ana, other))
    }
    assert len(ids) == 3


def test_many_retries_at_once_store_one_message(tms: TmsServer, ana: Person, chat: str) -> None:
    body = {"conversation_id": chat, "content": "impatient", "client_id": str(uuid.uuid4())}
    before = row_counts(tms)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: post(ana, **body), range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    after = row_counts(tms)
    assert (after["messages"], after["journal"]) == (before["messages"] + 1, before["journal"] + 1)


def test_many_senders_at_once_leave_no_gap_and_no_double(ana: Person, bob: Person) -> None:
    chat = ana.group("Busy", bob)
    with ThreadPoolExecutor(8) as pool:
        sent = list(pool.map(lambda n: (ana, bob)[n % 2].send(chat, f"m{n}")["sequenceNumber"], range(40)))
    assert sorted(sent) == list(range(1, 41))
