"""Polls: asking, voting, closing, expiring; what everybody sees and what only oneself."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from tests.rest.in_process import App, on_module_loop
from tests.rest.shapes import MESSAGE, POLL, shaped
from tests.rest.signed_in import SignedIn, announced, event, numbered, signed_in
from tests.rest.storage import row_counts_of
from tests.socket.casing import snake
from tms_chat.core.clock import iso, now
from tms_chat.core.events import Event
from tms_chat.polls.model import polls

pytestmark = on_module_loop

CREATED = {"poll": POLL, "message": MESSAGE}
VOTED = {"success": bool, "poll": POLL, "message": str}


def question(chat: str, *texts: str, **fields: Any) -> dict[str, Any]:
    options = [{"option_text": text, "position": place} for place, text in enumerate(texts or ("Red", "Green", "Blue"))]
    return {"conversation_id": chat, "question": "Which colour?", "options": options, **fields}


async def asked(app: App, **fields: Any) -> tuple[SignedIn, SignedIn, SignedIn, str, Any]:
    """Ana, who asks, Bob and Cleo, their group, and the poll."""
    ana, bob, cleo = await signed_in(app, "Ana", "Bob", "Cleo")
    chat = await ana.group(bob, cleo)
    made = shaped(await ana.ask("POST", "/polls/", question(chat, **fields)), CREATED, 201)
    return ana, bob, cleo, chat, made["poll"]


async def expire(app: App, poll_id: str) -> None:
    """Its time is over."""
    async with app.services.db.unit() as unit:
        ended = now() - timedelta(seconds=1)
        await unit.execute(update(polls).where(polls.c.id == poll_id).values(expires_at=ended))


async def test_a_poll_is_a_message_that_is_numbered_once(shared_app: App) -> None:
    ana, bob = await signed_in(shared_app, "Ana", "Bob")
    chat = await ana.group(bob)
    body = question(chat, expires_at="2999-01-01T00:00:00Z", multiple_choice=True)
    body["options"].reverse()
    async with announced(shared_app) as told:
        made = shaped(await ana.ask("POST", "/polls/", body), CREATED, 201)
    poll, message = made["poll"], made["message"]
    assert (message["type"], message["content"], message["poll"]) == ("POLL", "Which colour?", poll)
    assert (message["sequenceNumber"], message["senderId"], len(message["statuses"])) == (1, ana.id, 1)
    assert (poll["question"], poll["messageId"], poll["multipleChoice"]) == ("Which colour?", message["id"], True)
    assert (poll["isClosed"], poll["expiresAt"]) == (False, "2999-01-01T00:00:00.000000Z")
    assert [(option["optionText"], option["position"]) for option in poll["options"]] == [
        ("Red", 0), ("Green", 1), ("Blue", 2),
    ]  # fmt: skip
    assert {option["pollId"] for option in poll["options"]} == {poll["id"]}
    assert (poll["totalVotes"], poll["userVotes"]) == (0, [])
    assert numbered(told) == [("new_message", 1)]
    assert event(told, "new_message").body == snake(message) | {"seq": 1}
    assert event(told, "new_poll").body == {
        "conversation_id": chat, "seq": 1, "poll": poll, "message": snake(message), "compat": True,
    }  # fmt: skip
    for person in (ana, bob):
        assert shaped(await person.ask("GET", f"/polls/{poll['id']}"), POLL) == poll
        (seen,) = await person.history(chat)
        assert seen["poll"] == poll
    assert (await bob.sees(chat))["unreadCount"] == 1
    assert (await ana.sees(chat))["unreadCount"] == 0
    assert (await bob.sees(chat))["lastMessage"]["content"] == "Which colour?"


REFUSED: dict[str, dict[str, Any]] = {
    "one option": question("CHAT", "Red"),
    "eleven options": question("CHAT", *(f"Option {number}" for number in range(11))),
    "the same option twice": question("CHAT", "Red", "red"),
    "a blank option": question("CHAT", "Red", " \u200b"),
    "an option of 501 characters": question("CHAT", "Red", "x" * 501),
    "a blank question": question("CHAT") | {"question": " "},
    "a question of 256 characters": question("CHAT") | {"question": "x" * 256},
    "an end that has passed": question("CHAT", expires_at="2020-01-01T00:00:00Z"),
    "an end that is no time": question("CHAT", expires_at="tomorrow"),
    "the same position twice": question("CHAT")
    | {"options": [{"option_text": text, "position": 1} for text in ("Red", "Blue")]},
    "no options": {"conversation_id": "CHAT", "question": "?"},
}


@pytest.mark.parametrize("what", REFUSED)
async def test_what_is_no_poll_is_refused_and_leaves_nothing(shared_app: App, what: str) -> None:
    ana, bob = await signed_in(shared_app, "Ana", "Bob")
    body = REFUSED[what] | {"conversation_id": await ana.direct(bob)}
    before = await row_counts_of(shared_app.services.db)
    await ana.is_refused("POST", "/polls/", body, status=422, code="invalid")
    assert await row_counts_of(shared_app.services.db) == before


async def test_a_vote_counts_and_replaces_the_one_before(shared_app: App) -> None:
    ana, bob, cleo, chat, poll = await asked(shared_app)
    red, green, _ = (option["id"] for option in poll["options"])
    path = f"/polls/{poll['id']}/vote"
    await ana.gets("POST", path, {"optionIds": [red]})
    async with announced(shared_app) as told:
        done = shaped(await bob.ask("POST", path, {"option_ids": [red]}), VOTED)
        assert done["poll"]["userVotes"] == [red]
        done = shaped(await bob.ask("POST", path, {"option_ids": [green, green]}), VOTED)
    counted = [(option["voteCount"], option["voters"]) for option in done["poll"]["options"]]
    assert counted == [(1, [ana.id]), (1, [bob.id]), (0, [])]
    assert (done["poll"]["totalVotes"], done["poll"]["userVotes"]) == (2, [green])
    assert numbered(told) == [("poll_vote_added", 3), ("poll_vote_added", 4)]
    last = [item for item in told if isinstance(item, Event)][-1]
    assert last.body == {
        "conversation_id": chat, "seq": 4, "poll_id": poll["id"], "user_id": bob.id,
        "poll": done["poll"] | {"userVotes": []},
    }  # fmt: skip
    for person, own in ((ana, [red]), (bob, [green]), (cleo, [])):
        seen = done["poll"] | {"userVotes": own}
        assert await person.gets("GET", f"/polls/{poll['id']}") == seen
        assert (await person.history(chat))[0]["poll"] == seen


async def test_the_same_vote_again_has_no_number(shared_app: App) -> None:
    _, bob, _, _, poll = await asked(shared_app, multiple_choice=True)
    first, second, _ = (option["id"] for option in poll["options"])
    path = f"/polls/{poll['id']}/vote"
    done = await bob.gets("POST", path, {"option_ids": [first, second]})
    async with announced(shared_app) as told:
        assert await bob.gets("POST", path, {"option_ids": [second, first]}) == done
    assert told == []
    assert done["poll"]["userVotes"] == [first, second]
    assert done["poll"]["totalVotes"] == 2


async def test_a_vote_for_what_is_not_there_is_refused(shared_app: App) -> None:
    _, bob, _, _, poll = await asked(shared_app)
    *_, other = await asked(shared_app)
    mine, theirs = ([option["id"] for option in one["options"]] for one in (poll, other))
    before = await row_counts_of(shared_app.services.db)
    for option_ids in (mine[:2], [theirs[0]], [mine[0], "nothing"], [], [""], "x"):
        body = {"option_ids": option_ids}
        await bob.is_refused("POST", f"/polls/{poll['id']}/vote", body, status=422, code="invalid")
    assert await row_counts_of(shared_app.services.db) == before


async def test_who_made_it_closes_it_once(shared_app: App) -> None:
    ana, bob, _, chat, poll = await asked(shared_app)
    path, vote = f"/polls/{poll['id']}/close", {"option_ids": [poll["options"][0]["id"]]}
    await bob.gets("POST", f"/polls/{poll['id']}/vote", vote)
    await bob.is_refused("PUT", path, status=403, code="forbidden")
    async with announced(shared_app) as told:
        closed = shaped(await ana.ask("PUT", path), POLL)
    assert closed["isClosed"] is True
    assert numbered(told) == [("poll_closed", 3)]
    assert event(told, "poll_closed").body == {
        "conversation_id": chat, "seq": 3, "poll_id": poll["id"], "poll": closed | {"userVotes": []},
    }  # fmt: skip
    await ana.is_refused("PUT", path, status=409, code="poll_closed")
    await bob.is_refused("POST", f"/polls/{poll['id']}/vote", vote, status=409, code="poll_closed")
    assert (await bob.history(chat))[0]["poll"] == closed | {"userVotes": vote["option_ids"]}


async def test_an_expired_poll_is_closed_for_everybody(shared_app: App) -> None:
    ana, bob, _, chat, poll = await asked(shared_app, expires_at=iso(now() + timedelta(hours=1)))
    vote = {"option_ids": [poll["options"][0]["id"]]}
    await expire(shared_app, poll["id"])
    async with announced(shared_app) as told:
        await bob.is_refused("POST", f"/polls/{poll['id']}/vote", vote, status=409, code="poll_closed")
        await ana.is_refused("PUT", f"/polls/{poll['id']}/close", status=409, code="poll_closed")
    assert told == []
    assert (await bob.gets("GET", f"/polls/{poll['id']}"))["isClosed"] is True
    assert (await bob.history(chat))[0]["poll"]["isClosed"] is True


async def test_strangers_and_former_members_do_not_know_of_it(shared_app: App) -> None:
    ana, bob, _, chat, poll = await asked(shared_app)
    (eve,) = await signed_in(shared_app, "Eve")
    await bob.gets("POST", f"/polls/{poll['id']}/vote", {"option_ids": [poll["options"][0]["id"]]})
    await bob.gets("POST", f"/conversations/{chat}/leave")
    requests: list[tuple[str, str, Any]] = [
        ("GET", "", None), ("POST", "/vote", {"option_ids": [poll["options"][0]["id"]]}), ("PUT", "/close", None),
    ]  # fmt: skip
    for person, poll_id in ((eve, poll["id"]), (bob, poll["id"]), (ana, "nothing")):
        for method, end, body in requests:
            await person.is_refused(method, f"/polls/{poll_id}{end}", body, status=404, code="poll_not_found")
    for person in (eve, bob):
        body = question(chat)
        await person.is_refused("POST", "/polls/", body, status=404, code="conversation_not_found")
    # What somebody said stays said, also where they are gone.
    assert (await ana.gets("GET", f"/polls/{poll['id']}"))["options"][0]["voters"] == [bob.id]


async def test_it_goes_with_its_message_and_is_outside_a_later_history(shared_app: App) -> None:
    ana, bob, cleo, chat, poll = await asked(shared_app)
    (dan,) = await signed_in(shared_app, "Dan")
    await ana.gets("POST", f"/conversations/{chat}/members", {"user_ids": [dan.id]})
    await cleo.gets("DELETE", f"/messages/{poll['messageId']}")
    for person in (dan, cleo):  # who came later, and who deleted it for themselves
        await person.is_refused("GET", f"/polls/{poll['id']}", status=404, code="poll_not_found")
    async with announced(shared_app) as told:
        await bob.gets("POST", f"/polls/{poll['id']}/vote", {"option_ids": [poll["options"][0]["id"]]})
    assert event(told, "poll_vote_added").but == {dan.user.id}
    await ana.gets("DELETE", f"/messages/{poll['messageId']}", {"delete_for_everyone": True})
    for person in (ana, bob):
        await person.is_refused("GET", f"/polls/{poll['id']}", status=404, code="poll_not_found")
        vote = {"option_ids": [poll["options"][0]["id"]]}
        await person.is_refused("POST", f"/polls/{poll['id']}/vote", vote, status=404, code="poll_not_found")
    stub = (await bob.history(chat))[0]
    assert (stub["content"], stub["poll"], stub["type"]) == ("", None, "POLL")


async def test_the_blocked_neither_ask_nor_vote_in_the_pairs_conversation(shared_app: App) -> None:
    ana, bob = await signed_in(shared_app, "Ana", "Bob")
    pair = await ana.direct(bob)
    poll = (await ana.gets("POST", "/polls/", question(pair)))["poll"]
    theirs = (await bob.gets("POST", "/polls/", question(pair)))["poll"]
    message = await bob.sends(pair, "hello")
    await ana.gets("POST", "/users/blocks", {"user_id": bob.id})
    before = await row_counts_of(shared_app.services.db)
    for method, path, body in (
        ("POST", "/polls/", question(pair)),
        ("POST", f"/polls/{poll['id']}/vote", {"option_ids": [poll["options"][0]["id"]]}),
        ("PUT", f"/polls/{theirs['id']}/close", None),
        ("PUT", f"/messages/{message['id']}", {"content": "hello again"}),
        ("POST", f"/messages/{poll['messageId']}/reactions", {"emoji": "👍"}),
    ):
        await bob.is_refused(method, path, body, status=403, code="not_deliverable")
    assert await row_counts_of(shared_app.services.db) == before
    gone = await bob.gets("DELETE", f"/messages/{message['id']}", {"delete_for_everyone": True})
    assert gone["deleted_for_everyone"] is True  # taking back stays possible


async def test_everybody_votes_at_once_and_every_vote_counts(shared_app: App) -> None:
    ana, bob, cleo, _, poll = await asked(shared_app)
    options = [option["id"] for option in poll["options"]]
    async with announced(shared_app) as told:
        answers = await asyncio.gather(*(
            person.ask("POST", f"/polls/{poll['id']}/vote", {"option_ids": [options[(turn + place) % 3]]})
            for turn in range(4)
            for place, person in enumerate((ana, bob, cleo))
        ))  # fmt: skip
    assert {answer.status_code for answer in answers} == {200}
    assert (await ana.gets("GET", f"/polls/{poll['id']}"))["totalVotes"] == 3
    numbers = [number for _, number in numbered(told)]
    assert numbers == list(range(2, 2 + len(numbers)))


async def test_a_vote_and_the_closing_at_once_agree(shared_app: App) -> None:
    for _ in range(5):
        ana, bob, _, _, poll = await asked(shared_app)
        vote = {"option_ids": [poll["options"][0]["id"]]}
        voted, closed = await asyncio.gather(
            bob.ask("POST", f"/polls/{poll['id']}/vote", vote), ana.ask("PUT", f"/polls/{poll['id']}/close")
        )
        assert closed.status_code == 200
        assert voted.status_code in (200, 409)
        seen = await bob.gets("GET", f"/polls/{poll['id']}")
        assert (seen["isClosed"], seen["totalVotes"]) == (True, int(voted.status_code == 200))
