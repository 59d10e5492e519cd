"""Blocks: what is refused to whom, with which words, and what goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.rest.in_process import App, on_module_loop, open_app
from tests.rest.shapes import DONE, PROFILE, refused, shaped, time
from tests.rest.signed_in import SignedIn, announced, deactivate, signed_in
from tests.rest.storage import row_counts_of
from tms_chat.core.events import Personal
from tms_chat.core.ids import uuid7

pytestmark = on_module_loop

BLOCK = {"user_id": str, "user": PROFILE, "created_at": time}
BLOCKS = {"blocks": [BLOCK], "total": int}


def text(conversation_id: str, **fields: Any) -> dict[str, Any]:
    return {"conversation_id": conversation_id, "content": "hello", **fields}


async def test_blocking_is_listed_and_told_to_ones_own_devices_once(shared_app: App) -> None:
    ana, bob, cleo = await signed_in(shared_app, "Ana", "Bob Stone", "Cleo")
    async with announced(shared_app) as told:
        first = shaped(await ana.ask("POST", "/users/blocks", {"userId": bob.id}), BLOCK, 201)
        again = shaped(await ana.ask("POST", "/users/blocks/", {"user_id": bob.id}), BLOCK, 201)
        await ana.gets("POST", "/users/blocks", {"user_id": cleo.id})
    assert first == again
    assert (first["user_id"], first["user"]["name"]) == (bob.id, "Bob Stone")
    assert told == [
        Personal("user_blocked", ana.user.id, {"user_id": person.id, "is_blocked": True}) for person in (bob, cleo)
    ]
    listed = shaped(await ana.ask("GET", "/users/blocks"), BLOCKS)
    assert ([block["user_id"] for block in listed["blocks"]], listed["total"]) == ([cleo.id, bob.id], 2)
    assert listed["blocks"][1] == first
    assert await bob.gets("GET", "/users/blocks") == {"blocks": [], "total": 0}


async def test_both_ways_to_unblock_may_be_used_again(shared_app: App) -> None:
    ana, bob, cleo = await signed_in(shared_app, "Ana", "Bob", "Cleo")
    for person in (bob, cleo):
        await ana.gets("POST", "/users/blocks", {"user_id": person.id})
    async with announced(shared_app) as told:
        for _ in range(2):
            shaped(await ana.ask("DELETE", "/users/blocks", {"user_id": bob.id}), DONE)
            shaped(await ana.ask("DELETE", f"/users/blocks/{cleo.id}"), DONE)
        shaped(await ana.ask("DELETE", "/users/blocks/nobody"), DONE)
    assert told == [
        Personal("user_blocked", ana.user.id, {"user_id": person.id, "is_blocked": False}) for person in (bob, cleo)
    ]
    assert (await ana.gets("GET", "/users/blocks"))["total"] == 0


async def test_oneself_and_who_is_not_there_cannot_be_blocked(shared_app: App) -> None:
    ana, gone = await signed_in(shared_app, "Ana", "Gone")
    await deactivate(shared_app, gone)
    before = await row_counts_of(shared_app.services.db)
    sentence = await ana.is_refused("POST", "/users/blocks", {"user_id": ana.id}, status=422, code="invalid")
    assert "user_id" in sentence
    for user_id in ("nobody", gone.id):
        body = {"user_id": user_id}
        await ana.is_refused("POST", "/users/blocks", body, status=404, code="user_not_found")
    await ana.is_refused("POST", "/users/blocks", {}, status=422, code="invalid")
    assert await row_counts_of(shared_app.services.db) == before


async def test_a_stranger_out_of_reach_cannot_be_found_by_blocking(tmp_path: Path, database_url: str | None) -> None:
    async with open_app(tmp_path / "reach", database_url, messaging="organisation") as app:
        ana = await app.person("Ana", division="North")
        eve = await app.person("Eve", division="South")
        asker = SignedIn(app, ana, app.bearer(ana))
        body = {"user_id": eve.id}
        await asker.is_refused("POST", "/users/blocks", body, status=404, code="user_not_found")


async def test_neither_writes_to_the_other_and_only_who_blocked_is_told_why(shared_app: App) -> None:
    ana, bob = await signed_in(shared_app, "Ana", "Bob")
    pair = await ana.direct(bob)
    await bob.sends(pair, "before")
    await ana.gets("POST", "/users/blocks", {"user_id": bob.id})
    before = await row_counts_of(shared_app.services.db)
    sentence = await bob.is_refused("POST", "/messages/", text(pair), status=403, code="not_deliverable")
    assert "block" not in sentence.lower()
    sentence = await ana.is_refused("POST", "/messages/", text(pair), status=403, code="forbidden")
    assert "unblock" in sentence
    assert await row_counts_of(shared_app.services.db) == before
    assert [message["content"] for message in await bob.history(pair)] == ["before"]
    await bob.gets("POST", "/users/blocks", {"user_id": ana.id})  # each of them knows of their own
    for person in (ana, bob):
        await person.is_refused("POST", "/messages/", text(pair), status=403, code="forbidden")
    for person, other in ((ana, bob), (bob, ana)):
        await person.gets("DELETE", f"/users/blocks/{other.id}")
    assert await bob.sends(pair, "after")


async def test_a_retry_still_gets_the_answer_of_before_the_block(shared_app: App) -> None:
    ana, bob = await signed_in(shared_app, "Ana", "Bob")
    pair = await ana.direct(bob)
    body = text(pair, client_id=uuid7())
    first = await bob.gets("POST", "/messages/", body)
    await ana.gets("POST", "/users/blocks", {"user_id": bob.id})
    again = await bob.ask("POST", "/messages/", body)
    assert (again.status_code, again.json()["id"]) == (200, first["id"])
    await bob.is_refused("POST", "/messages/", body | {"client_id": uuid7()}, status=403, code="not_deliverable")


async def test_a_file_is_a_message_too(shared_app: App) -> None:
    ana, bob = await signed_in(shared_app, "Ana", "Bob")
    pair = await ana.direct(bob)
    await ana.gets("POST", "/users/blocks", {"user_id": bob.id})
    before = await row_counts_of(shared_app.services.db)
    for person, code in ((bob, "not_deliverable"), (ana, "forbidden")):
        sent = await shared_app.http.post(
            "/api/v1/messages/upload",
            headers=person.headers,
            data={"conversation_id": pair},
            files={"file": ("note.txt", b"hello", "text/plain")},
        )
        refused(sent, 403, code=code)
    assert await row_counts_of(shared_app.services.db) == before


async def test_groups_go_on_without_a_gap(shared_app: App) -> None:
    ana, bob, cleo = await signed_in(shared_app, "Ana", "Bob", "Cleo")
    chat = await cleo.group(ana, bob)
    await ana.gets("POST", "/users/blocks", {"user_id": bob.id})
    await bob.sends(chat, "to everybody")
    await ana.sends(chat, "to everybody else")
    assert [message["sequenceNumber"] for message in await ana.history(chat)] == [1, 2]


async def test_the_blocked_begin_nothing_with_who_blocked_them(shared_app: App) -> None:
    ana, bob, cleo = await signed_in(shared_app, "Ana", "Bob", "Cleo")
    chat = await bob.group(cleo)
    await ana.gets("POST", "/users/blocks", {"user_id": bob.id})
    before = await row_counts_of(shared_app.services.db)
    for path, body in (
        ("/conversations/", {"type": "dm", "member_ids": [ana.id]}),
        ("/conversations/", {"type": "group", "name": "x", "member_ids": [cleo.id, ana.id]}),
        (f"/conversations/{chat}/members", {"user_ids": [ana.id]}),
    ):
        sentence = await bob.is_refused("POST", path, body, status=403, code="not_deliverable")
        assert "block" not in sentence.lower()
    assert await row_counts_of(shared_app.services.db) == before
    assert await ana.direct(bob)  # who blocked may look at the conversation they would have
    assert await cleo.gets("POST", "/conversations/", {"type": "group", "name": "x", "member_ids": [bob.id, ana.id]})


async def test_the_conversation_that_is_there_comes_back_as_before(shared_app: App) -> None:
    ana, bob = await signed_in(shared_app, "Ana", "Bob")
    pair = await ana.direct(bob)
    await ana.gets("POST", "/users/blocks", {"user_id": bob.id})
    assert await bob.direct(ana) == pair
    assert (await bob.sees(pair))["id"] == pair


async def test_neither_sees_the_other_online(shared_app: App) -> None:
    ana, bob, cleo = await signed_in(shared_app, "Ana", "Bob", "Cleo")
    await cleo.group(ana, bob)
    online = shared_app.services.online
    shared_app.services.online = lambda: [person.user.id for person in (ana, bob, cleo)]
    try:
        await ana.gets("POST", "/users/blocks", {"user_id": bob.id})
        seen = {person.id: set(await person.gets("GET", "/users/presence/online")) for person in (ana, bob, cleo)}
    finally:
        shared_app.services.online = online
    assert seen == {ana.id: {ana.id, cleo.id}, bob.id: {bob.id, cleo.id}, cleo.id: {ana.id, bob.id, cleo.id}}


async def test_blocks_need_a_session(shared_app: App) -> None:
    for method in ("GET", "POST", "DELETE"):
        refused(await shared_app.http.request(method, "/api/v1/users/blocks"), 401, code="token_missing")
