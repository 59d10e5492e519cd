"""Sending a message."""

from __future__ import annotations

import uuid
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


def test_a_message_comes_back_as_everybody_will_see_it(ana: Person, bob: Person, chat: str) -> None:
    answer = post(ana, conversation_id=chat, content="  hello  ")
    sent = shaped(answer, MESSAGE, 201)
    assert (sent["conversationId"], sent["senderId"], sent["content"], sent["type"]) == (
        chat,
        ana.id,
        "  hello  ",
        "TEXT",
    )
    assert (sent["metadata"], sent["replyToId"], sent["replyTo"], sent["isEdited"]) == ({}, None, None, False)
    assert (sent["encrypted"], sent["encryptionVersion"], sent["senderKeyId"]) == (False, None, None)
    assert (sent["updatedAt"], sent["deletedAt"], sent["clientId"], sent["poll"]) == (None, None, None, None)
    assert (sent["reactions"], sent["status"], sent["sender"]["name"]) == ([], "sent", "Ana Reyes")
    assert [(row["userId"], row["status"]) for row in sent["statuses"]] == [(bob.id, "sent")]
    assert newest(ana, chat) == sent


def test_messages_are_numbered_without_a_gap_and_the_header_names_the_journal(ana: Person, bob: Person) -> None:
    chat = ana.group("Numbers", bob)
    for number in range(1, 6):
        sender = (ana, bob)[number % 2]
        answer = post(sender, conversation_id=chat, content=f"message {number}")
        assert shaped(answer, MESSAGE, 201)["sequenceNumber"] == number
        assert answer.headers["x-conversation-seq"] == str(number)


def test_a_reply_carries_the_quoted_message_one_level_deep(ana: Person, bob: Person, chat: str) -> None:
    first = ana.send(chat, "question")
    second = bob.send(chat, "answer", reply_to_id=first["id"])
    third = shaped(post(ana, conversation_id=chat, content="thanks", replyToId=second["id"]), MESSAGE, 201)
    assert second["replyTo"]["content"] == "question"
    assert (third["replyToId"], third["replyTo"]["id"], third["replyTo"]["content"]) == (
        second["id"],
        second["id"],
        "answer",
    )
    assert (third["replyTo"]["replyToId"], third["replyTo"]["replyTo"]) == (first["id"], None)
    assert newest(bob, chat)["replyTo"]["sender"]["id"] == bob.id


def test_a_reply_to_an_unknown_message_or_one_elsewhere_is_404(
    tms: TmsServer, ana: Person, bob: Person, chat: str
) -> None:
    elsewhere = ana.send(ana.group("Elsewhere", bob), "not here")["id"]
    before = row_counts(tms)
    for reply_to in ("no-such-message", elsewhere):
        refused(post(ana, conversation_id=chat, content="re", reply_to_id=reply_to), 404, code="message_not_found")
    assert row_counts(tms) == before


def test_whoever_is_not_a_member_cannot_tell_foreign_from_unknown(team: Team, tms: TmsServer, chat: str) -> None:
    eve = team.add("Eve")
    before = row_counts(tms)
    problems = [
        refused(post(eve, conversation_id=id_, content="let me in"), 404, code="conversation_not_found")
        for id_ in (chat, "no-such-conversation")
    ]
    assert problems[0]["detail"] == problems[1]["detail"]
    assert row_counts(tms) == before


METADATA = {
    "camelCase": 1, "snake_case": {"inner_key": [1, {"deepKey": None}]}, "with space": "\U0001f600é", "": True,
    "zebra": 1.5, "apple": -(2**63), "1": "2026-01-01T00:00:00Z",
}  # fmt: skip


def test_keys_and_values_inside_metadata_come_back_untouched_and_in_order(ana: Person, chat: str) -> None:
    for name in ("metadata_json", "metadataJson"):
        sent = shaped(post(ana, conversation_id=chat, content="with metadata", **{name: METADATA}), MESSAGE, 201)
        assert sent["metadata"] == newest(ana, chat)["metadata"] == METADATA
        assert list(newest(ana, chat)["metadata"]) == list(METADATA)


def test_a_request_in_camel_case_and_with_unknown_keys_is_accepted(ana: Person, chat: str) -> None:
    client_id = str(uuid.uuid4())
    body = {
        "conversationId": chat,
        "content": "camel",
        "clientId": client_id,
        "unknown": {"a": 1},
        "senderId": "somebody",
    }
    sent = shaped(post(ana, **body), MESSAGE, 201)
    assert (sent["clientId"], sent["senderId"]) == (client_id, ana.id)


@pytest.mark.parametrize("type_", ["IMAGE", "FILE", "VOICE", "CALL"])
@pytest.mark.parametrize("content", [None, "", "photo.jpg"])
def test_messages_that_are_not_text_need_no_text(ana: Person, chat: str, type_: str, content: str | None) -> None:
    sent = shaped(post(ana, conversation_id=chat, type=type_, content=content), MESSAGE, 201)
    assert (sent["type"], sent["content"]) == (type_, content or "")


TEXTS = {
    "10,000 characters": "x" * 10_000,
    "16,384 bytes": "\U0001f600" * 4096,
    "many scripts": "Ünïcödé 字 שלום مرحبا \U0001f468\u200d\U0001f469\u200d\U0001f467 \u202e!",
    "white space around": "\n\n  indented\n\ttoo  ",
    "SQL": "'; DROP TABLE messages; -- %s %(a)s {0} $1 \\",
    "HTML": "<script>alert(1)</script>&amp;",
}


@pytest.mark.parametrize("what", TEXTS)
def test_text_comes_back_to_the_letter(ana: Person, bob: Person, chat: str, what: str) -> None:
    assert ana.send(chat, TEXTS[what])["content"] == newest(bob, chat)["content"] == TEXTS[what]


def test_metadata_may_be_as_large_as_the_bounds(ana: Person, chat: str) -> None:
    for metadata in ({"a": "x" * 16_376}, {"a": [0] * 1998}):
        assert shaped(post(ana, conversation_id=chat, content="x", metadata_json=metadata), MESSAGE, 201)


REFUSED: dict[str, dict[str, Any]] = {
    "blank": {"content": "   "},
    "empty": {"content": ""},
    "no text": {},
    "null": {"content": None},
    "zero-width only": {"content": "\u200b\u200d\ufeff"},
    "zero-width and spaces": {"content": "\u200b \u200b \u200b"},
    "10,001 characters": {"content": "x" * 10_001},
    "more than 16,384 bytes": {"content": "\U0001f600" * 4097},
    "encrypted": {"content": "c2VjcmV0", "encrypted": True},
    "a system message": {"content": "x", "type": "SYSTEM"},
    "a poll": {"content": "x", "type": "POLL"},
    "another type": {"content": "x", "type": "text"},
    "a client id that is no UUID": {"content": "x", "client_id": "1"},
    "metadata that is a list": {"content": "x", "metadata_json": []},
    "metadata that is null": {"content": "x", "metadata_json": None},
    "metadata of more than 16 kB": {"content": "x", "metadata_json": {"a": "x" * 16_384}},
    "metadata of 2,001 values": {"content": "x", "metadata_json": {"a": [0] * 1999}},
    "a number as text": {"content": 5},
    "a number as conversation": {"content": "x", "conversation_id": 5},
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_message_is_refused_and_leaves_nothing_behind(
    tms: TmsServer, ana: Person, chat: str, what: str
) -> None:
    before = row_counts(tms)
    refused(post(ana, **({"conversation_id": chat} | REFUSED[what])), 422, code="invalid")
    assert row_counts(tms) == before
