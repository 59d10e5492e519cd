"""What a request costs in SQL statements: the same for few and for many, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, insert, update

from tests.rest.in_process import App, on_module_loop
from tests.support.media import picture
from tms_chat.conversations.model import members
from tms_chat.core.clock import now
from tms_chat.db import readers
from tms_chat.messages.actions import send
from tms_chat.messages.model import messages
from tms_chat.messages.schema import MessageRequest
from tms_chat.messages.sending import sqlite
from tms_chat.people.model import User

pytestmark = on_module_loop


@contextmanager
def counted(app: App) -> Iterator[list[str]]:
    """Every statement that reaches the driver meanwhile.

    Each once: on a busy machine what is late on the event loop, on SQLite, would be asked again in a thread.
    """
    statements: list[str] = []

    def record(_c: Any, _cursor: Any, statement: str, _p: Any, _context: Any, _many: bool) -> None:
        if not statement.startswith("BEGIN"):  # PostgreSQL's driver begins by itself, SQLite's is told to
            statements.append(statement)

    db = app.services.db
    # On PostgreSQL the reader is the writer's pool with other options: one engine, or each would count twice.
    engines = [db.writer.sync_engine] + ([db.reader.sync_engine] if db.dialect == "sqlite" else [])
    for engine in engines:
        event.listen(engine, "before_cursor_execute", record)
    try:
        with pytest.MonkeyPatch.context() as patience:
            for hurried in (readers, sqlite):
                patience.setattr(hurried, "MOST_SECONDS_ON_LOOP", 60.0)
            yield statements
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", record)


class Measured:
    """One person's requests and what they cost."""

    def __init__(self, app: App, user: User) -> None:
        self.app, self.user, self.headers = app, user, app.bearer(user)

    async def call(self, method: str, path: str, **request: Any) -> Any:
        answer = await self.app.http.request(method, f"/api/v1{path}", headers=self.headers, **request)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    async def cost(self, method: str, path: str, **request: Any) -> list[str]:
        with counted(self.app) as statements:
            await self.call(method, path, **request)
        assert statements  # or nothing was counted
        return statements

    async def group(self, others: list[str]) -> str:
        """A group of these and the caller; more than a request may name are added in the database."""
        body = {"type": "group", "name": "Group", "member_ids": others[:100]}
        conversation_id: str = (await self.call("POST", "/conversations/", json=body))["id"]
        rows = [
            {"conversation_id": conversation_id, "user_id": user_id, "role": "member", "joined_at": now(),
             "read_number": 0, "delivered_number": 0, "is_muted": False}
            for user_id in others[100:]
        ]  # fmt: skip
        if rows:
            async with self.app.services.db.unit() as unit:
                await unit.execute(insert(members).values(rows))
        return conversation_id


async def new_measured(app: App, name: str = "Ana") -> Measured:
    return Measured(app, await app.person(name))


async def test_a_send_costs_the_same_for_2_and_for_200_members(shared_app: App) -> None:
    ana = await new_measured(shared_app)
    crowd = await shared_app.people(199)
    costs = {}
    for count in (1, 2, 49, 50, 199):
        chat = await ana.group(crowd[:count])
        costs[count + 1] = [
            len(await ana.cost("POST", "/messages/", json={"conversation_id": chat, "content": "hello"}))
            for _ in range(2)
        ]
    assert len({cost for pair in costs.values() for cost in pair}) == 1, costs
    assert costs[2][0] <= 10, costs


async def test_a_send_after_reading_up_or_with_a_reply_costs_a_fixed_number_more(shared_app: App) -> None:
    ana, bob = await new_measured(shared_app), await new_measured(shared_app, "Bob")
    costs = []
    for count in (0, 198):
        chat = await ana.group([bob.user.id, *await shared_app.people(count)])
        asked = (await ana.call("POST", "/messages/", json={"conversation_id": chat, "content": "question"}))["id"]
        body = {"conversation_id": chat, "content": "answer", "reply_to_id": asked}
        costs.append(len(await bob.cost("POST", "/messages/", json=body)))
    assert len(set(costs)) == 1, costs


