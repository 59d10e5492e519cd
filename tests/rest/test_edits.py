"""Another text for a message, and who is meant in it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select

from tests.rest.chat import Chat, new_chat
from tests.rest.in_process import App, on_module_loop
from tests.rest.shapes import MESSAGE, refused, shaped
from tms_chat.core.ids import uuid7
from tms_chat.db.journal import journal

pytestmark = on_module_loop


async def edit(chat: Chat, who: int, message: Any, content: str) -> Any:
    return shaped(await chat.ask(who, "PUT", f"/messages/{message['id']}", json={"content": content}), MESSAGE)


async def newest(chat: Chat, who: int = 0) -> Any:
    return (await chat.messages(who, limit=1))["data"][0]


async def test_an_edited_message_says_so_and_keeps_its_place(shared_app: App) -> None:
    chat = await new_chat(shared_app, 2)
    sent = await chat.send(0, "teh text", metadata_json={"aB": 1}, client_id=uuid7())
    edited = await edit(chat, 0, sent, "the text")
    assert edited == sent | {"content": "the text", "isEdited": True, "updatedAt": edited["updatedAt"]}
    assert edited["updatedAt"] > sent["createdAt"]
    assert await newest(chat) == edited
    assert (await chat.last(1))["content"] == "the text"


async def test_the_same_text_again_is_no_change(shared_app: App) -> None:
    chat = await new_chat(shared_app, 2)
    sent = await chat.send(0, "as it is")
    assert await edit(chat, 0, sent, "as it is") == sent
    async with shared_app.services.db.read() as connection:
        kinds = await connection.scalars(select(journal.c.kind).where(journal.c.conversation_id == chat.id))
        assert list(kinds) == ["new_message"]


async def test_only_the_sender_edits_and_only_text(shared_app: App) -> None:
    chat, other = await new_chat(shared_app, 3), await new_chat(shared_app, 2)
    sent = await chat.send(0, "mine")
    photo = await chat.send(0, "photo.jpg", type="IMAGE")
    await chat.join("Dora")
    notice = await newest(chat)
    body = {"json": {"content": "changed"}}
    refused(await chat.ask(1, "PUT", f"/messages/{sent['id']}", **body), 403, code="forbidden")
    assert notice["senderId"] == chat.people[0].id
    for message in (photo, notice):
        refused(await chat.ask(0, "PUT", f"/messages/{message['id']}", **body), 403, code="forbidden")
    refused(await other.ask(0, "PUT", f"/messages/{sent['id']}", **body), 404, code="message_not_found")
    assert [message["isEdited"] for message in (await chat.messages(0))["data"]] == [False] * 3


@pytest.mark.parametrize("content", ["", "  \u200b", "x" * 10_001, "half \ud800", None, 5], ids=repr)
async def test_what_is_no_text_is_refused(shared_app: App, content: Any) -> None:
    chat = await new_chat(shared_app, 2)
    sent = await chat.send(0, "text")
    answer = await chat.ask(0, "PUT", f"/messages/{sent['id']}", content=json.dumps({"content": content}))
    refused(answer, 422, code="invalid")
    assert await newest(chat) == sent


async def test_a_quote_follows_the_edit(shared_app: App) -> None:
    chat = await new_chat(shared_app, 2)
    first = await chat.send(0, "frist")
    await chat.send(1, "re", reply_to_id=first["id"])
    await edit(chat, 0, first, "first")
    quote = (await newest(chat))["replyTo"]
    assert (quote["content"], quote["isEdited"]) == ("first", True)


async def test_a_retry_of_the_send_shows_the_edited_message(shared_app: App) -> None:
    chat = await new_chat(shared_app, 2)
    body = {"conversation_id": chat.id, "content": "@Member1 teh text", "client_id": uuid7()}
    sent = await chat.call(0, "POST", "/messages/", json=body)
    edited = await edit(chat, 0, sent, "the text")
    assert shaped(await chat.ask(0, "POST", "/messages/", json=body), MESSAGE) == edited


async def test_mentions_are_the_servers_word(shared_app: App) -> None:
    chat = await new_chat(shared_app, 3)
    ids = [user.id for user in chat.people]
    claimed = {"mentions": [ids[2]], "mentionsAll": True, "kept": 1}
    sent = await chat.send(0, "hello @member1 and @Stranger", metadata_json=claimed)
    assert sent["metadata"] == {"kept": 1, "mentions": [ids[1]]}
    assert (await chat.send(0, "nobody", metadata_json=claimed))["metadata"] == {"kept": 1}
    assert (await chat.send(0, "@all @Member2"))["metadata"] == {"mentions": [ids[2]], "mentionsAll": True}
    assert (await chat.send(0, "a@member1.com"))["metadata"] == {}
    edited = await edit(chat, 0, sent, "hello @Member2, @here")
    assert edited["metadata"] == {"kept": 1, "mentions": [ids[2]], "mentionsAll": True}
    assert (await edit(chat, 0, sent, "hello"))["metadata"] == {"kept": 1}


async def test_in_a_direct_conversation_all_is_a_word_like_any_other(shared_app: App) -> None:
    ana, bob = await shared_app.person("Ana"), await shared_app.person("Bob", username="bobby")
    chat = Chat(shared_app, [ana, bob])
    chat.id = (await chat.call(0, "POST", "/conversations/", json={"type": "dm", "member_ids": [bob.id]}))["id"]
    assert (await chat.send(0, "@all of you"))["metadata"] == {}
    assert (await chat.send(0, "@bobby"))["metadata"] == {"mentions": [bob.id]}


async def test_whoever_is_no_member_is_not_mentioned(shared_app: App) -> None:
    chat = await new_chat(shared_app, 2)
    await shared_app.person("Outsider")
    assert (await chat.send(0, "@Outsider"))["metadata"] == {}
