"""What the hot door reads is what the ordinary routes read, to the byte, for every member of a conversation that has
seen everything."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from tests.rest.chat import Chat
from tests.rest.in_process import App, on_module_loop
from tests.rest.ways import Asked, Ways, both_ways
from tests.support.media import picture
from tms_chat.core.clock import iso, now
from tms_chat.core.ids import uuid7
from tms_chat.db import readers
from tms_chat.people.actions import update_user

pytestmark = on_module_loop

ANA, BOB, CORA, DAN, LATE = range(5)
HISTORIES = ("", "?limit=1", "?limit=3", "?limit=100", "?limit=2&cursor=seq:9", "?cursor=seq%3A6", "?cursor=seq:1",
             "?cursor=seq:0")  # fmt: skip
LISTS = ("", "?limit=1", "?limit=2&offset=1", "?offset=3", "?offset=100000", "?limit=100")
COLD = ("?limit=0", "?limit=101", "?limit=none", "?limit=3&limit=4", "?limit=", "?limit=3&", "?unknown=1", "?x",
        "?limit=%33", "?limit=3&cursor=seq:x", "?cursor=", "?cursor=7", "?cursor=seq:1234567890123456789",
        "?type=dm", "?offset=-1", "?offset=1000001")  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ways(shared_app: App) -> AsyncIterator[Ways]:
    async with both_ways(shared_app) as made:
        yield made


async def group_of(app: App, *others: str, **fields: Any) -> Chat:
    people = [
        await app.person("Ana Reyes", first_name="Ana", department='"Späti"\n\x01\x7f\u2028😀', image="/a.png"),
        await app.person("Bob Stone", username="bob\\", id=f'odd "id" \\ é {uuid7()}'),
        await app.person("Cora Lind"),
        await app.person("Dan Moe", position_title="Engineer"),
    ]
    chat = Chat(app, people)
    ids = [user.id for user in people[1:]]
    body = {"type": "group", "name": 'Every "shape"', "member_ids": [*ids, *others], **fields}
    chat.id = (await chat.call(ANA, "POST", "/conversations/", json=body))["id"]
    return chat


async def live(chat: Chat) -> None:
    """Everything that can happen to messages."""
    first = await chat.send(ANA, 'plain "text" \\ \n\t\x7f \u2028 é 😀')
    await chat.read(BOB)
    odd = {"a": [1, 1.5, -0.0, 1e22, 12345678901234567, True, None, {"b": "\u0001é\\"}], "é": {}}
    second = await chat.send(BOB, "metadata", metadata_json=odd, client_id=str(uuid7()))
    await chat.send(CORA, "an answer", reply_to_id=first["id"])
    fourth = await chat.send(ANA, "to be edited")
    await chat.call(ANA, "PUT", f"/messages/{fourth['id']}", json={"content": "edited"})
    fifth = await chat.send(BOB, "to be deleted for everyone", reply_to_id=second["id"])
    await chat.call(CORA, "POST", f"/messages/{fifth['id']}/reactions", json={"emoji": "👍"})
    gone = {"delete_for_everyone": True}
    await chat.call(BOB, "DELETE", f"/messages/{fifth['id']}", json=gone)
    await chat.send(DAN, "answers a stub", reply_to_id=fifth["id"])
    for who, emoji in ((ANA, "❤️"), (BOB, "😀"), (CORA, "❤️")):
        await chat.call(who, "POST", f"/messages/{first['id']}/reactions", json={"emoji": emoji})
    await chat.call(CORA, "DELETE", f"/messages/{second['id']}", json={})
    made: list[Any] = []
    options = [{"option_text": text, "position": place} for place, text in enumerate(('"yes"', "no\\", "é"))]
    for more in ({}, {"multiple_choice": True, "expires_at": iso(now() + timedelta(days=1))}):
        body = {"conversation_id": chat.id, "question": 'Which "one"?', "options": options, **more}
        made.append((await chat.call(DAN, "POST", "/polls/", json=body))["poll"])
        for who in (BOB, ANA):
            vote = {"option_ids": [made[-1]["options"][who]["id"]]}
            await chat.call(who, "POST", f"/polls/{made[-1]['id']}/vote", json=vote)
    await chat.call(DAN, "PUT", f"/polls/{made[-1]['id']}/close")
    late = await chat.join("Late Comer")
    assert late == LATE
    await chat.send(LATE, "answers what I cannot see")
    await chat.send(ANA, "quotes what the late one cannot see", reply_to_id=first["id"])
    form = {"files": {"file": ("a.png", picture("PNG", (400, 300)))}, "data": {"conversation_id": chat.id}}
    await chat.call(BOB, "POST", "/messages/upload", **form)
    await chat.call(CORA, "POST", "/messages/mark-delivered", json={"conversation_id": chat.id})
    await chat.call(DAN, "PUT", f"/conversations/{chat.id}/settings", json={"is_muted": True})
    until = {"is_muted": True, "mute_until": iso(now() + timedelta(hours=1))}
    await chat.call(LATE, "PUT", f"/conversations/{chat.id}/settings", json=until)
    await chat.send(ANA, "last")
    await chat.call(DAN, "DELETE", f"/messages/{(await chat.send(ANA, 'hidden for Dan'))['id']}", json={})


async def compare_all(ways: Ways, chat: Chat) -> None:
    for headers in chat.headers:
        for query in HISTORIES:
            path = f"/api/v1/messages/conversations/{chat.id}/messages{query}"
            answer = await ways.compare(Asked(path, headers=headers))
            assert answer.status_code == 200
            assert answer.headers["x-conversation-seq"].isdigit()
        for query in LISTS:
            assert (await ways.compare(Asked(f"/api/v1/conversations/{query}", headers=headers))).status_code == 200
        for slash in ("", "/"):
            await ways.compare(Asked(f"/api/v1/conversations/{chat.id}{slash}", headers=headers))
        other = {"host": "other.test:81"}  # addresses of files and pictures are shown as the reader reaches us
        for path in (f"messages/conversations/{chat.id}/messages", "conversations", f"conversations/{chat.id}"):
            await ways.compare(Asked(f"/api/v1/{path}", headers=headers | other))


async def test_a_conversation_that_has_seen_everything(ways: Ways) -> None:
    chat = await group_of(ways.app)
    await compare_all(ways, chat)
    await live(chat)
    for who in (ANA, BOB):
        await chat.call(who, "POST", "/conversations/", json={"type": "dm", "member_ids": [chat.people[DAN].id]})
    await compare_all(ways, chat)
    await chat.call(CORA, "POST", "/users/blocks", json={"user_id": chat.people[DAN].id})
    await chat.call(BOB, "DELETE", f"/messages/conversations/{chat.id}/clear")
    await chat.call(ANA, "DELETE", f"/conversations/{chat.id}/members/{chat.people[CORA].id}")
    chat.headers.pop(CORA)
    chat.people.pop(CORA)
    await compare_all(ways, chat)


async def test_a_slow_disk_is_asked_in_a_thread(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the loop's share of time at nothing, every read that looks at the clock goes on in a thread."""
    monkeypatch.setattr(readers, "MOST_SECONDS_ON_LOOP", -1.0)
    monkeypatch.setattr(readers, "INSTRUCTIONS_BETWEEN_LOOKS", 1)
    before = set(threading.enumerate())
    async with both_ways(app) as ways:
        chat = await group_of(app)
        await live(chat)
        await compare_all(ways, chat)
    if app.services.db.dialect == "sqlite":
        began = set(threading.enumerate()) - before
        assert [thread for thread in began if thread.name.startswith("sqlite-reader")]