async def test_replies_written_together_cost_one_statement_more_than_other_sends(shared_app: App) -> None:
    """For 1 and for 20 of them, of which everybody or nobody may see what they quote, in 1 or in 4 conversations."""
    ana, db = await new_measured(shared_app), shared_app.services.db
    crowd = await shared_app.people(60)
    costs: dict[str, set[int]] = {"sends": set(), "replies": set()}
    for size, places, count in ((1, 1, 1), (1, 4, 20), (60, 1, 20), (60, 4, 20)):
        chats = [await ana.group(crowd[:size]) for _ in range(places)]
        body = {"content": "question"}
        asked = [(await ana.call("POST", "/messages/", json=body | {"conversation_id": chat}))["id"] for chat in chats]
        for may_see in (True, False):
            async with db.unit() as unit:
                late = update(members).where(members.c.user_id.in_(crowd), members.c.conversation_id.in_(chats))
                await unit.execute(late.values(history_after=0 if may_see else 1))
            for kind, answers in (("sends", [None] * places), ("replies", asked)):
                wanted = [
                    MessageRequest(conversation_id=chats[n % places], content=f"{n}", reply_to_id=answers[n % places])
                    for n in range(count)
                ]
                with counted(shared_app) as statements:
                    await asyncio.gather(*(send(db, ana.user, request) for request in wanted))
                costs[kind].add(len(statements))
    (sends,), (replies,) = costs.values()
    assert replies == sends + 1, costs


@pytest.mark.parametrize("created", ["dm", "group"])
async def test_creating_costs_the_same_for_few_and_for_many_members(shared_app: App, created: str) -> None:
    ana = await new_measured(shared_app)
    crowd = await shared_app.people(103)
    bodies: list[dict[str, Any]] = [{"type": "dm", "member_ids": [user_id]} for user_id in crowd[:2]]
    if created == "group":
        bodies = [{"type": "group", "name": "x", "member_ids": others} for others in (crowd[2:3], crowd[3:103])]
    costs = [len(await ana.cost("POST", "/conversations/", json=body)) for body in bodies]
    assert len(set(costs)) == 1, costs


async def test_the_list_and_the_detail_cost_the_same_for_few_and_for_many_rows(shared_app: App) -> None:
    ana = await new_measured(shared_app)
    crowd = await shared_app.people(60)
    costs: dict[str, set[int]] = {"list": set(), "detail": set(), "me": set(), "mark-read": set(), "online": set()}
    for path in ("/conversations/", f"/conversations/{await ana.group(crowd[:1])}"):
        await ana.cost("GET", path)  # PostgreSQL's reader learns that one question is not enough after a change
    for made in range(12):
        chat = await ana.group(crowd[: 1 + made * 5])
        for number in range(made % 3):
            await ana.call("POST", "/messages/", json={"conversation_id": chat, "content": f"message {number}"})
        costs["list"].add(len(await ana.cost("GET", "/conversations/")))
        costs["detail"].add(len(await ana.cost("GET", f"/conversations/{chat}")))
        costs["me"].add(len(await ana.cost("GET", "/users/me")))
        costs["mark-read"].add(len(await ana.cost("POST", f"/conversations/{chat}/mark-read")))
        costs["online"].add(len(await ana.cost("GET", "/users/presence/online")))
    assert {name: len(found) for name, found in costs.items()} == dict.fromkeys(costs, 1), costs
    assert costs["me"] == {1}


async def test_the_list_of_nobody_costs_no_more_than_the_list_of_many(shared_app: App) -> None:
    newcomer = await new_measured(shared_app)
    empty = len(await newcomer.cost("GET", "/conversations/"))
    await newcomer.group(await shared_app.people(2))
    assert empty <= len(await newcomer.cost("GET", "/conversations/"))


