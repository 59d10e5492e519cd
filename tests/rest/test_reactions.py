"""Reactions: one a person and message."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.rest.chat import Chat, new_chat
from tests.rest.in_process import App, on_module_loop
from tests.rest.shapes import DONE, MESSAGE, refused, shaped

pytestmark = on_module_loop
REACTION = MESSAGE["reactions"][0]
HEART = "❤️"  # with a variation selector
FAMILY = "👨\u200d👩\u200d👧"


async def react(chat: Chat, who: int, message: Any, emoji: str) -> httpx.Response:
    return await chat.ask(who, "POST", f"/messages/{message['id']}/reactions", json={"emoji": emoji})


async def take_back(chat: Chat, who: int, message: Any, emoji: str, end: str = "") -> httpx.Response:
    return await chat.ask(who, "DELETE", f"/messages/{message['id']}/reactions/{quote(emoji, safe='')}{end}")


async def shown(chat: Chat, message: Any, who: int = 0) -> list[tuple[str, str]]:
    """Who says what, the same in the page and alone."""
    alone = shaped(await chat.ask(who, "GET", f"/messages/{message['id']}"), MESSAGE)
    (listed,) = [one for one in (await chat.messages(who))["data"] if one["id"] == message["id"]]
    assert listed == alone
    return [(reaction["userId"], reaction["emoji"]) for reaction in alone["reactions"]]


async def test_a_reaction_is_shown_to_everybody_in_the_order_of_time(shared_app: App) -> None:
    chat = await new_chat(shared_app, 3)
    sent, other = await chat.send(0, "hello"), await chat.send(0, "not this")
    for who, emoji in ((1, HEART), (0, "👍"), (2, "👍")):
        made = shaped(await react(chat, who, sent, emoji), REACTION, 201)
        assert (made["messageId"], made["userId"], made["emoji"]) == (sent["id"], chat.people[who].id, emoji)
    ids = [user.id for user in chat.people]
    for who in range(3):
        assert await shown(chat, sent, who) == [(ids[1], HEART), (ids[0], "👍"), (ids[2], "👍")]
    assert await shown(chat, other) == []


async def test_another_one_replaces_and_the_same_again_is_a_conflict(shared_app: App) -> None:
    chat = await new_chat(shared_app, 2)
    sent = await chat.send(0, "hello")
    first = shaped(await react(chat, 1, sent, "👍"), REACTION, 201)
    refused(await react(chat, 1, sent, "👍"), 409, code="reaction_exists")
    await react(chat, 0, sent, "👍")
    second = shaped(await react(chat, 1, sent, HEART), REACTION, 201)
    assert second["id"] != first["id"]
    # It was said just now, after the other's.
    assert await shown(chat, sent) == [(chat.people[0].id, "👍"), (chat.people[1].id, HEART)]


@pytest.mark.parametrize("end", ["", "/"])
@pytest.mark.parametrize("emoji", [HEART, "❤", FAMILY, "1️⃣", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "%", ":-?#"])
async def test_it_is_taken_back_by_its_name_in_the_path(shared_app: App, emoji: str, end: str) -> None:
    chat = await new_chat(shared_app, 2)
    sent = await chat.send(0, "hello")
    shaped(await react(chat, 1, sent, emoji), REACTION, 201)
    refused(await take_back(chat, 0, sent, emoji, end), 404, code="reaction_not_found")  # another's
    shaped(await take_back(chat, 1, sent, emoji, end), DONE)
    refused(await take_back(chat, 1, sent, emoji, end), 404, code="reaction_not_found")
    assert await shown(chat, sent) == []


async def test_a_heart_without_its_selector_is_another_one(shared_app: App) -> None:
    chat = await new_chat(shared_app, 2)
    sent = await chat.send(0, "hello")
    await react(chat, 1, sent, HEART)
    refused(await take_back(chat, 1, sent, "❤"), 404, code="reaction_not_found")


async def test_notices_and_stubs_take_no_reactions(shared_app: App) -> None:
    chat = await new_chat(shared_app, 2)
    sent = await chat.send(0, "hello")
    await chat.join("Dora")
    notice = (await chat.messages(0, limit=1))["data"][0]
    refused(await react(chat, 1, notice, "👍"), 403, code="forbidden")
    await chat.call(0, "DELETE", f"/messages/{sent['id']}", json={"delete_for_everyone": True})
    refused(await react(chat, 1, sent, "👍"), 409, code="message_deleted")
    refused(await take_back(chat, 1, sent, "👍"), 404, code="reaction_not_found")


async def test_whoever_may_not_see_the_message_may_not_know_it(shared_app: App) -> None:
    chat, other = await new_chat(shared_app, 2), await new_chat(shared_app, 2)
    sent = await chat.send(0, "hello")
    await react(chat, 1, sent, "👍")
    dora = await chat.join("Dora")
    for who, place in ((0, other), (dora, chat)):
        refused(await react(place, who, sent, "👍"), 404, code="message_not_found")
        refused(await take_back(place, who, sent, "👍"), 404, code="message_not_found")
    refused(await react(chat, 0, {"id": "no-such-message"}, "👍"), 404, code="message_not_found")


@pytest.mark.parametrize("emoji", ["", " ", "👍 👍", "x" * 33, "\u200b", "a/b", "..", "\ud83d", None, 5], ids=repr)
async def test_what_is_no_emoji_is_refused(shared_app: App, emoji: Any) -> None:
    chat = await new_chat(shared_app, 2)
    sent = await chat.send(0, "hello")
    answer = await chat.ask(1, "POST", f"/messages/{sent['id']}/reactions", content=json.dumps({"emoji": emoji}))
    refused(answer, 422, code="invalid")
    assert await shown(chat, sent) == []
