"""What a change of a message costs in SQL statements: the same for few and for many members, messages and reactions."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert

from tests.rest.in_process import App, on_module_loop
from tests.rest.test_statement_counts import Measured, new_measured
from tms_chat.core.clock import now
from tms_chat.core.ids import uuid7
from tms_chat.messages.model import reactions

pytestmark = on_module_loop


async def say(who: Measured, chat: str, content: str = "hello", **fields: Any) -> str:
    body = {"conversation_id": chat, "content": content, **fields}
    message_id: str = (await who.call("POST", "/messages/", json=body))["id"]
    return message_id


async def react(app: App, message_id: str, people: list[str]) -> None:
    """All of them say something."""
    rows = [
        {"id": uuid7(), "message_id": message_id, "user_id": user_id, "emoji": "👍", "created_at": now()}
        for user_id in people
    ]
    async with app.services.db.unit() as unit:
        await unit.execute(insert(reactions).values(rows))


async def costs(app: App, ana: Measured, bob: Measured, crowd: list[str]) -> dict[str, int]:
    """Each request about a message that the crowd reacted to, among as many others, which is quoted everywhere."""
    chat = await ana.group([bob.user.id, *crowd])
    message_id = await say(ana, chat, "hello @all")
    for _ in range(1 + len(crowd) // 10):
        await say(bob, chat, "re", reply_to_id=message_id)
    await react(app, message_id, [ana.user.id, *crowd])
    path, everyone = f"/messages/{message_id}", {"delete_for_everyone": True}
    asked: dict[str, Any] = {
        "get": ("GET", path),
        "history": ("GET", f"/messages/conversations/{chat}/messages"),
        "react": ("POST", f"{path}/reactions", {"emoji": "👍"}),
        "react anew": ("POST", f"{path}/reactions", {"emoji": "❤️"}),
        "take back": ("DELETE", f"{path}/reactions/❤️"),
        "hide": ("DELETE", f"/messages/{await say(ana, chat)}"),
        "clear": ("DELETE", f"/messages/conversations/{chat}/clear"),
    }
    mine: dict[str, Any] = {
        "mention": ("POST", "/messages/", {"conversation_id": chat, "content": "@all"}),
        "edit": ("PUT", path, {"content": "hello @Bob"}),
        "delete": ("DELETE", path, everyone),
    }
    measured = {name: await cost(bob, *request) for name, request in asked.items()}
    return measured | {name: await cost(ana, *request) for name, request in mine.items()}


async def cost(who: Measured, method: str, path: str, body: Any = None) -> int:
    return len(await who.cost(method, path, json=body))


async def test_changes_cost_the_same_for_few_and_for_many(shared_app: App) -> None:
    ana, bob = await new_measured(shared_app), await new_measured(shared_app, "Bob")
    few = await costs(shared_app, ana, bob, await shared_app.people(1))
    many = await costs(shared_app, ana, bob, await shared_app.people(150))
    # With too many members to list, a page of history asks for the slowest of them and for those who wrote it.
    assert few["history"] <= many["history"] <= few["history"] + 2
    assert few | {"history": 0} == many | {"history": 0}
    assert max(many.values()) <= 20, many


async def test_who_hears_less_costs_nothing_more(shared_app: App) -> None:
    """Half of the members have cleared the conversation: what changes before that reaches them as a number only."""
    ana, bob = await new_measured(shared_app), await new_measured(shared_app, "Bob")
    found = []
    for clears in (False, True):
        chat = await ana.group([bob.user.id, *await shared_app.people(40)])
        message_id = await say(ana, chat)
        if clears:
            await bob.call("DELETE", f"/messages/conversations/{chat}/clear")
        found.append(await cost(ana, "PUT", f"/messages/{message_id}", {"content": "another"}))
        answer = {"conversation_id": chat, "content": "re", "reply_to_id": message_id}
        found.append(await cost(ana, "POST", "/messages/", answer))
    assert found[:2] == found[2:]
