"""Sends that are written together: numbers, order, refusals, retries, positions, and people who leave."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import orjson

from tests.rest.in_process import App, on_module_loop
from tests.rest.signed_in import SignedIn, announced, deactivate, event, numbered, signed_in
from tms_chat.core.events import Announcement, Event

pytestmark = on_module_loop


def request(conversation_id: str, content: str, **fields: Any) -> dict[str, Any]:
    return {"conversation_id": conversation_id, "content": content, **fields}


async def all_at_once(posts: Sequence[tuple[SignedIn, dict[str, Any]]]) -> list[tuple[int, Any]]:
    """The status and the JSON of each."""
    answers = await asyncio.gather(*(person.ask("POST", "/messages/", body) for person, body in posts))
    return [(answer.status_code, answer.json()) for answer in answers]


async def test_64_who_send_at_once_into_many_conversations_leave_no_gap_and_are_told_in_order(shared_app: App) -> None:
    people = await signed_in(shared_app, *(f"Sender {number}" for number in range(16)))
    chats = [await people[0].group(*people[1:]) for _ in range(6)]
    sends = [(person, request(chats[(place + turn) % 6], f"{place} {turn}")) for turn in range(4)
             for place, person in enumerate(people)]  # fmt: skip
    async with announced(shared_app) as told:
        batches: list[int] = []
        publish = shared_app.services.db.publish
        assert publish is not None

        async def count(items: Sequence[Announcement]) -> None:
            batches.append(sum(isinstance(item, Event) and item.name == "new_message" for item in items))
            await publish(items)

        shared_app.services.db.publish = count
        answers = await all_at_once(sends)
        shared_app.services.db.publish = publish
    assert {status for status, _ in answers} == {201}
    assert max(batches) > 8, "they were not written together"
    heard: dict[str, list[Any]] = defaultdict(list)
    for item in told:
        if isinstance(item, Event) and item.name == "new_message":
            heard[item.conversation_id].append(item.body)
    for chat in chats:
        count_there = sum(body["conversation_id"] == chat for _, body in sends)
        assert [body["seq"] for body in heard[chat]] == list(range(1, count_there + 1))
        assert [body["sequence_number"] for body in heard[chat]] == list(range(1, count_there + 1))
        stored = await people[0].history(chat)
        assert [message["id"] for message in stored] == [body["id"] for body in heard[chat]]
        assert [message["sequenceNumber"] for message in stored] == list(range(1, count_there + 1))
        assert [message["id"] for message in stored] == sorted(message["id"] for message in stored)


async def test_what_is_answered_and_told_is_what_a_fetch_says(shared_app: App) -> None:
    ana, bob = await signed_in(shared_app, "Ana Alpha", "Bob Beta")
    chat = await ana.group(bob)
    await ana.sends(chat, "unread by Bob")
    for fields in (
        {"content": "plain"},
        {"content": "with one", "client_id": str(uuid4())},
        {"content": "hello @Ana Alpha and @all 👋"},
        {
            "content": "x",
            "metadata_json": {"mentions": ["forged"], "linkPreview": {"url": "x"}, "own": [1, {"a": "é"}]},
        },
        {"content": "a file elsewhere", "type": "FILE", "metadata_json": {"fileUrl": "https://files.test/a.png"}},
        {"content": None, "type": "CALL"},
    ):
        async with announced(shared_app) as told:
            answer = await bob.ask("POST", "/messages/", {"conversation_id": chat, **fields})
        shown = answer.json()
        assert answer.status_code == 201
        assert answer.content == orjson.dumps(shown)  # to the byte what our renderers write
        fetched = await bob.gets("GET", f"/messages/{shown['id']}")
        assert shown == fetched
        assert list(shown) == list(fetched)
        new = event(told, "new_message")
        assert new.encoded is not None
        assert orjson.loads(new.encoded) == new.body
        assert new.body == as_event(shown) | {"seq": int(answer.headers["x-conversation-seq"])}
    page = await ana.history(chat)
    assert page[3]["metadata"] == {"mentions": [ana.id], "mentionsAll": True}
    assert page[4]["metadata"] == {"own": [1, {"a": "é"}]}


def as_event(message: dict[str, Any]) -> dict[str, Any]:
    """The same message in snake_case; keys inside the metadata are never re-cased."""
    names = {"metadata": "metadata_json"}
    body = {names.get(key, snake(key)): value for key, value in message.items()}
    body["statuses"] = [{snake(key): value for key, value in status.items()} for status in message["statuses"]]
    return body


def snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


async def test_a_bad_one_among_many_fails_alone(shared_app: App) -> None:
    ana, bob, eve = await signed_in(shared_app, "Ana", "Bob", "Eve")
    chat, pair, other = await ana.group(bob), await ana.direct(bob), await bob.direct(eve)
    await eve.gets("POST", "/users/blocks", {"user_id": bob.id})
    fine = [((ana, bob)[number % 2], request((chat, pair)[number // 2 % 2], f"fine {number}")) for number in range(28)]
    bad = [
        (eve, request(chat, "no member"), 404, "conversation_not_found"),
        (ana, request(str(uuid4()), "nowhere"), 404, "conversation_not_found"),
        (bob, request(other, "blocked"), 403, "not_deliverable"),
        (eve, request(other, "whoever blocked"), 403, "forbidden"),
    ]
    sends = [*fine[:14], *((person, body) for person, body, _, _ in bad), *fine[14:]]
    answers = await all_at_once(sends)
    assert [status for status, _ in answers] == [201] * 14 + [404, 404, 403, 403] + [201] * 14
    assert [body["code"] for _, body in answers[14:18]] == [code for _, _, _, code in bad]
    for conversation_id in (chat, pair):
        assert [message["sequenceNumber"] for message in await ana.history(conversation_id)] == list(range(1, 15))
    assert await bob.history(other) == []


async def test_the_same_client_id_at_once_is_one_message_and_with_another_content_a_conflict(shared_app: App) -> None:
    ana, bob = await signed_in(shared_app, "Ana", "Bob")
    chat = await ana.group(bob)
    name = str(uuid4())
    sends = [(ana, request(chat, "once", client_id=name))] * 6 + [(ana, request(chat, "else", client_id=name))]
    sends += [(bob, request(chat, "of somebody else", client_id=name))]
    answers = await all_at_once(sends)
    assert Counter(status for status, _ in answers) == {201: 2, 200: 5, 409: 1}
    assert [body["code"] for status, body in answers if status == 409] == ["client_id_reused"]
    assert len({body["id"] for status, body in answers[:6]}) == 1
    assert [message["content"] for message in await ana.history(chat)] == ["once", "of somebody else"]


async def test_who_is_removed_while_others_send_gets_nothing_in_after_the_removal(shared_app: App) -> None:
    ana, bob, cat = await signed_in(shared_app, "Ana", "Bob", "Cat")
    for _ in range(5):
        chat = await ana.group(bob, cat)
        async with announced(shared_app) as told:
            removal = ana.ask("DELETE", f"/conversations/{chat}/members/{bob.id}")
            sends = [(person, request(chat, "hello")) for person in (bob, cat) * 6]
            answers, removed = await asyncio.gather(all_at_once(sends), removal)
        assert removed.status_code == 200
        assert {status for status, _ in answers[1::2]} == {201}
        gone = event(told, "member_removed").body["seq"]
        events = numbered(told)
        assert [seq for _, seq in events] == list(range(1, len(events) + 1))
        of_bob = [body["sequenceNumber"] for status, body in answers[0::2] if status == 201]
        seqs = [item.body["seq"] for item in told if isinstance(item, Event) and item.name == "new_message"
                and item.body["sender_id"] == bob.id and item.body["type"] == "TEXT"]  # fmt: skip
        assert len(seqs) == len(of_bob)
        assert all(seq < gone for seq in seqs)
        assert {body["code"] for status, body in answers if status != 201} <= {"conversation_not_found"}


async def test_a_session_that_ended_sends_nothing_although_its_token_was_verified_before(shared_app: App) -> None:
    ana, bob, cat = await signed_in(shared_app, "Ana", "Bob", "Cat")
    chat = await ana.group(bob, cat)
    for person in (ana, bob, cat):
        await person.sends(chat, "while it counts")
    await ana.gets("POST", "/auth/logout")
    await deactivate(shared_app, bob)
    answers = await all_at_once([(person, request(chat, "too late")) for person in (ana, bob, cat)])
    assert [status for status, _ in answers] == [401, 401, 201]
    assert {body["code"] for _, body in answers[:2]} == {"token_invalid"}
    assert len(await cat.history(chat)) == 4


async def test_positions_move_with_ones_own_messages_and_tell_what_was_unread(shared_app: App) -> None:
    ana, bob, late = await signed_in(shared_app, "Ana", "Bob", "Late")
    chat = await ana.group(bob)
    await ana.sends(chat, "one")
    first = await ana.sends(chat, "two")
    await ana.gets("POST", f"/conversations/{chat}/members", {"user_ids": [late.id]})
    await late.gets("DELETE", f"/messages/conversations/{chat}/clear")
    notice = (await ana.history(chat))[-1]
    async with announced(shared_app) as told:
        answers = await all_at_once([(bob, request(chat, "three")), (bob, request(chat, "four")),
                                     (ana, request(chat, "five"))])  # fmt: skip
    assert first["sequenceNumber"] == 2
    ids = {body["content"]: body["id"] for _, body in answers}
    moved = [item for item in told if isinstance(item, Event) and item.name == "messages_read"]
    assert [dict(item.body) for item in moved] == [
        {"conversation_id": chat, "user_id": bob.id, "sequence_number": 4, "count": 3},
        {"conversation_id": chat, "user_id": ana.id, "sequence_number": 6, "count": 3},
    ]
    (status,), (other,) = (item.companions for item in moved)
    assert (status.body["message_id"], status.but) == (notice["id"], frozenset({late.id}))
    assert (other.body["message_id"], other.but) == (ids["four"], frozenset())
    assert (await bob.gets("GET", f"/messages/conversations/{chat}/unread-count"))["unread_count"] == 1
    assert (await ana.gets("GET", f"/messages/conversations/{chat}/unread-count"))["unread_count"] == 0


async def test_whoever_stops_waiting_neither_loses_nor_doubles(shared_app: App) -> None:
    ana, bob = await signed_in(shared_app, "Ana", "Bob")
    chat = await ana.group(bob)
    names = [str(uuid4()) for _ in range(40)]
    asked = [
        asyncio.ensure_future(ana.ask("POST", "/messages/", request(chat, name, client_id=name))) for name in names
    ]
    for place, task in enumerate(asked):
        if place % 2:
            asyncio.get_running_loop().call_later(place * 0.001, task.cancel)
    await asyncio.gather(*asked, return_exceptions=True)
    answers = await all_at_once([(ana, request(chat, name, client_id=name)) for name in names])
    assert {status for status, _ in answers} <= {200, 201}
    stored = await bob.history(chat)
    assert Counter(message["content"] for message in stored) == Counter(names)
    assert [message["sequenceNumber"] for message in stored] == list(range(1, 41))
