"""Deleting for everyone, for oneself, and clearing."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from tests.rest.chat import Chat, new_chat
from tests.rest.in_process import App, on_module_loop
from tests.rest.shapes import MESSAGE, refused, shaped, time
from tms_chat.core.ids import uuid7
from tms_chat.db.journal import journal

pytestmark = on_module_loop
DELETED = {"success": bool, "message": str, "deleted_at": time, "deleted_for_everyone": bool}
CLEARED = {"success": bool, "message": str, "deleted_count": int}
FOR_EVERYONE = {"delete_for_everyone": True}


async def delete(chat: Chat, who: int, message: Any, **request: Any) -> Any:
    answer = shaped(await chat.ask(who, "DELETE", f"/messages/{message['id']}", **request), DELETED)
    assert answer["success"] is True
    return answer


async def journal_length(app: App, chat: Chat) -> int:
    async with app.services.db.read() as connection:
        count = select(func.count()).select_from(journal).where(journal.c.conversation_id == chat.id)
        return int((await connection.execute(count)).scalar_one())


async def numbers(chat: Chat, who: int, **params: Any) -> list[int]:
    return [message["sequenceNumber"] for message in (await chat.messages(who, **params))["data"]]


async def test_deleted_for_everyone_an_empty_stub_stays(shared_app: App) -> None:
    chat = await new_chat(shared_app, 3)
    sent = await chat.send(0, "a secret", metadata_json={"more": "secret"})
    await chat.call(1, "POST", f"/messages/{sent['id']}/reactions", json={"emoji": "👍"})
    answer = await delete(chat, 0, sent, json=FOR_EVERYONE)
    assert answer["deleted_for_everyone"] is True
    at = answer["deleted_at"]
    empty = {"content": "", "metadata": {}, "reactions": [], "poll": None, "deletedAt": at, "updatedAt": at}
    for who in range(3):
        page = await chat.messages(who)
        assert page["data"] == [shaped(await chat.ask(who, "GET", f"/messages/{sent['id']}"), MESSAGE)]
        assert {key: page["data"][0][key] for key in empty} == empty
        assert page["data"][0]["sequenceNumber"] == 1
        assert (await chat.last(who))["content"] == ""
        assert "secret" not in repr(page)


async def test_again_is_no_change(shared_app: App) -> None:
    chat = await new_chat(shared_app, 2)
    sent = await chat.send(0, "a secret")
    first = await delete(chat, 0, sent, json=FOR_EVERYONE)
    before = await journal_length(shared_app, chat)
    assert await delete(chat, 0, sent, json=FOR_EVERYONE) == first
    assert await journal_length(shared_app, chat) == before == 2


async def test_only_the_sender_deletes_for_everyone_and_never_a_notice(shared_app: App) -> None:
    chat, other = await new_chat(shared_app, 2), await new_chat(shared_app, 2)
    sent = await chat.send(0, "mine")
    await chat.join("Dora")
    notice = (await chat.messages(0, limit=1))["data"][0]
    for who, message in ((1, sent), (0, notice)):
        answer = await chat.ask(who, "DELETE", f"/messages/{message['id']}", json=FOR_EVERYONE)
        refused(answer, 403, code="forbidden")
    for body in (FOR_EVERYONE, {}):
        answer = await other.ask(0, "DELETE", f"/messages/{sent['id']}", json=body)
        refused(answer, 404, code="message_not_found")
    assert [message["deletedAt"] for message in (await chat.messages(0))["data"]] == [None, None]


async def test_a_stub_is_not_edited_and_quotes_of_it_are_empty(shared_app: App) -> None:
    chat = await new_chat(shared_app, 2)
    sent = await chat.send(0, "a secret")
    await chat.send(1, "re", reply_to_id=sent["id"])
    await delete(chat, 0, sent, json=FOR_EVERYONE)
    answer = await chat.ask(0, "PUT", f"/messages/{sent['id']}", json={"content": "back"})
    refused(answer, 409, code="message_deleted")
    quote = (await chat.messages(1, limit=1))["data"][0]["replyTo"]
    assert (quote["id"], quote["content"], quote["metadata"], time(quote["deletedAt"])) == (sent["id"], "", {}, True)
    assert (await chat.send(1, "re again", reply_to_id=sent["id"]))["replyTo"] == quote


async def test_a_retry_of_the_send_gets_the_stub(shared_app: App) -> None:
    chat = await new_chat(shared_app, 2)
    body = {"conversation_id": chat.id, "content": "a secret", "client_id": uuid7()}
    sent = await chat.call(0, "POST", "/messages/", json=body)
    await delete(chat, 0, sent, json=FOR_EVERYONE)
    again = shaped(await chat.ask(0, "POST", "/messages/", json=body), MESSAGE)
    assert (again["id"], again["content"], time(again["deletedAt"])) == (sent["id"], "", True)
    other = body | {"content": "another"}
    refused(await chat.ask(0, "POST", "/messages/", json=other), 409, code="client_id_reused")


async def test_deleted_for_me_is_gone_for_me_alone(shared_app: App) -> None:
    chat = await new_chat(shared_app, 2)
    sent = [await chat.send(number % 2, f"message {number}") for number in range(1, 8)]
    for message in (sent[6], sent[3], sent[2]):  # 7, 4, 3
        for _ in range(2):
            answer = await delete(chat, 0, message)  # without a body, as a client may
            assert answer["deleted_for_everyone"] is False
        refused(await chat.ask(0, "GET", f"/messages/{message['id']}"), 404, code="message_not_found")
    assert await numbers(chat, 0) == [6, 5, 2, 1]
    assert await numbers(chat, 1) == [7, 6, 5, 4, 3, 2, 1]
    assert (await chat.last(0))["content"] == "message 6"
    assert (await chat.last(1))["content"] == "message 7"
    assert await journal_length(shared_app, chat) == 7


async def test_pages_are_full_whatever_was_deleted_for_me(shared_app: App) -> None:
    chat = await new_chat(shared_app, 2)
    for number in range(1, 8):
        message = await chat.send(1, f"message {number}")
        if number in (2, 3, 6):
            await delete(chat, 0, message, json={"delete_for_everyone": False})
    page = await chat.messages(0, limit=2)
    assert (await numbers(chat, 0, limit=2), page["pagination"]["next_cursor"]) == ([7, 5], "seq:5")
    rest = await chat.messages(0, limit=2, cursor="seq:5")
    assert ([message["sequenceNumber"] for message in rest["data"]], rest["pagination"]["has_more"]) == ([4, 1], False)


async def test_a_notice_can_be_deleted_for_me_and_ones_own_still_for_everyone(shared_app: App) -> None:
    chat = await new_chat(shared_app, 2)
    mine = await chat.send(0, "a secret")
    await chat.join("Dora")
    notice = (await chat.messages(0, limit=1))["data"][0]
    for message in (notice, mine):
        await delete(chat, 0, message)
    assert (await numbers(chat, 0), await chat.last(0)) == ([], None)
    await delete(chat, 0, mine, json=FOR_EVERYONE)
    assert "a secret" not in repr(await chat.messages(1))


async def test_clearing_hides_everything_there_is_for_the_caller(shared_app: App) -> None:
    chat = await new_chat(shared_app, 2)
    sent = [await chat.send(1, f"message {number}") for number in range(5)]
    await delete(chat, 0, sent[0])
    cleared = shaped(await chat.ask(0, "DELETE", f"/messages/conversations/{chat.id}/clear"), CLEARED)
    assert cleared["deleted_count"] == 4
    assert (await numbers(chat, 0), await chat.last(0), await chat.unread(0)) == ([], None, 0)
    refused(await chat.ask(0, "GET", f"/messages/{sent[4]['id']}"), 404, code="message_not_found")
    assert len((await chat.messages(1))["data"]) == 5
    again = shaped(await chat.ask(0, "DELETE", f"/messages/conversations/{chat.id}/clear"), CLEARED)
    assert again["deleted_count"] == 0
    await chat.send(1, "and on", reply_to_id=sent[4]["id"])
    page = (await chat.messages(0))["data"]
    assert [(message["content"], message["replyTo"]) for message in page] == [("and on", None)]
    assert ((await chat.last(0))["content"], await chat.unread(0)) == ("and on", 1)


async def test_clearing_reads_what_it_hides(shared_app: App) -> None:
    chat = await new_chat(shared_app, 2)
    sent = await chat.send(0, "seen?")
    await chat.call(1, "DELETE", f"/messages/conversations/{chat.id}/clear")
    assert (await chat.call(0, "GET", f"/messages/{sent['id']}"))["status"] == "read"


async def test_clearing_an_empty_conversation_or_a_foreign_one(shared_app: App) -> None:
    chat, other = await new_chat(shared_app, 2), await new_chat(shared_app, 2)
    assert (await chat.call(0, "DELETE", f"/messages/conversations/{chat.id}/clear"))["deleted_count"] == 0
    for id_ in (chat.id, "no-such-conversation"):
        answer = await other.ask(0, "DELETE", f"/messages/conversations/{id_}/clear")
        refused(answer, 404, code="conversation_not_found")
