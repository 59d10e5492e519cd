"""Many at once: numbers without a gap, every socket in the order of the numbers, one direct conversation a pair."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack

import pytest

from tests.durability.ledger import ask, read_ledger
from tests.durability.volley import Volley
from tests.socket.device import Device
from tests.socket.host import Host, running_host
from tests.socket.http import async_http
from tests.support.people import Person

SENDERS = 16
EACH = 8  # over REST, and as many over its socket


@pytest.fixture(scope="module")
def host(database: Callable[[], str | None], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """One server for all tests of this module, which leave it running."""
    with running_host(tmp_path_factory.mktemp("parallel"), database()) as host:
        yield host


async def test_parallel_sends_are_numbered_without_a_gap_and_heard_in_order(host: Host) -> None:
    people = [host.add(f"Sender {number}") for number in range(SENDERS)]
    conversation_id = people[0].group("Parallel", *people[1:])
    volley = Volley(host.server, people, conversation_id, SENDERS * EACH)
    async with AsyncExitStack() as stack:
        devices = [await stack.enter_async_context(Device(host.server, person.token)) for person in people]
        over_sockets = [send_over_socket(device, conversation_id) for device in devices]
        await asyncio.gather(volley.fire(), *over_sockets)
        total = 2 * SENDERS * EACH
        for device in devices:
            await device.settle()
            heard = device.all_of("new_message")
            assert [message["seq"] for message in heard] == list(range(1, total + 1))
            assert [message["sequence_number"] for message in heard] == list(range(1, total + 1))
    ledger = await read_ledger(host.server, conversation_id)
    ledger.check()
    assert ledger.last_number == total
    assert not volley.unanswered()
    assert [message["id"] for message in devices[0].all_of("new_message")] == [row.id for row in ledger.messages]


async def test_two_who_open_their_direct_conversation_at_once_have_one(host: Host) -> None:
    for number in range(5):
        ana, bob = host.add(f"Ana {number}"), host.add(f"Bob {number}")
        async with Device(host.server, ana.token) as one, Device(host.server, bob.token) as other:
            found = await asyncio.gather(*(open_direct(host, *pair) for pair in [(ana, bob), (bob, ana)] * 8))
            assert len(set(found)) == 1
            assert bob.direct(ana) == ana.direct(bob) == found[0]  # every later look-up finds it too
            for device in (one, other):
                await device.settle()
                assert [created["id"] for created in device.all_of("conversation_created")] == [found[0]]
        for person in (ana, bob):
            assert [row["id"] for row in person.http.get("/conversations/").json()["data"]] == [found[0]]
        rows = await ask(host.server, f"SELECT count(*) FROM members WHERE user_id = '{ana.id}'")
        assert rows[0][0] == 1


async def send_over_socket(device: Device, conversation_id: str) -> None:
    """One after the other, beside the others' sends over REST."""
    for number in range(EACH):
        ack = await device.asks("send_message", {"conversation_id": conversation_id, "content": f"socket {number}"})
        assert ack["ok"], ack


async def open_direct(host: Host, person: Person, other: Person) -> str:
    """On a connection of its own, so that the requests really meet."""
    async with async_http(host.server, person.token) as http:
        answer = await http.post("/api/v1/conversations/", json={"type": "dm", "member_ids": [other.id]})
    assert answer.status_code == 201, answer.text
    conversation_id: str = answer.json()["id"]
    return conversation_id