async def test_what_is_kept_of_members_is_shown_as_long_as_it_holds(ways: Ways) -> None:
    chat = await group_of(ways.app)
    db = ways.app.services.db
    await compare_all(ways, chat)
    for role in ("admin", "member"):
        path = f"/conversations/{chat.id}/members/{chat.people[CORA].id}"
        await chat.call(ANA, "PUT", path, json={"role": role})
        await compare_all(ways, chat)
    await chat.send(ANA, "hello")
    await chat.read(DAN)
    await compare_all(ways, chat)
    async with db.unit() as unit:  # as another process would
        renamed = replace(chat.people[CORA], name="Cora L. Berg", department="New")
        await update_user(unit, renamed)
    await compare_all(ways, chat)
    await chat.join("Late Comer")
    await compare_all(ways, chat)


async def test_what_is_kept_of_conversations_is_shown_as_long_as_it_holds(ways: Ways) -> None:
    """Every change comes after everybody has looked, from two addresses, and is one of those that a list shows."""
    chat = await group_of(ways.app)
    last = await chat.send(ANA, "hello")
    gone = {"delete_for_everyone": True}
    changes: list[tuple[int, str, str, dict[str, Any] | None]] = [
        (ANA, "PUT", f"/conversations/{chat.id}", {"name": "Another name"}),
        (ANA, "PUT", f"/messages/{last['id']}", {"content": "edited"}),
        (BOB, "DELETE", f"/messages/{last['id']}", {}),
        (CORA, "DELETE", f"/messages/conversations/{chat.id}/clear", None),
        (ANA, "DELETE", f"/messages/{last['id']}", gone),
        (DAN, "POST", "/messages/", {"conversation_id": chat.id, "content": "long " * 1000}),
        (DAN, "POST", "/messages/", {"conversation_id": chat.id, "content": "short"}),
        (DAN, "PUT", f"/conversations/{chat.id}/settings", {"is_muted": True}),
        (ANA, "POST", f"/conversations/{chat.id}/leave", None),
    ]
    for who, method, path, body in [(ANA, "GET", "/users/me", None), *changes]:
        await chat.call(who, method, path, **({} if body is None else {"json": body}))
        for headers in chat.headers[who == ANA and path.endswith("/leave") :]:
            for host in ({}, {"host": "other.test:81"}):
                for asked in ("conversations", f"conversations/{chat.id}"):
                    answer = await ways.compare(Asked(f"/api/v1/{asked}", headers=headers | host))
                    assert answer.status_code == 200


