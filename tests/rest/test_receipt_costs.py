"""What receipts, notifications and the number on the badge cost in SQL statements: the same for few and for many."""

from __future__ import annotations

from typing import Any

from tests.rest.in_process import App, on_module_loop
from tests.rest.test_statement_counts import Measured, counted, new_measured
from tms_chat.core.events import Event
from tms_chat.core.ids import ConversationId
from tms_chat.notifications.queries import attention_steps

pytestmark = on_module_loop


async def fill(ana: Measured, chat: str, count: int) -> list[str]:
    body = {"conversation_id": chat, "content": "hello"}
    return [(await ana.call("POST", "/messages/", json=body))["id"] for _ in range(count)]


async def test_marking_costs_the_same_for_few_and_for_many_messages_and_members(shared_app: App) -> None:
    ana, bob = await new_measured(shared_app), await new_measured(shared_app, "Bob")
    costs: dict[str, set[int]] = {name: set() for name in ("read", "delivered", "listed", "to a number", "again")}
    for members, messages in ((0, 1), (60, 12)):
        chat = await ana.group([bob.user.id, *await shared_app.people(members)])
        ids = await fill(ana, chat, messages)
        listed: dict[str, Any] = {"conversation_id": chat, "message_ids": ids[-100:]}
        costs["delivered"].add(len(await bob.cost("POST", "/messages/mark-delivered", json={"conversation_id": chat})))
        costs["listed"].add(len(await bob.cost("POST", "/messages/mark-read", json=listed)))
        costs["again"].add(len(await bob.cost("POST", "/messages/mark-read", json=listed)))
        last = len(ids + await fill(ana, chat, messages))
        path = f"/conversations/{chat}/read"
        costs["to a number"].add(len(await bob.cost("PUT", path, json={"sequence_number": last})))
        await fill(ana, chat, messages)
        costs["read"].add(len(await bob.cost("POST", f"/conversations/{chat}/mark-read")))
    assert all(len(found) == 1 for found in costs.values()), costs
    assert max(max(found) for found in costs.values()) <= 8, costs


async def test_a_receipt_is_one_event_however_much_it_covers(shared_app: App) -> None:
    ana, bob = await new_measured(shared_app), await new_measured(shared_app, "Bob")
    chat = await ana.group([bob.user.id])
    await fill(ana, chat, 30)
    db, told = shared_app.services.db, []
    publish = db.publish
    assert publish is not None

    async def listen(announced: Any) -> None:
        told.extend(announced)

    db.publish = listen
    try:
        await bob.call("POST", f"/conversations/{chat}/mark-read")
    finally:
        db.publish = publish
    (event,) = told
    assert isinstance(event, Event)
    assert (event.name, event.conversation_id) == ("messages_read", ConversationId(chat))
    assert [companion.name for companion in event.companions] == ["message_status"]


async def test_unread_counts_cost_the_same_for_few_and_for_many_conversations(shared_app: App) -> None:
    ana, bob = await new_measured(shared_app), await new_measured(shared_app, "Bob")
    every, one = set(), set()
    for messages in (0, 1, 3, 5):
        chat = await ana.group([bob.user.id])
        await fill(ana, chat, messages)
        every.add(len(await bob.cost("GET", "/messages/unread-count")))
        one.add(len(await bob.cost("GET", f"/messages/conversations/{chat}/unread-count")))
    assert (len(every), len(one)) == (1, 1), (every, one)


async def test_what_somebody_wants_to_hear_of_costs_the_same_for_few_and_for_many_mutes(shared_app: App) -> None:
    ana = await new_measured(shared_app)
    costs = set()
    for _ in range(4):
        chat = await ana.group(await shared_app.people(1))
        await ana.call("POST", f"/notifications/conversations/{chat}/mute")
        with counted(shared_app) as statements:
            attention = await shared_app.services.db.ask(attention_steps, [ana.user.id])
        assert ConversationId(chat) in attention[ana.user.id].muted
        costs.add(len(statements))
    assert costs == {3}
