"""I1, I2, I3: what was acknowledged survives `kill -9`, numbered without a gap, and a retry makes no second message."""

from __future__ import annotations

import asyncio
import random

from tests.durability.ledger import read_ledger
from tests.durability.volley import Volley
from tests.socket.host import Host
from tests.support.people import Person

SENDERS = 8
SENDS = 200
ROUNDS = 3


async def test_no_acknowledged_message_is_lost_when_the_server_is_killed_while_sending(host: Host) -> None:
    server = host.server
    people = [host.add(f"Sender {number}") for number in range(SENDERS)]
    conversation_id = people[0].group("Crash", *people[1:])
    for round_ in range(1, ROUNDS + 1):
        volley = Volley(server, people, conversation_id, SENDS)
        firing = asyncio.ensure_future(volley.fire())
        moment = random.randrange(1, SENDS - 4 * SENDERS)
        await volley.reaches(moment)
        await asyncio.sleep(random.uniform(0, 0.005))  # into the middle of a batch
        server.kill()
        await firing
        assert volley.unanswered(), "the kill came too late to prove anything"
        server.start()

        ledger = await read_ledger(server, conversation_id)
        ledger.check()
        stored = ledger.by_client_id()
        for client_id, message in volley.answered.items():
            assert (stored[client_id].id, stored[client_id].number) == (message["id"], message["sequenceNumber"])
            assert stored[client_id].content == message["content"]
        # A request without an answer wrote one message or none; tried again, it is exactly one.
        for client_id, (status, message) in (await volley.try_again(volley.unanswered())).items():
            assert status == (200 if client_id in stored else 201), f"round {round_}, killed after {moment}"
            assert client_id not in stored or stored[client_id].id == message["id"]
        acknowledged = [send for send in volley.sends if send.client_id in volley.answered]
        again = await volley.try_again(acknowledged[-20:])
        assert {client_id: message["id"] for client_id, (_, message) in again.items()} == {
            send.client_id: volley.answered[send.client_id]["id"] for send in acknowledged[-20:]
        }
        assert {status for status, _ in again.values()} == {200}

        ledger = await read_ledger(server, conversation_id)
        ledger.check()
        assert ledger.last_number == round_ * SENDS
        assert {send.client_id for send in volley.sends} <= ledger.by_client_id().keys()
        assert history(people[0], conversation_id) == [
            (message.id, message.number, message.content) for message in reversed(ledger.messages)
        ]


def history(person: Person, conversation_id: str) -> list[tuple[str, int, str]]:
    """All pages, newest first."""
    found: list[tuple[str, int, str]] = []
    cursor: str | None = None
    while True:
        parameters = {"limit": "100"} if cursor is None else {"limit": "100", "cursor": cursor}
        page = person.http.get(f"/messages/conversations/{conversation_id}/messages", params=parameters).json()
        found += [(message["id"], message["sequenceNumber"], message["content"]) for message in page["data"]]
        cursor = page["pagination"]["next_cursor"]
        if cursor is None:
            return found
