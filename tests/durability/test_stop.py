"""SIGTERM: the server finishes what it has begun, and ends with 0."""

from __future__ import annotations

import asyncio

from tests.durability.ledger import read_ledger
from tests.durability.volley import Volley
from tests.socket.device import Device
from tests.socket.host import Host
from tests.support.server import GAVE_UP

SENDERS = 8
SENDS = 200


async def test_a_stop_while_sending_loses_nothing_and_ends_with_0(host: Host) -> None:
    server = host.server
    people = [host.add(f"Sender {number}") for number in range(SENDERS)]
    conversation_id = people[0].group("Stop", *people[1:])
    volley = Volley(server, people, conversation_id, SENDS)
    async with Device(server, people[0].token) as listener:
        firing = asyncio.ensure_future(volley.fire())
        await volley.reaches(SENDS // 4)
        exit_code = await asyncio.to_thread(server.stop)
        await firing
        await listener.is_closed_by_the_server()
    assert exit_code == 0
    assert volley.unanswered(), "the stop came too late to prove anything"
    assert "Traceback" not in server.stderr
    ledger = await read_ledger(server, conversation_id)
    ledger.check()
    stored = ledger.by_client_id()
    for client_id, message in volley.answered.items():
        assert (stored[client_id].id, stored[client_id].number) == (message["id"], message["sequenceNumber"])
    # It was not cut off but asked to stop: what it wrote it also answered.
    assert stored.keys() == volley.answered.keys()
    server.start()
    answers = await volley.try_again(volley.unanswered())
    assert {status for status, _ in answers.values()} == {201}
    (await read_ledger(server, conversation_id)).check()


async def test_a_stop_does_not_wait_for_clients_that_only_listen(host: Host) -> None:
    ana, bob = host.add("Ana"), host.add("Bob")
    async with (
        Device(host.server, ana.token) as websocket,
        Device(host.server, bob.token, transports=["polling"]) as polling,
    ):
        assert await asyncio.to_thread(host.server.stop) == 0
        await websocket.is_closed_by_the_server()
        await polling.is_closed_by_the_server()
    assert "Traceback" not in host.server.stderr
    assert GAVE_UP not in host.server.stderr