async def test_more_members_than_a_list_shows(ways: Ways) -> None:
    chat = await group_of(ways.app, *await ways.app.people(60), history_visibility="all")
    await chat.send(ANA, "to all of you")
    await chat.read(BOB)
    await chat.send(BOB, "to all of you as well")
    await chat.join("Late Comer")
    await compare_all(ways, chat)


async def test_a_pair(ways: Ways) -> None:
    people = [await ways.app.person("Ana Reyes", first_name="A"), await ways.app.person("Bo")]
    chat = Chat(ways.app, people)
    body = {"type": "dm", "member_ids": [people[BOB].id]}
    chat.id = (await chat.call(ANA, "POST", "/conversations/", json=body))["id"]
    await compare_all(ways, chat)
    await chat.send(ANA, "one")
    await chat.send(BOB, "two")
    await compare_all(ways, chat)


async def test_refusals_and_odd_queries(ways: Ways) -> None:
    chat = await group_of(ways.app)
    await chat.send(ANA, "hello")
    stranger = ways.app.bearer(await ways.app.person("Stranger"))
    for path in (f"messages/conversations/{chat.id}/messages", f"conversations/{chat.id}"):
        answer = await ways.compare(Asked(f"/api/v1/{path}", headers=stranger))
        assert (answer.status_code, answer.json()["code"]) == (404, "conversation_not_found")
        unknown = path.replace(chat.id, uuid7())
        assert (await ways.compare(Asked(f"/api/v1/{unknown}", headers=stranger))).status_code == 404
        for odd in ("nothing", chat.id.upper(), chat.id[:-1], chat.id + "%00"):
            asked = Asked(f"/api/v1/{path.replace(chat.id, odd)}", is_hot=False, headers=stranger)
            assert (await ways.compare(asked)).status_code in (404, 422)
    for path in (f"messages/conversations/{chat.id}/messages", "conversations", f"conversations/{chat.id}"):
        for query in COLD:
            await ways.compare(Asked(f"/api/v1/{path}{query}", is_hot=False, headers=chat.headers[ANA]))
