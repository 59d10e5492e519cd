"""What another process publishes from the journal is what the one that made the change announced."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, get_args

from sqlalchemy import select

from tests.rest.chat import Chat, new_chat
from tests.rest.happenings import announced, everything
from tests.rest.in_process import App, on_module_loop
from tests.rest.test_statement_counts import counted
from tms_chat.catchup.replay import Replayed, replay
from tms_chat.core.events import Event
from tms_chat.core.ids import ConversationId, UserId
from tms_chat.db.journal import Kind, journal

pytestmark = on_module_loop


async def replayed(app: App, chat: Chat, after: int = 0, limit: int = 1000) -> list[Replayed]:
    return await replay(app.services.db, ConversationId(chat.id), after, limit)


def heard_by(user_id: str, events: Iterable[Event]) -> list[tuple[str, Any]]:
    """What this member is sent, if they are one."""
    heard = []
    for event in events:
        for one in (event, *(replace(other, but=other.but | event.but) for other in event.companions)):
            body = one.bodies_by_user.get(UserId(user_id)) if one.bodies_by_user else one.body
            if body is not None and user_id not in one.but:
                heard.append((one.name, json.loads(json.dumps(dict(body)))))
    return heard


def comparable(heard: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """Notices are announced without receipts, which clients derive from positions, and fetched with them."""
    kept: list[tuple[str, Any]] = []
    for name, body in heard:
        if body.get("type") == "SYSTEM":
            body = body | {"statuses": []}
        elif name == "conversation_created":  # shown with the notice that follows it
            body = body | {"updated_at": None, "last_message": None}
        kept.append((name, body))
    return kept


async def test_said_again_at_once_it_is_the_same_to_everybody(shared_app: App) -> None:
    chat, changes = await everything(shared_app)
    ana = chat.people[0].id
    kinds, for_older_ones = set[str](), set[str]()
    with announced(shared_app) as told:
        for change in changes:
            before = told[-1].seq if told else 0
            told.clear()
            await change
            (first, *_), again = told, await replayed(shared_app, chat, before)
            assert [one.seq for one in again] == list(range(before + 1, before + len(again) + 1))
            # The change itself; the SYSTEM message that tells of it is a number of its own.
            for number in {event.seq for event in told}:
                was = [event for event in told if event.seq == number]
                now = next(one for one in again if one.seq == number)
                for person in chat.people:
                    assert comparable(heard_by(person.id, was)) == comparable(heard_by(person.id, now.events)), (
                        first.name
                    )
                for event, repeated in zip((one for one in was if not one.body.get("compat")), now.events, strict=True):
                    assert (event.joins, event.leaves, event.notice) == (
                        repeated.joins,
                        repeated.leaves,
                        repeated.notice,
                    )
                for_older_ones |= {name for name, body in heard_by(ana, now.events) if body.get("compat")}
            kinds |= {event.name for event in told}
    assert set(get_args(Kind)) <= kinds
    assert for_older_ones == {"new_poll", "message_deleted", "reaction_removed", "conversation_updated"}


async def test_later_it_is_what_is_true_then(shared_app: App) -> None:
    chat = await new_chat(shared_app, 3)
    first, second = await chat.send(0, "a secret"), await chat.send(1, "a draft")
    await chat.send(2, "re", reply_to_id=first["id"])
    await chat.call(2, "POST", f"/messages/{second['id']}/reactions", json={"emoji": "👍"})
    await chat.call(2, "DELETE", f"/messages/{second['id']}/reactions/👍")
    await chat.call(1, "PUT", f"/messages/{second['id']}", json={"content": "the final text"})
    await chat.call(0, "DELETE", f"/messages/{first['id']}", json={"delete_for_everyone": True})
    again = await replayed(shared_app, chat)
    bodies = [dict(one.events[0].body) for one in again]
    assert [one.events[0].name for one in again] == [
        "new_message", "new_message", "new_message", "reaction_removed", "reaction_removed", "message_edited",
        "message_edited",
    ]  # fmt: skip
    assert "secret" not in json.dumps(bodies)
    assert "draft" not in json.dumps(bodies)
    assert (bodies[0]["content"], bodies[0]["deleted_at"] is not None) == ("", True)
    assert bodies[1]["content"] == bodies[5]["content"] == "the final text"
    assert (bodies[2]["reply_to"]["content"], bodies[2]["reply_to"]["deleted_at"] is not None) == ("", True)


async def test_a_reaction_that_is_gone_is_found_by_what_it_was(shared_app: App) -> None:
    chat = await new_chat(shared_app, 2)
    path = f"/messages/{(await chat.send(0, 'one'))['id']}"
    last = ""
    for emoji in ("👍", "❤️", "👍", None, "ok2", "❤️", None):
        if emoji is not None:
            await chat.call(1, "POST", f"{path}/reactions", json={"emoji": emoji})
            last = emoji
        else:
            await chat.call(1, "DELETE", f"{path}/reactions/{last}")

    async def told() -> list[list[tuple[str, Any]]]:
        again = await replayed(shared_app, chat, after=1)
        bob = chat.people[1].id
        return [[(name, body.get("emoji")) for name, body in heard_by(bob, one.events)] for one in again]

    def gone(emoji: str = "") -> tuple[str, str]:
        return "reaction_removed", emoji

    # Each new one says what it took the place of, as it is gone itself. Of words nothing is kept.
    assert await told() == [[gone()], [gone("👍")], [gone("❤️")], [gone("👍")], [gone()], [gone()], [gone("❤️")]]
    async with shared_app.services.db.read() as connection:
        rows = await connection.execute(select(journal.c.data).where(journal.c.conversation_id == chat.id))
        assert "ok2" not in json.dumps(list(rows.scalars()))
    await chat.call(1, "POST", f"{path}/reactions", json={"emoji": "👍"})
    added = ("reaction_added", None)
    *earlier, latest = await told()
    assert earlier[:3] == [[added], [added], [added, gone("❤️")]]  # what is there now is not gone
    assert latest == [added]
    await chat.call(0, "DELETE", path, json={"delete_for_everyone": True})
    *earlier, latest = await told()
    nothing = [("unseen_change", None)]
    assert earlier == [nothing] * 3 + [[gone()]] + [nothing] * 2 + [[gone()], nothing]
    assert latest == [("message_edited", None), ("message_deleted", None)]


async def test_who_is_gone_again_neither_joins_nor_hears(shared_app: App) -> None:
    chat = await new_chat(shared_app, 3)
    dora = await chat.join("Dora")
    person = chat.people[dora]
    path = f"/conversations/{chat.id}/members"
    await chat.call(0, "DELETE", f"{path}/{person.id}")
    gone = await replayed(shared_app, chat)
    assert [event.joins for one in gone for event in one.events if event.joins] == []
    await chat.send(0, "while she was out")
    await chat.call(0, "POST", path, json={"user_ids": [person.id]})
    back = await replayed(shared_app, chat)
    joins = {one.seq: event.joins for one in back for event in one.events if event.joins}
    assert list(joins.values()) == [(person.id,)]
    for one in back:
        if one.seq < min(joins):
            assert "while she was out" not in json.dumps(heard_by(person.id, one.events))


async def test_what_somebody_cleared_or_hid_is_only_a_number_to_them(shared_app: App) -> None:
    chat = await new_chat(shared_app, 3)
    first, second = await chat.send(0, "one"), await chat.send(0, "two")
    answer = await chat.send(0, "three", reply_to_id=first["id"])
    ana, bob, cleo = (person.id for person in chat.people)
    await chat.call(1, "DELETE", f"/messages/{second['id']}")
    await chat.call(2, "DELETE", f"/messages/conversations/{chat.id}/clear")
    again = await replayed(shared_app, chat)
    of = {who: [heard_by(who, one.events)[0] for one in again] for who in (ana, bob, cleo)}
    assert [name for name, _ in of[ana]] == ["new_message"] * 3
    assert [name for name, _ in of[bob]] == ["new_message", "unseen_change", "new_message"]
    assert [name for name, _ in of[cleo]] == ["unseen_change"] * 3
    hidden = {"conversation_id": chat.id, "seq": 2, "sequence_number": 2, "timestamp": second["createdAt"]}
    assert of[bob][1][1] == hidden
    dora = await chat.join("Dora")
    late = chat.people[dora].id
    await chat.send(1, "four", reply_to_id=answer["id"])
    (*_, last) = await replayed(shared_app, chat)
    ((_, to_ana),), ((_, to_late),) = heard_by(ana, last.events), heard_by(late, last.events)
    assert to_ana["reply_to"]["content"] == "three"
    assert to_late == to_ana | {"reply_to": None}


async def test_a_page_costs_the_same_for_few_and_for_many(shared_app: App) -> None:
    chat, changes = await everything(shared_app)
    for change in changes:
        await change
    large = await new_chat(shared_app, 60)
    for number in range(30):
        await large.send(0, f"message {number}")
    costs = {}
    for name, which, limit in (("one", large, 1), ("thirty", large, 30), ("all kinds", chat, 1000)):
        with counted(shared_app) as statements:
            assert await replayed(shared_app, which, 0, limit)
        costs[name] = len(statements)
    assert costs["one"] == costs["thirty"]
    assert costs["all kinds"] <= 15, costs
    assert await replayed(shared_app, chat, 10**6) == []
