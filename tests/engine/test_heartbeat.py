"""The heartbeat: the server asks, the client answers in time or is gone. Here every two seconds, with two to answer."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from itertools import pairwise

import httpx
import pytest

from tests.engine.brisk import PING_INTERVAL_SECONDS, PING_TIMEOUT_SECONDS
from tests.engine.wire import Frames, Polling, frames, upgrading, websocket
from tests.socket.host import Host
from tests.socket.http import async_http
from tests.socket.raw import no_more_sockets_than, open_sockets

SLACK = 6.0  # of a machine that has a lot to do
LONGEST = PING_INTERVAL_SECONDS + PING_TIMEOUT_SECONDS + SLACK


@pytest.fixture
async def brisk_http(brisk: Host) -> AsyncIterator[httpx.AsyncClient]:
    """Requests to the server with the short heartbeat."""
    async with async_http(brisk.server) as http:
        yield http


@pytest.fixture(scope="module")
def token(brisk: Host) -> str:
    """Of somebody the server knows already: letting them in writes nothing, and cannot take longer than a heartbeat."""
    return brisk.add("Hana Host").token


async def test_the_handshake_says_how_often(brisk: Host, brisk_http: httpx.AsyncClient) -> None:
    session = await Polling.open(brisk_http)
    async with frames(brisk.server) as socket:
        for opened in (session.opened, json.loads((await socket.next())[1:])):
            assert opened["pingInterval"] == PING_INTERVAL_SECONDS * 1000
            assert opened["pingTimeout"] == PING_TIMEOUT_SECONDS * 1000
    await session.post("1")


async def test_a_websocket_that_answers_stays(brisk: Host, token: str) -> None:
    began = time.monotonic()
    async with websocket(brisk.server, token) as socket:
        heard = []
        for _ in range(3):
            assert await socket.next() == "2"
            heard.append(time.monotonic())
            await socket.send("3")
        # Neither hurried nor late: as often as the handshake promised. A moment in which the machine stands still makes
        # one of the two times between them longer, and cannot shorten what began before the server was asked.
        assert heard[-1] - began >= 3 * PING_INTERVAL_SECONDS
        between = min(later - sooner for sooner, later in pairwise(heard))
        assert between < PING_INTERVAL_SECONDS + PING_TIMEOUT_SECONDS / 2
        assert await socket.works()


async def test_a_websocket_that_does_not_answer_is_closed_and_its_session_gone(brisk: Host, token: str) -> None:
    before = await open_sockets(brisk.server)
    async with websocket(brisk.server, token) as socket:
        began = time.monotonic()
        said = await socket.is_given_up_on(seconds=LONGEST)
        assert time.monotonic() - began > PING_TIMEOUT_SECONDS
        assert said[0] == "2"
    await no_more_sockets_than(brisk.server, before)


async def test_a_websocket_nobody_reads_from_is_closed_too(brisk: Host, token: str) -> None:
    # A laptop that was closed: the connection stands, and nothing ever comes back on it.
    before = await open_sockets(brisk.server)
    async with websocket(brisk.server, token) as socket:
        socket.connection.transport.pause_reading()
        await no_more_sockets_than(brisk.server, before)
        socket.connection.transport.abort()


async def test_a_polling_session_that_answers_stays(brisk: Host, brisk_http: httpx.AsyncClient, token: str) -> None:
    session = await Polling.open(brisk_http, token)
    for _ in range(2):
        await session.receives("2")
        assert (await session.post("3")).status_code == 200
    assert await session.works()
    await session.post("1")


async def test_a_polling_session_that_does_not_answer_is_over(
    brisk: Host, brisk_http: httpx.AsyncClient, token: str
) -> None:
    before = await open_sockets(brisk.server)
    session = await Polling.open(brisk_http, token)
    await session.receives("2")
    async with asyncio.timeout(LONGEST):
        while (await session.get()).status_code == 200:
            pass
    await no_more_sockets_than(brisk.server, before)


async def test_a_polling_session_that_is_not_polled_is_over(
    brisk: Host, brisk_http: httpx.AsyncClient, token: str
) -> None:
    # A page that is gone without a word.
    before = await open_sockets(brisk.server)
    session = await Polling.open(brisk_http, token)
    await no_more_sockets_than(brisk.server, before)
    assert (await session.get()).status_code == 400


async def test_the_heart_goes_on_beating_after_an_upgrade(
    brisk: Host, brisk_http: httpx.AsyncClient, token: str
) -> None:
    session = await Polling.open(brisk_http, token)
    async with upgrading(brisk.server, session) as socket:
        await socket.send("5")
        for _ in range(2):
            await socket.receives("2")
            await socket.send("3")
        assert await socket.works()


async def test_a_ping_before_the_upgrade_may_be_answered_after_it(
    brisk: Host, brisk_http: httpx.AsyncClient, token: str
) -> None:
    session = await Polling.open(brisk_http, token)
    await session.receives("2")
    async with upgrading(brisk.server, session) as socket:
        await socket.send("5", "3")
        await socket.receives("2")  # the next one comes to those only who have answered
        await socket.send("3")
        await stays(socket)


async def test_an_upgraded_session_that_does_not_answer_is_closed(
    brisk: Host, brisk_http: httpx.AsyncClient, token: str
) -> None:
    before = await open_sockets(brisk.server)
    session = await Polling.open(brisk_http, token)
    async with upgrading(brisk.server, session) as socket:
        await socket.send("5")
        assert "2" in await socket.is_given_up_on(seconds=LONGEST)
    await no_more_sockets_than(brisk.server, before)


async def test_somebody_who_is_not_signed_in_yet_is_asked_too(brisk: Host, token: str) -> None:
    async with frames(brisk.server) as socket:
        assert (await socket.next()).startswith("0")
        assert await socket.next() == "2"
        await socket.send("3")
        await socket.enter(token)


async def stays(socket: Frames) -> None:
    """It works, whatever pings came before that."""
    await socket.send('42990["keepalive"]')
    while (frame := await socket.next()) != '43990[{"ok":true}]':
        if frame == "2":
            await socket.send("3")
