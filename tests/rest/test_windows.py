"""Where a member's history begins: nothing before it is shown, by any way of asking."""

from __future__ import annotations

from tests.rest.chat import new_chat
from tests.rest.in_process import App, on_module_loop
from tests.rest.shapes import MESSAGE, refused, shaped
from tms_chat.core.ids import uuid7

pytestmark = on_module_loop


async def test_whoever_joins_later_sees_nothing_from_before(shared_app: App) -> None:
    chat = await new_chat(shared_app, 2)
    before = [await chat.send(0, f"before {number}") for number in range(3)]
    dora = await chat.join("Dora")
    page = await chat.messages(dora)
    assert [(message["sequenceNumber"], message["type"]) for message in page["data"]] == [(4, "SYSTEM")]
    assert page["pagination"] == {"next_cursor": None, "has_more": False, "limit": 50}
    assert (await chat.messages(dora, cursor="seq:4"))["data"] == []
    for message in before:
        refused(await chat.ask(dora, "GET", f"/messages/{message['id']}"), 404, code="message_not_found")
        assert (await chat.call(1, "GET", f"/messages/{message['id']}"))["content"] == message["content"]


async def test_pages_end_where_the_history_begins(shared_app: App) -> None:
    chat = await new_chat(shared_app, 2)
    for number in range(3):
        await chat.send(0, f"before {number}")
    dora = await chat.join("Dora")
    for number in range(3):
        await chat.send(1, f"after {number}")
    numbers, cursor = [], None
    for _ in range(2):
        page = await chat.messages(dora, limit=2, **({"cursor": cursor} if cursor else {}))
        numbers += [message["sequenceNumber"] for message in page["data"]]
        cursor = page["pagination"]["next_cursor"]
    assert (numbers, cursor) == ([7, 6, 5, 4], None)


async def test_where_all_of_it_may_be_read_it_is(shared_app: App) -> None:
    chat = await new_chat(shared_app, 2, history_visibility="all")
    first = await chat.send(0, "before")
    dora = await chat.join("Dora")
    assert [message["sequenceNumber"] for message in (await chat.messages(dora))["data"]] == [2, 1]
    assert shaped(await chat.ask(dora, "GET", f"/messages/{first['id']}"), MESSAGE)["content"] == "before"
    assert await chat.unread(dora) == 1  # the notice that she was added


async def test_a_reply_to_what_one_may_not_see_is_404(shared_app: App) -> None:
    chat = await new_chat(shared_app, 2)
    first = await chat.send(0, "before")
    dora = await chat.join("Dora")
    body = {"conversation_id": chat.id, "content": "re", "reply_to_id": first["id"]}
    refused(await chat.ask(dora, "POST", "/messages/", json=body), 404, code="message_not_found")
    assert (await chat.send(1, "re", reply_to_id=first["id"]))["replyTo"]["content"] == "before"


async def test_what_others_quote_from_before_is_not_shown(shared_app: App) -> None:
    chat = await new_chat(shared_app, 2)
    first = await chat.send(0, "before")
    dora = await chat.join("Dora")
    answer = await chat.send(1, "re", reply_to_id=first["id"])
    seen = shaped(await chat.ask(dora, "GET", f"/messages/{answer['id']}"), MESSAGE)
    assert (seen["replyToId"], seen["replyTo"], seen["content"]) == (first["id"], None, "re")
    assert (await chat.messages(dora, limit=1))["data"] == [seen]
    assert (await chat.messages(0, limit=1))["data"][0]["replyTo"]["content"] == "before"


async def test_one_message_is_what_the_page_shows(shared_app: App) -> None:
    chat = await new_chat(shared_app, 3)
    first = await chat.send(0, "question", client_id=uuid7(), metadata_json={"aB": 1})
    await chat.send(1, "answer", reply_to_id=first["id"])
    for who in range(3):
        for message in (await chat.messages(who))["data"]:
            assert shaped(await chat.ask(who, "GET", f"/messages/{message['id']}"), MESSAGE) == message
            assert shaped(await chat.ask(who, "GET", f"/messages/{message['id']}/"), MESSAGE) == message


async def test_one_message_is_404_for_whoever_may_not_know(shared_app: App) -> None:
    chat, other = await new_chat(shared_app, 2), await new_chat(shared_app, 2)
    message = await chat.send(0, "ours")
    answers = [await other.ask(0, "GET", f"/messages/{id_}") for id_ in (message["id"], "no-such-message")]
    problems = [refused(answer, 404, code="message_not_found") for answer in answers]
    assert problems[0]["detail"] == problems[1]["detail"]
