"""Long-polling with several processes: a request reaches any of them and is answered by the one it is for."""

from __future__ import annotations

import asyncio
import re
import secrets
from contextlib import AsyncExitStack

import httpx
import pytest

from tests.engine.wire import Polling
from tests.socket.device import Device
from tests.socket.host import Host
from tests.workers.conftest import COUNT, log_lines

DEVICES = 8


@pytest.mark.parametrize("transports", [["polling"], ["polling", "websocket"], ["websocket"]], ids="+".join)
async def test_clients_connect_and_hear_each_other_whichever_way_they_come(host: Host, transports: list[str]) -> None:
    people = [host.add(f"Person {number}") for number in range(DEVICES)]
    group = people[0].group("Crowd", *people[1:])
    async with AsyncExitStack() as stack:
        devices = [
            await stack.enter_async_context(Device(host.server, person.token, transports=transports))
            for person in people
        ]
        assert {device.transport for device in devices} == {transports[-1]}
        for person in people:
            await asyncio.to_thread(person.send, group, f"from {person.name}")
        for device in devices:
            await device.hears_times(DEVICES, "new_message", seconds=20)
    assert not log_lines(host.server, "connection_not_moved")


async def test_sessions_begin_at_several_processes_and_every_connection_reaches_them_all(host: Host) -> None:
    sids = set()
    async with httpx.AsyncClient(base_url=host.server.base_url, timeout=20) as one:
        for _ in range(12):
            # Each begins over a connection of its own, and goes on over one that all of them share.
            async with httpx.AsyncClient(base_url=host.server.base_url, timeout=20) as fresh:
                session = await Polling.open(fresh, host.token())
            sids.add(session.sid)
            answer = await one.post(session.address, content='421["keepalive"]')
            assert (answer.status_code, answer.text) == (200, "ok")
            large = '421["keepalive","' + 100_000 * "x" + '"]'
            answer = await one.post(session.address, content=large)
            assert (answer.status_code, answer.text) == (200, "ok")
            assert (await one.get("/health")).status_code == 200
    assert all(re.fullmatch(rf"[\w-]{{20}}\.[1-{COUNT}]", sid) for sid in sids)
    assert len({sid[-1] for sid in sids}) > 1


@pytest.mark.parametrize("number", ["", ".1", ".2", f".{COUNT}", f".{COUNT + 1}", ".0", ".99", ".x"])
async def test_an_id_that_was_made_up_is_unknown_everywhere(host: Host, number: str) -> None:
    async with httpx.AsyncClient(base_url=host.server.base_url) as http:
        for _ in range(4):
            sid = secrets.token_urlsafe(15) + number
            answer = await http.get(f"/socket.io/?EIO=4&transport=polling&sid={sid}")
            assert (answer.status_code, answer.json()["code"]) == (400, 1)