async def test_a_page_of_history_costs_the_same_for_few_and_for_many_messages(shared_app: App) -> None:
    """What belongs to messages is asked only where one has something: two statements more, for one or for many."""
    ana, bob = await new_measured(shared_app), await new_measured(shared_app, "Bob")
    chat = await ana.group([bob.user.id, *await shared_app.people(20)])
    path = f"/messages/conversations/{chat}/messages"
    costs: dict[str, set[int]] = {"plain": set(), "with answers": set()}
    for kind in costs:
        for number in range(12):
            who = (ana, bob)[number % 2]
            body = {"conversation_id": chat, "content": f"message {number}"}
            last = (await who.call("POST", "/messages/", json=body))["id"]
            if kind == "with answers":
                await who.call("POST", "/messages/", json=body | {"reply_to_id": last})
                await bob.call("POST", f"/messages/{last}/reactions", json={"emoji": "\N{THUMBS UP SIGN}"})
            if number == 0:
                await ana.cost("GET", path)  # as above: whether one question is enough
            for limit in (1, 100):
                costs[kind].add(len(await ana.cost("GET", f"{path}?limit={limit}")))
    (plain,), (with_answers,) = costs.values()
    assert with_answers == plain + 2, costs


async def test_the_people_search_costs_the_same_for_few_and_for_many_people(shared_app: App) -> None:
    ana = await new_measured(shared_app)
    costs = {len(await ana.cost("GET", f"/users/?q=crowd&limit={limit}")) for limit in (1, 50, 100)}
    assert len(costs) == 1, costs


async def test_no_look_at_the_list_reads_message_texts_beyond_the_last_one(shared_app: App) -> None:
    """Unread is a subtraction: no statement counts or joins the messages above a position."""
    ana = await new_measured(shared_app)
    chat = await ana.group(await shared_app.people(1))
    await ana.call("POST", "/messages/", json={"conversation_id": chat, "content": "hello"})
    for statement in await ana.cost("GET", "/conversations/"):
        assert "count(" not in statement.lower()
        if messages.name in statement:
            assert "last_number" in statement


async def test_a_block_is_looked_up_with_one_statement_in_a_pair_and_with_none_in_a_group(shared_app: App) -> None:
    ana, bob = await new_measured(shared_app), await new_measured(shared_app, "Bob")
    for user_id in await shared_app.people(20):
        await ana.call("POST", "/users/blocks", json={"user_id": user_id})
    group = await ana.group([bob.user.id])
    pair = (await ana.call("POST", "/conversations/", json={"type": "dm", "member_ids": [bob.user.id]}))["id"]
    costs = {}
    for chat in (group, pair):
        costs[chat] = await ana.cost("POST", "/messages/", json={"conversation_id": chat, "content": "hello"})
    assert len([statement for statement in costs[pair] if "FROM blocks" in statement]) == 1
    assert not [statement for statement in costs[group] if "blocks" in statement]
    assert len(costs[pair]) == len(costs[group]) + 1
    listed = len(await ana.cost("GET", "/users/blocks"))
    assert listed == len(await bob.cost("GET", "/users/blocks"))


async def test_a_search_costs_the_same_for_few_and_for_many_hits_conversations_and_members(shared_app: App) -> None:
    ana = await new_measured(shared_app)
    crowd = await shared_app.people(60)
    costs: dict[str, set[int]] = {"long": set(), "short": set(), "by name": set()}
    for made in range(8):
        chat = await ana.group(crowd[: 1 + made * 8])
        first = (await ana.call("POST", "/messages/", json={"conversation_id": chat, "content": "dromedary"}))["id"]
        body = {"conversation_id": chat, "content": "dromedary", "reply_to_id": first}
        await ana.call("POST", "/messages/", json=body)
        await ana.call("POST", "/conversations/", json={"type": "dm", "member_ids": [crowd[made]]})
        for limit in (1, 100):
            for name, query in (("long", "dromedary"), ("short", "dr")):
                body = {"query": query, "limit": limit}
                costs[name].add(len(await ana.cost("POST", "/messages/search", json=body)))
            costs["by name"].add(len(await ana.cost("GET", f"/conversations/search?q=r&limit={min(limit, 50)}")))
    assert {name: len(found) for name, found in costs.items()} == dict.fromkeys(costs, 1), costs


