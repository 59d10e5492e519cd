"""Reading back: pages of messages, how many are unread, how far everybody has read."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from tests.rest.chat import new_chat
from tests.rest.in_process import App, on_module_loop
from tests.rest.shapes import refused, shaped, time
from tms_chat.conversations.model import members as rows
from tms_chat.core.clock import now
from tms_chat.messages.model import messages

pytestmark = on_module_loop


async def test_history_is_newest_first_in_pages_that_lose_and_repeat_nothing(shared_app: App) -> None:
    chat = await new_chat(shared_app, 2)
    for number in range(1, 8):
        await chat.send(number % 2, f"message {number}")
    for limit in (1, 2, 3, 6, 7, 8):
        numbers, cursor = [], None
        while True:
            page = await chat.messages(0, limit=limit, **({"cursor": cursor} if cursor else {}))
            numbers += [message["sequenceNumber"] for message in page["data"]]
            cursor = page["pagination"]["next_cursor"]
            assert page["pagination"]["has_more"] is (cursor is not None)
            assert page["pagination"]["limit"] == limit
            if cursor is None:
                break
            assert cursor == f"seq:{numbers[-1]}"
        assert numbers == [7, 6, 5, 4, 3, 2, 1]


async def test_a_page_has_fifty_messages_unless_asked_and_at_most_a_hundred(shared_app: App) -> None:
    chat = await new_chat(shared_app, 2)
    for number in range(51):
        await chat.send(0, f"message {number}")
    page = await chat.messages(1)
    assert (len(page["data"]), page["pagination"]["limit"], page["pagination"]["next_cursor"]) == (50, 50, "seq:2")
    assert len((await chat.messages(1, limit=100))["data"]) == 51


async def test_the_header_names_the_journal_number_the_page_stands_for(shared_app: App) -> None:
    chat = await new_chat(shared_app, 2)
    path = f"/api/v1/messages/conversations/{chat.id}/messages"
    for number in range(3):
        answer = await shared_app.http.get(path, headers=chat.headers[1])
        assert answer.headers["x-conversation-seq"] == str(number)
        await chat.send(0, "one more")


@pytest.mark.parametrize(
    "params",
    [{"limit": 0}, {"limit": 101}, {"limit": "x"}, {"cursor": "seq:"}, {"cursor": "seq:x"}, {"cursor": "seq:-1"},
     {"cursor": "seq:1.5"}, {"cursor": "seq:" + "9" * 19}, {"cursor": "seq:\u0661"}, {"cursor": "page:2"},
     {"cursor": ""}, {"cursor": "seq:1\x00"}],
    ids=str,
)  # fmt: skip
async def test_a_page_that_does_not_exist_is_refused(shared_app: App, params: dict[str, Any]) -> None:
    chat = await new_chat(shared_app, 2)
    path = f"/api/v1/messages/conversations/{chat.id}/messages"
    refused(await shared_app.http.get(path, params=params, headers=chat.headers[0]), 422, code="invalid")


async def test_before_the_first_message_there_is_an_empty_page(shared_app: App) -> None:
    chat = await new_chat(shared_app, 2)
    await chat.send(0, "only one")
    for params in ({"cursor": "seq:1"}, {"cursor": "seq:0"}):
        assert (await chat.messages(0, **params))["data"] == []


async def test_a_message_deleted_for_everyone_is_an_empty_stub_in_its_place(shared_app: App) -> None:
    chat = await new_chat(shared_app, 2)
    sent = await chat.send(0, "erase me")
    await chat.call(
        0, "POST", "/messages/", json={"conversation_id": chat.id, "content": "re", "reply_to_id": sent["id"]}
    )
    async with shared_app.services.db.unit() as unit:
        await unit.execute(update(messages).where(messages.c.id == sent["id"]).values(deleted_at=now()))
    reply, stub = (await chat.messages(1))["data"]
    assert time(stub["deletedAt"])
    assert (stub["content"], stub["metadata"], reply["replyTo"]["content"]) == ("", {}, "")


async def test_unread_counts_what_others_wrote_since_one_read_or_wrote(shared_app: App) -> None:
    chat = await new_chat(shared_app, 3)
    assert [await chat.unread(who) for who in range(3)] == [0, 0, 0]
    await chat.send(0, "one")
    await chat.send(0, "two")
    assert [await chat.unread(who) for who in range(3)] == [0, 2, 2]
    await chat.send(1, "three")  # whoever writes has read
    assert [await chat.unread(who) for who in range(3)] == [1, 0, 3]
    await chat.read(2)
    assert [await chat.unread(who) for who in range(3)] == [1, 0, 0]
    await chat.send(2, "four")
    assert [await chat.unread(who) for who in range(3)] == [2, 1, 0]


async def test_marking_as_read_says_when_and_again_changes_nothing(shared_app: App) -> None:
    chat = await new_chat(shared_app, 2)
    await chat.send(0, "read me")
    shape = {"success": lambda value: value is True, "message": str, "last_read_at": time}
    path = f"/api/v1/conversations/{chat.id}/mark-read"
    first = shaped(await shared_app.http.post(path, headers=chat.headers[1]), shape)
    assert shaped(await shared_app.http.post(path, headers=chat.headers[1]), shape) == first
    detail = await chat.call(0, "GET", f"/conversations/{chat.id}")
    read_at = {member["userId"]: member["lastReadAt"] for member in detail["members"]}
    assert read_at[chat.people[1].id] == first["last_read_at"]


async def test_status_is_the_worst_of_the_recipients_for_the_sender_and_ones_own_for_others(shared_app: App) -> None:
    chat = await new_chat(shared_app, 3)
    await chat.send(0, "who has read this?")

    async def statuses() -> list[str]:
        return [(await chat.messages(who))["data"][0]["status"] for who in range(3)]

    assert await statuses() == ["sent", "sent", "sent"]
    await chat.read(1)
    assert await statuses() == ["sent", "read", "sent"]
    await chat.read(2)
    assert await statuses() == ["read", "read", "read"]


async def test_statuses_list_each_recipient_with_the_time_the_position_moved(shared_app: App) -> None:
    chat = await new_chat(shared_app, 3)
    sent = await chat.send(0, "hello")
    read_at = (await chat.read(1))["last_read_at"]
    (message,) = (await chat.messages(0))["data"]
    found = {row["userId"]: row for row in message["statuses"]}
    assert found.keys() == {chat.people[1].id, chat.people[2].id}
    assert {row["messageId"] for row in message["statuses"]} == {sent["id"]}
    assert (found[chat.people[1].id]["status"], found[chat.people[1].id]["timestamp"]) == ("read", read_at)
    assert found[chat.people[2].id]["status"] == "sent"


@pytest.mark.parametrize(("members", "listed"), [(50, 49), (51, 0)])
async def test_statuses_are_listed_up_to_fifty_members_and_the_status_is_right_above_too(
    shared_app: App, members: int, listed: int
) -> None:
    chat = await new_chat(shared_app, members)
    sent = await chat.send(0, "hello all")
    assert len(sent["statuses"]) == listed
    await chat.read(1)
    for who, status in ((0, "sent"), (1, "read"), (2, "sent")):
        (message,) = (await chat.messages(who))["data"]
        assert (message["status"], len(message["statuses"])) == (status, listed)
    # Everybody but the sender has read: the slowest of the others decides.
    async with shared_app.services.db.unit() as unit:
        await unit.execute(update(rows).where(rows.c.conversation_id == chat.id).values(read_number=1))
    assert (await chat.messages(0))["data"][0]["status"] == "read"
