"""A poll as it happens on everybody's screen."""

from __future__ import annotations

from typing import Any

from tests.rest.shapes import POLL, check
from tests.socket.conftest import Connect
from tests.socket.device import Device
from tests.socket.host import Host
from tests.support.people import Person, checked


def ask(person: Person, conversation_id: str, **fields: Any) -> dict[str, Any]:
    options = [{"option_text": text, "position": place} for place, text in enumerate(("Red", "Green"))]
    body = {"conversation_id": conversation_id, "question": "Which colour?", "options": options, **fields}
    return checked(person.http.post("/polls/", json=body), 201)


def heard(device: Device, *names: str) -> list[tuple[str, int]]:
    return [(event.name, event.body["seq"]) for event in device.heard if event.name in names]


async def test_a_poll_is_live_from_the_question_to_the_end(host: Host, connect: Connect) -> None:
    ana, bob, eve = host.add("Ana"), host.add("Bob"), host.add("Eve")
    chat = ana.group("Harbour", bob)
    asking, answering, stranger = await connect(ana), await connect(bob), await connect(eve)
    made = ask(ana, chat)
    poll, path = made["poll"], f"/polls/{made['poll']['id']}"
    choice = {"option_ids": [poll["options"][1]["id"]]}
    checked(bob.http.post(f"{path}/vote", json=choice), 200)
    closed = checked(ana.http.put(f"{path}/close"), 200)
    for device in (asking, answering):
        ended = await device.hears("poll_closed", poll_id=poll["id"])
        assert heard(device, "new_message", "new_poll", "poll_vote_added", "poll_closed") == [
            ("new_message", 1), ("new_poll", 1), ("poll_vote_added", 2), ("poll_closed", 3),
        ]  # fmt: skip
        (message,), (compat,) = device.all_of("new_message"), device.all_of("new_poll")
        assert compat["compat"] is True
        assert message["poll"] == compat["poll"] == compat["message"]["poll"] == poll
        assert compat["message"]["sequence_number"] == message["sequence_number"] == 1
        (voted,) = device.all_of("poll_vote_added")
        assert (voted["user_id"], voted["poll"]["options"][1]["voters"]) == (bob.id, [bob.id])
        for body in (message["poll"], voted["poll"], ended["poll"]):
            check(body, POLL)  # camelCase, in events too
            assert body["userVotes"] == []
        assert ended["poll"] == closed
    await stranger.settle()
    assert not heard(stranger, "new_message", "new_poll", "poll_vote_added", "poll_closed")


async def test_who_came_later_hears_of_an_older_poll_that_one_number_is_over(host: Host, connect: Connect) -> None:
    ana, bob = host.add("Ana"), host.add("Bob")
    chat = ana.group("Harbour", host.add("Cleo"))
    poll = ask(ana, chat)["poll"]
    checked(ana.http.post(f"/conversations/{chat}/members", json={"user_ids": [bob.id]}), 200)
    device = await connect(bob)
    checked(ana.http.post(f"/polls/{poll['id']}/vote", json={"option_ids": [poll["options"][0]["id"]]}), 200)
    checked(ana.http.put(f"/polls/{poll['id']}/close"), 200)
    await device.settle()
    assert heard(device, "unseen_change", "poll_vote_added", "poll_closed") == [
        ("unseen_change", 4), ("unseen_change", 5),
    ]  # fmt: skip