async def test_changes_of_a_group_and_of_a_poll_cost_the_same_for_few_and_for_many_members(shared_app: App) -> None:
    costs: dict[str, set[int]] = {}
    for size in (3, 60, 150):
        ana = await new_measured(shared_app)
        others = await shared_app.people(size)
        chat = await ana.group(others)
        newcomers = await shared_app.people(min(size, 40))
        poll_body = {
            "conversation_id": chat,
            "question": "Which?",
            "options": [
                {"option_text": f"Option {place}", "position": place} for place in range(2 if size < 50 else 10)
            ],
        }
        poll = (await ana.call("POST", "/polls/", json=poll_body))["poll"]
        vote = {"option_ids": [poll["options"][0]["id"]]}
        for what, method, path, body in (
            ("rename", "PUT", f"/conversations/{chat}", {"name": f"Of {size}"}),
            ("add", "POST", f"/conversations/{chat}/members", {"user_ids": newcomers}),
            ("remove", "DELETE", f"/conversations/{chat}/members/{others[0]}", None),
            ("promote", "PUT", f"/conversations/{chat}/members/{others[1]}", {"role": "admin"}),
            ("demote", "PUT", f"/conversations/{chat}/members/{others[1]}", {"role": "member"}),
            ("ask", "POST", "/polls/", poll_body),
            ("vote", "POST", f"/polls/{poll['id']}/vote", vote),
            ("poll", "GET", f"/polls/{poll['id']}", None),
            ("close", "PUT", f"/polls/{poll['id']}/close", None),
            ("leave", "POST", f"/conversations/{chat}/leave", None),
        ):
            costs.setdefault(what, set()).add(len(await ana.cost(method, path, json=body)))
    assert {what: len(found) for what, found in costs.items()} == dict.fromkeys(costs, 1), costs


async def test_a_page_with_polls_costs_the_same_for_one_and_for_many(shared_app: App) -> None:
    """And a fixed number more than one without."""
    ana = await new_measured(shared_app)
    costs = {}
    for polls in (0, 1, 5):
        chat = await ana.group(await shared_app.people(5))
        await ana.call("POST", "/messages/", json={"conversation_id": chat, "content": "hello"})
        for _ in range(polls):
            options = [{"option_text": text, "position": place} for place, text in enumerate(("yes", "no"))]
            body = {"conversation_id": chat, "question": "Which?", "options": options}
            poll = (await ana.call("POST", "/polls/", json=body))["poll"]
            await ana.call("POST", f"/polls/{poll['id']}/vote", json={"option_ids": [poll["options"][0]["id"]]})
        path = f"/messages/conversations/{chat}/messages"
        await ana.cost("GET", path)  # as above
        costs[polls] = len(await ana.cost("GET", path))
    assert costs[1] == costs[5] == costs[0] + 4, costs


async def test_sending_and_opening_a_file_cost_the_same_for_few_and_for_many_members(shared_app: App) -> None:
    ana = await new_measured(shared_app)
    crowd = await shared_app.people(60)
    costs: dict[str, set[int]] = {"upload": set(), "open": set()}
    for count in (1, 10, 60):
        chat = await ana.group(crowd[:count])
        for content in (b"text", picture("PNG", (600, 600))):
            form = {"files": {"file": ("a", content)}, "data": {"conversation_id": chat}}
            costs["upload"].add(len(await ana.cost("POST", "/messages/upload", **form)))
            data = (await ana.call("POST", "/messages/upload", **form))["metadata"]
            with counted(shared_app) as statements:
                await shared_app.http.get(data["fileUrl"], headers=ana.headers)
            costs["open"].add(len(statements))
    assert {name: len(found) for name, found in costs.items()} == dict.fromkeys(costs, 1), costs
