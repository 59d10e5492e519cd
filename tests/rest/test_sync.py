"""Catching up: what somebody missed, in order, as it is now, and nothing from outside their membership."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, update

from tests.rest.chat import Chat, new_chat
from tests.rest.happenings import everything
from tests.rest.in_process import App, on_module_loop
from tests.rest.shapes import check, refused, shaped, time
from tests.rest.test_statement_counts import counted, new_measured
from tms_chat.catchup.schema import MAX_EVENTS, MAX_POSITIONS, TOO_FAR
from tms_chat.conversations.model import conversations, members
from tms_chat.core.clock import iso, now
from tms_chat.core.ids import uuid7
from tms_chat.db.journal import journal
from tms_chat.realtime.schema import EVENTS

pytestmark = on_module_loop

EVENT = {"name": str, "body": dict}
SYNC = {
    "epoch": str, "at": time, "events": [EVENT], "more": bool, "more_receipts": bool, "too_far": [str],
    "joined": [str], "left": [str], "heads": dict, "unread": dict, "history_after": dict,
}  # fmt: skip
PAGE = {
    "epoch": str, "events": [EVENT], "more": bool, "begins": int, "head": int, "unread": int, "history_after": int,
}  # fmt: skip


async def sync(chat: Chat, who: int, positions: Mapping[str, int], **fields: Any) -> Any:
    body = {"epoch": chat.app.services.epoch, "positions": dict(positions), **fields}
    answer = shaped(await chat.ask(who, "POST", "/sync", json=body), SYNC)
    for event in answer["events"]:
        EVENTS[event["name"]].model_validate(event["body"], by_alias=False, by_name=True)
    return answer


async def events(chat: Chat, who: int, **params: int) -> Any:
    answer = await chat.ask(who, "GET", f"/conversations/{chat.id}/events", params=params)
    page = shaped(answer, PAGE)
    told = [event["body"]["seq"] for event in page["events"]]
    assert int(answer.headers["x-conversation-seq"]) == (told[-1] if told else page["head"])
    return page


def numbers(answer: Any) -> list[int]:
    return [event["body"]["seq"] for event in answer["events"] if "seq" in event["body"]]


async def test_everything_missed_comes_in_order_from_both_addresses(shared_app: App) -> None:
    chat, changes = await everything(shared_app)
    for change in changes:
        await change
    whole = await events(chat, 0, limit=MAX_EVENTS)
    head = whole["head"]
    assert numbers(whole) == list(range(1, head + 1))
    assert not whole["more"]
    answer = await sync(chat, 0, {chat.id: 0})
    assert answer["events"] == whole["events"]
    assert (answer["more"], answer["too_far"], answer["left"], answer["joined"]) == (False, [], [], [])
    assert answer["heads"] == {chat.id: head}
    assert answer["unread"] == {chat.id: whole["unread"]}
    for after in (1, head - 1, head):
        part = await events(chat, 0, after=after, limit=MAX_EVENTS)
        assert part["events"] == whole["events"][after:]
        assert (await sync(chat, 0, {chat.id: after}))["events"] == part["events"]
    first = await events(chat, 0, limit=3)
    assert (numbers(first), first["more"]) == ([1, 2, 3], True)
    # New messages are what a fetch shows of them.
    fetched = {message["id"]: message for message in (await chat.messages(0, limit=100))["data"]}
    new = [event["body"] for event in whole["events"] if event["name"] == "new_message"]
    assert len(new) == len(fetched)
    for body in new:
        same = fetched[body["id"]]
        assert (body["content"], body["status"], len(body["statuses"])) == (
            same["content"], same["status"], len(same["statuses"]),
        )  # fmt: skip
        assert [one["emoji"] for one in body["reactions"]] == [one["emoji"] for one in same["reactions"]]
        assert body["poll"] == same["poll"]


async def test_what_was_erased_or_edited_meanwhile_is_not_said_again(shared_app: App) -> None:
    chat = await new_chat(shared_app, 3)
    first, second = await chat.send(0, "a secret"), await chat.send(1, "a draft")
    await chat.send(2, "re", reply_to_id=first["id"])
    await chat.call(1, "PUT", f"/messages/{second['id']}", json={"content": "final"})
    await chat.call(0, "DELETE", f"/messages/{first['id']}", json={"delete_for_everyone": True})
    for who in range(3):
        answer = json.dumps([await sync(chat, who, {chat.id: 0}), await events(chat, who)])
        assert "secret" not in answer
        assert "draft" not in answer
        assert "final" in answer


async def test_a_membership_is_a_window(shared_app: App) -> None:
    chat = await new_chat(shared_app, 3)
    await chat.send(0, "before her time")
    dora = await chat.join("Dora")
    person = chat.people[dora]
    path = f"/conversations/{chat.id}/members"
    began = (await events(chat, dora))["begins"]
    assert began == 2
    assert numbers(await events(chat, dora)) == [3]
    assert (await sync(chat, dora, {chat.id: 0}))["too_far"] == [chat.id]  # not from before
    assert numbers(await sync(chat, dora, {chat.id: began})) == [3]
    await chat.send(0, "in her time")
    await chat.call(0, "DELETE", f"{path}/{person.id}")
    gone = await sync(chat, dora, {chat.id: began})
    assert (gone["left"], gone["events"], gone["heads"], gone["too_far"]) == ([chat.id], [], {}, [])
    refused(await chat.ask(dora, "GET", f"/conversations/{chat.id}/events"), 404, code="conversation_not_found")
    await chat.send(0, "while she was out")
    await chat.call(0, "POST", path, json={"user_ids": [person.id]})
    await chat.send(0, "back again")
    back = await sync(chat, dora, {chat.id: began})
    assert (back["too_far"], back["events"], back["left"], back["joined"]) == ([chat.id], [], [], [])
    page = await events(chat, dora)
    assert numbers(page) == list(range(page["begins"] + 1, page["head"] + 1))
    told = json.dumps(page)
    assert "back again" in told
    assert not [text for text in ("before her time", "in her time", "while she was out") if text in told]


async def test_conversations_come_and_go(shared_app: App) -> None:
    chat, other = await new_chat(shared_app, 2), await new_chat(shared_app, 2)
    body = {"type": "group", "name": "New", "member_ids": [other.people[0].id]}
    new = (await chat.call(0, "POST", "/conversations/", json=body))["id"]
    unknown = uuid7()
    answer = await sync(chat, 0, {chat.id: 0, other.id: 0, unknown: 5})
    assert answer["joined"] == [new]
    assert sorted(answer["left"]) == sorted([other.id, unknown])  # foreign and unknown look the same
    assert answer["heads"] == {chat.id: 0, new: 0}
    assert answer["events"] == []


async def test_another_history_and_what_cannot_be_are_too_far(shared_app: App) -> None:
    chat = await new_chat(shared_app, 2)
    await chat.send(0, "one")
    assert (await sync(chat, 0, {chat.id: 2}))["too_far"] == [chat.id]  # from before an older backup came back
    other = await sync(chat, 0, {chat.id: 0}, epoch="another")
    assert (other["epoch"], other["too_far"], other["events"]) == (shared_app.services.epoch, [chat.id], [])
    assert (await sync(chat, 0, {chat.id: 0}))["too_far"] == []


async def test_a_thousand_is_near_and_more_is_too_far(shared_app: App) -> None:
    chat = await new_chat(shared_app, 2)
    far = update(conversations).where(conversations.c.id == chat.id).values(last_seq=TOO_FAR + 1)
    async with shared_app.services.db.unit() as unit:
        await unit.execute(far)
    assert (await sync(chat, 0, {chat.id: 0}))["too_far"] == [chat.id]
    assert (await sync(chat, 0, {chat.id: 1}))["too_far"] == []


async def test_many_come_in_pages_of_500_or_a_megabyte(shared_app: App) -> None:
    chat, began = await new_chat(shared_app, 2), iso(now())
    second = Chat(shared_app, chat.people)
    body = {"type": "group", "name": "Second", "member_ids": [chat.people[1].id]}
    second.id = (await chat.call(0, "POST", "/conversations/", json=body))["id"]
    first = await chat.send(0, "to react to")
    rows = [
        {"conversation_id": chat.id, "seq": seq, "kind": "reaction_removed", "message_id": first["id"],
         "actor_id": chat.people[0].id, "member_version": 1, "data": {}, "created_at": now()}
        for seq in range(2, MAX_EVENTS + 2)
    ]  # fmt: skip
    async with shared_app.services.db.unit() as unit:
        await unit.execute(insert(journal).values(rows))
        as_many = update(conversations).where(conversations.c.id == chat.id)
        await unit.execute(as_many.values(last_seq=MAX_EVENTS + 1))
    await second.send(0, "a little")
    positions, pages = {chat.id: 0, second.id: 0}, list[Any]()
    while not pages or pages[-1]["more"]:
        pages.append(await sync(chat, 1, positions))
        for event in pages[-1]["events"]:
            place = event["body"]["conversation_id"]
            assert event["body"]["seq"] == positions[place] + 1
            positions[place] += 1
    assert [len(page["events"]) for page in pages] == [MAX_EVENTS, 2]
    assert positions == pages[-1]["heads"] == {chat.id: MAX_EVENTS + 1, second.id: 1}
    for _ in range(40):
        await second.send(0, "\N{OLD PERSIAN SIGN A}" * 4000, metadata_json={"a": "\N{OLD PERSIAN SIGN A}" * 3900})
    large = await sync(chat, 1, {second.id: 1, chat.id: positions[chat.id]}, since=began)
    assert large["more"]
    assert (large["at"], large["more_receipts"]) == (began, False)  # of receipts nothing was told yet
    assert 800_000 < len(json.dumps(large, ensure_ascii=False).encode()) < 1_100_000
    part = await events(second, 1, after=1, limit=MAX_EVENTS)
    assert part["more"]
    assert numbers(part) == numbers(large)


async def test_what_has_no_number_is_told_at_the_end(shared_app: App) -> None:
    chat = await new_chat(shared_app, 3)
    ana, bob, cleo = (person.id for person in chat.people)
    hidden = await chat.send(1, "hidden")
    await chat.send(1, "not hidden")
    at = (await sync(chat, 0, {chat.id: 0}))["at"]
    head = {chat.id: 2}
    quiet = await sync(chat, 0, head, since=iso(now()))
    assert {event["name"] for event in quiet["events"]} <= {"messages_read"}  # the overlap
    await chat.call(0, "DELETE", f"/messages/{hidden['id']}")
    await chat.read(2)
    await chat.call(0, "POST", "/messages/mark-delivered", json={"conversation_id": chat.id})
    answer = await sync(chat, 0, head, since=at)
    told = {(event["name"], event["body"].get("user_id")): event["body"] for event in answer["events"]}
    assert told["message_hidden", None] == {"conversation_id": chat.id, "message_id": hidden["id"]}
    read = {"conversation_id": chat.id, "user_id": cleo, "sequence_number": 2, "count": 0}
    assert told["messages_read", cleo] == read
    assert told["messages_delivered", ana] == read | {"user_id": ana}
    assert ("messages_read", bob) in told  # writing is reading
    assert answer["unread"] == {chat.id: 2}
    await chat.call(0, "POST", "/users/blocks", json={"user_id": cleo})
    answer = await sync(chat, 0, head, since=at)
    assert not [event for event in answer["events"] if event["body"].get("user_id") == cleo]
    assert {event["name"] for event in (await sync(chat, 0, head))["events"]} == {"message_hidden"}
    await chat.call(0, "DELETE", f"/messages/conversations/{chat.id}/clear")
    answer = await sync(chat, 0, {chat.id: 0})
    assert [event["name"] for event in answer["events"]] == ["unseen_change"] * 2
    assert (answer["history_after"], answer["unread"]) == ({chat.id: 2}, {})


async def test_more_receipts_than_fit_are_told_page_by_page_and_each_once(shared_app: App) -> None:
    ana = await shared_app.person("Ana")
    chat = Chat(shared_app, [ana])
    crowd = await shared_app.people(44)
    began, places = now() - timedelta(hours=1), list[str]()
    for _ in range(30):
        body = {"type": "group", "name": "Busy", "member_ids": crowd}
        places.append((await chat.call(0, "POST", "/conversations/", json=body))["id"])
    async with shared_app.services.db.unit() as unit:
        for number, place in enumerate(places):
            # All of a conversation at one moment, so that no page can end where a thousand are full.
            read_at = began + timedelta(seconds=60 * (1 + number // 2))
            moved = update(members).where(members.c.conversation_id == place, members.c.user_id.in_(crowd))
            late = {"delivered_at": read_at + timedelta(minutes=30), "delivered_number": 9}
            await unit.execute(moved.values(read_at=read_at, read_number=7, **(late if number == 0 else {})))
    level = dict.fromkeys(places, 0)
    told, since, pages = list[tuple[str, str, str]](), iso(began), list[Any]()
    while not pages or pages[-1]["more_receipts"]:
        with counted(shared_app) as statements:
            pages.append(await sync(chat, 0, level, since=since))
        assert len(statements) <= 4, statements
        assert since < pages[-1]["at"]
        assert not pages[-1]["more"]
        since = pages[-1]["at"]
        told += [(one["name"], one["body"]["conversation_id"], one["body"]["user_id"]) for one in pages[-1]["events"]]
    read = {("messages_read", place, person) for place in places for person in crowd}
    late_ones = {("messages_delivered", places[0], person) for person in crowd}
    assert set(told) == read | late_ones
    # Who moved twice is told twice, with both positions as they are; nobody else is.
    assert len(told) == len(set(told)) + len(crowd)
    assert [len(page["events"]) for page in pages] == [12 * 88 + 44, 6 * 44 + 44]
    assert since > iso(now() - timedelta(minutes=5))
    assert [event["name"] for event in (await sync(chat, 0, level, since=since))["events"]] == []


async def test_positions_are_bounded_and_every_value_is_checked(shared_app: App) -> None:
    chat = await new_chat(shared_app, 2)
    at_most = {uuid7(): 0 for _ in range(MAX_POSITIONS)}
    assert len((await sync(chat, 0, at_most))["left"]) == MAX_POSITIONS
    epoch = shared_app.services.epoch
    bodies: tuple[Any, ...] = (
        {"epoch": epoch, "positions": at_most | {chat.id: 0}},
        {"epoch": epoch, "positions": {chat.id: -1}},
        {"epoch": epoch, "positions": {chat.id: 2**63}},
        {"epoch": epoch, "positions": {chat.id: "x"}},
        {"epoch": epoch, "positions": {"x" * 256: 1}},
        {"epoch": epoch, "positions": {"": 1}},
        {"epoch": epoch, "positions": [chat.id]},
        {"epoch": epoch},
        {"positions": {}},
        {"epoch": epoch, "positions": {}, "since": "yesterday"},
    )
    for wrong in bodies:
        refused(await chat.ask(0, "POST", "/sync", json=wrong), 422, code="invalid")
    for since in ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"):
        await sync(chat, 0, {chat.id: 0}, since=since)
    for query in ("after=-1", "after=x", "limit=0", f"limit={MAX_EVENTS + 1}", f"after={2**63}"):
        refused(await chat.ask(0, "GET", f"/conversations/{chat.id}/events?{query}"), 422, code="invalid")
    check(await events(chat, 0, after=2**53), PAGE)


async def test_both_cost_the_same_for_few_and_for_many(shared_app: App) -> None:
    chat, changes = await everything(shared_app)
    for change in changes:
        await change
    costs: dict[str, int] = {}
    ana = await new_measured(shared_app)
    crowd = await shared_app.people(60)
    chats = [await ana.group(crowd[: 2 + made]) for made in range(12)]
    for made, where in enumerate(chats):
        for number in range(1 + made):
            await ana.call("POST", "/messages/", json={"conversation_id": where, "content": f"message {number}"})
    for count in (1, 12):
        positions = dict.fromkeys(chats[:count], 0)
        body = {"epoch": shared_app.services.epoch, "positions": positions, "since": iso(now())}
        for _ in range(2):  # the first one may begin with a question that turns out not to be enough
            costs[f"sync {count}"] = len(await ana.cost("POST", "/sync", json=body))
    for limit in (1, 12):
        for _ in range(2):
            costs[f"events {limit}"] = len(await ana.cost("GET", f"/conversations/{chats[-1]}/events?limit={limit}"))
    assert costs["sync 1"] == costs["sync 12"], costs
    assert costs["events 1"] == costs["events 12"], costs
    with counted(shared_app) as statements:
        await sync(chat, 0, {chat.id: 0}, since=iso(now()))
    assert len(statements) <= 20, statements
