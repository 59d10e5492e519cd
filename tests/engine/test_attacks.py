"""Clients that mean harm, or that lost their way: memory is bounded, they are hung up on, and nobody else notices."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from statistics import median

import httpx
import pytest

from tests.conftest import StartServer
from tests.engine.brisk import HEAD_SECONDS, STALLED_SECONDS
from tests.engine.rough import (
    HANDSHAKE,
    Rough,
    connections,
    is_held,
    kept_by_the_kernel,
    many,
    memory_kb,
    no_more_than,
    rough,
    text,
)
from tests.engine.wire import Polling, connect_packet
from tests.socket.device import Device
from tests.socket.host import HOST_SECRET, Host
from tests.socket.http import async_http
from tests.socket.raw import no_more_sockets_than, open_sockets, until_open
from tests.support.people import Person
from tests.support.server import GAVE_UP, STOP_SECONDS
from tests.unit.engine.wire import CLOSE, CONTINUATION, FIN, PING, TEXT, frame
from tms_chat.realtime.engine.server import CONNECT_SECONDS

SLACK_KB = 24 * 1024  # caches of the server, and what its allocator keeps
LONG = "x" * 9000
USUAL_SECONDS = 2.0
LONGEST_SECONDS = 5.0


@asynccontextmanager
async def undisturbed(host: Host) -> AsyncIterator[None]:
    """Somebody asks all the time meanwhile and never waits long; afterwards not much more memory is in use.

    Once it may be longer: the machine may stand still for a moment, and of few answers that is the longest wait.
    """
    async with Device(host.server, host.add("Bea").token) as bystander:
        before = memory_kb(host.server)
        waits: list[float] = []
        is_over = asyncio.Event()

        async def ask() -> None:
            while not is_over.is_set() or len(waits) < 3:
                started = time.perf_counter()
                await bystander.settle()
                waits.append(time.perf_counter() - started)
                await asyncio.sleep(0.01)

        asking = asyncio.create_task(ask())
        try:
            yield
        finally:
            is_over.set()
            await asking  # also the answer that is under way: it may be the one that took long
        assert median(waits) < USUAL_SECONDS, waits
        assert max(waits) < LONGEST_SECONDS, sorted(waits)[-5:]
        assert memory_kb(host.server) - before < SLACK_KB


async def talk(ana: Person, server: Host, conversation_id: str, count: int) -> None:
    """So many long messages over a socket, a few at a time."""
    async with rough(server.server, ana.token, buffer=1 << 20) as client:
        for number in range(10_000, 10_000 + count):
            body = {"conversation_id": conversation_id, "content": f"{number} {LONG}"}
            await client.send(text(f"42{number}" + json.dumps(["send_message", body])))
            if number % 10 == 9:
                await client.reads_until(b"43%d[" % number)


async def test_who_does_not_read_is_closed_as_slow_and_nobody_else_notices(host: Host) -> None:
    ana, bob, cleo = host.add("Ana"), host.add("Bob"), host.add("Cleo")
    conversation_id = ana.group("Team", bob, cleo)
    before = await open_sockets(host.server)
    async with Device(host.server, cleo.token) as device, many(host.server, 10, bob.token) as slow:
        start, most = memory_kb(host.server), 0
        talking = asyncio.create_task(talk(ana, host, conversation_id, 1200))
        while not talking.done():
            most = max(most, memory_kb(host.server))
            await asyncio.sleep(0.02)
        await talking
        await no_more_sockets_than(host.server, before + 1)  # Cleo
        heard = await device.hears_times(1200, "new_message")
        assert [body["sequence_number"] for body in heard] == list(range(1, 1201))
        assert most - start < len(slow) * 2048 + SLACK_KB
        for client in slow:
            await client.is_hung_up_on()
    await no_more_sockets_than(host.server, before)


async def test_a_close_frame_of_somebody_who_does_not_read_ends_the_connection(host: Host) -> None:
    ana, bob = host.add("Ana"), host.add("Bob")
    conversation_id = ana.direct(bob)
    open_before = connections(host.server)
    async with many(host.server, 5, bob.token) as slow:
        talking = asyncio.create_task(talk(ana, host, conversation_id, 600))
        await asyncio.sleep(0.5)
        for client in slow:
            await client.send(frame(FIN | CLOSE))
        await talking
        await no_more_than(host.server, open_before)


async def fill(client: Rough, http: httpx.AsyncClient) -> None:
    """Ask for large answers and read none, until the server keeps a part of the last one itself."""
    await http.get("/api/v1/openapi.json")  # which is made when it is asked for the first time
    size = 0
    for count in range(1, 60):
        await client.send(b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n")
        await asyncio.sleep(0.1)
        size = size or kept_by_the_kernel(client)
        # From here on it takes nothing more (asyncio's high-water mark); one more answer would not be finished.
        if count * size - kept_by_the_kernel(client) > 64 * 1024:
            break


async def test_an_answer_that_was_not_read_before_the_handshake_counts(host: Host, http: httpx.AsyncClient) -> None:
    # The transport is full when the websocket begins, and says so only once.
    ana, bob = host.add("Ana"), host.add("Bob")
    conversation_id = ana.direct(bob)
    before = await open_sockets(host.server)
    async with rough(host.server) as client:
        await fill(client, http)
        await client.send(HANDSHAKE + text(connect_packet(bob.token)))
        await until_open(host.server, before + 1)
        start = memory_kb(host.server)
        await talk(ana, host, conversation_id, 500)
        await no_more_sockets_than(host.server, before)
        assert memory_kb(host.server) - start < SLACK_KB


async def test_whoever_reads_it_then_hears_what_came_after_it(host: Host, http: httpx.AsyncClient) -> None:
    async with rough(host.server, buffer=1 << 20) as client:
        await fill(client, http)
        await client.send(HANDSHAKE + text(connect_packet(host.token())) + text('427["keepalive"]'))
        await asyncio.sleep(0.5)
        await client.reads_until(b'437[{"ok":true}]')


FLOODS = {
    "pings": frame(FIN | PING, b"are you there"),
    "empty pings": frame(FIN | PING),
    "fragments of nothing": frame(CONTINUATION),
    "fragments of one byte": frame(CONTINUATION, b"x"),
    "pongs": text("3"),
    "acknowledgements of nothing": text("431[]"),
    "keepalives": text('42["keepalive"]'),
    "keepalives with a lot in them": text(f'42["keepalive",{json.dumps([{}] * 20_000)}]'),
    "typing": text('421["typing_start",{"conversation_id":"x"}]'),
}


@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS.keys())
async def test_a_flood_is_worked_off_in_parts_or_ended(host: Host, flood: bytes) -> None:
    before = await open_sockets(host.server)
    piece = flood * max(1, 256 * 1024 // len(flood))

    async def pour(client: Rough) -> None:
        if flood[0] == CONTINUATION:
            await client.send(frame(TEXT, b"42"))
        reading = asyncio.create_task(client.is_hung_up_on())
        for _ in range(8):
            if not await client.send(piece):
                break
        reading.cancel()

    async with many(host.server, 5, host.add("Eve").token) as eves, undisturbed(host):
        await asyncio.gather(*(pour(client) for client in eves), asyncio.sleep(1.5))
    await no_more_sockets_than(host.server, before)


async def test_sessions_that_were_opened_and_left_are_gone_after_five_seconds(host: Host) -> None:
    async with async_http(host.server) as http, undisturbed(host):
        sessions = [await Polling.open(http) for _ in range(500)]
        # To look is to poll, and these were left: so others are looked at, each once, which were opened after them.
        later = [await Polling.open(http) for _ in range(20)]
        await asyncio.sleep(CONNECT_SECONDS)
        for session in later:
            if await is_gone(session):
                break
        for session in (sessions[0], sessions[-1]):
            assert await is_gone(session)


async def is_gone(session: Polling) -> bool:
    """Whether the server says at once that it does not know this session."""
    try:
        return (await session.http.get(session.address, timeout=1)).status_code == 400
    except httpx.ReadTimeout:
        return False


async def test_with_its_poll_a_client_leaves(host: Host, http: httpx.AsyncClient) -> None:
    before = await open_sockets(host.server)
    session = await Polling.open(http, host.token())
    address = f"GET {session.address} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    async with rough(host.server) as client:
        await client.send(address)
        await asyncio.sleep(0.3)
        assert await open_sockets(host.server) == before + 1
    await no_more_sockets_than(host.server, before)


@pytest.mark.parametrize(
    "said", [b"", b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHo"], ids=["nothing", "half"]
)
async def test_a_head_that_does_not_come_is_not_waited_for(brisk: Host, said: bytes) -> None:
    before = connections(brisk.server)
    async with many(brisk.server, 300) as clients:
        for client in clients:
            await client.send(said)
        for client in clients:  # each of them, which it has accepted then
            assert await client.is_hung_up_on(HEAD_SECONDS + 7) == b""
        await no_more_than(brisk.server, before)


async def test_a_second_head_that_does_not_come_is_not_waited_for_either(brisk: Host) -> None:
    async with rough(brisk.server) as client:
        await client.send(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        await client.reads_until(b"healthy")
        await asyncio.sleep(HEAD_SECONDS + 3)  # between requests it may be quiet
        await client.send(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\nGET /")
        await client.reads_until(b"healthy")
        started = time.monotonic()
        for _ in range(50):
            if not await client.send(b"x"):
                break
            await asyncio.sleep(0.2)  # a drip does not keep it open
        assert time.monotonic() - started < HEAD_SECONDS + 6
        assert await client.is_hung_up_on() == b""


async def test_a_body_that_does_not_come_is_not_waited_for(brisk: Host) -> None:
    head = b"POST /api/v1/auth/validate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    async with rough(brisk.server) as client:
        await client.send(head + b"Content-Length: 200\r\n\r\n{")
        assert await client.is_hung_up_on(STALLED_SECONDS + 7) == b""


async def test_an_answer_that_is_not_read_is_not_kept(brisk: Host) -> None:
    before = connections(brisk.server)
    document = b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n"
    async with rough(brisk.server) as client:
        for _ in range(60):
            await client.send(document)
        await asyncio.sleep(1)
        assert is_held(client)
        await no_more_than(brisk.server, before, seconds=STALLED_SECONDS + 7)


async def test_what_is_read_slowly_is_not_cut(brisk: Host) -> None:
    async with rough(brisk.server) as client:
        await client.send(b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        read = b""
        loop = asyncio.get_running_loop()
        ends = time.monotonic() + STALLED_SECONDS + 5
        while more := await loop.sock_recv(client.socket, 2000 if time.monotonic() < ends else 65536):
            read += more
            await asyncio.sleep(0.2 if time.monotonic() < ends else 0)
        assert read.endswith(b"}")


async def test_a_stop_waits_for_none_of_them(start_server: StartServer) -> None:
    server = start_server(NEXTAUTH_SECRET=HOST_SECRET, RATE_LIMITS="off")
    host = Host(server)
    ana, bob = host.add("Ana"), host.add("Bob")
    conversation_id = ana.direct(bob)
    async with many(server, 5, bob.token), many(server, 20) as silent, async_http(server) as http:
        for client in silent[:10]:
            await client.send(b"GET /socket.io/?EIO=4")
        await silent[10].send(HANDSHAKE)
        sessions = [await Polling.open(http) for _ in range(5)]
        polls = [asyncio.create_task(quiet(session.get)) for session in sessions]
        await talk(ana, host, conversation_id, 700)
        started = time.monotonic()
        assert await asyncio.to_thread(server.stop) == 0
        assert time.monotonic() - started < STOP_SECONDS
        await asyncio.gather(*polls)
    assert GAVE_UP not in server.stderr
    host.close()


async def quiet(ask: Callable[[], Awaitable[object]]) -> None:
    try:
        await ask()
    except httpx.HTTPError:
        return
