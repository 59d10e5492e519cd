"""The server ends and starts again: every client comes back by itself, and a stop waits for nobody."""

from __future__ import annotations

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import Awaitable
from contextlib import suppress

import httpx

from tests.conftest import StartServer
from tests.engine.node_clients import FOLDER, NODE, VERSIONS, install
from tests.engine.wire import Polling, frames, upgrading, websocket
from tests.socket.host import HOST_SECRET, Host
from tests.socket.http import async_http
from tests.support.processes import PATH, bound_to_us
from tests.support.server import GAVE_UP, STOP_SECONDS, TmsServer

SECONDS = 40.0
CLIENTS = 3 * len(VERSIONS)


def started(start_server: StartServer) -> TmsServer:
    return start_server(NEXTAUTH_SECRET=HOST_SECRET, RATE_LIMITS="off", SOCKETS_PER_USER="100")


async def test_every_version_comes_back_after_a_stop_and_after_a_crash(start_server: StartServer) -> None:
    install()
    server = started(start_server)
    token = Host(server).token()
    process = await asyncio.create_subprocess_exec(
        *bound_to_us([NODE, "node", "comes_back.mjs", server.base_url, token, *VERSIONS], signal="KILL"),
        cwd=FOLDER,
        env={"PATH": PATH},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    heard: dict[str, list[str]] = defaultdict(list)

    async def all_are_in(times: int) -> None:
        async with asyncio.timeout(SECONDS):
            while sum(each.count("in") >= times for each in heard.values()) < CLIENTS:
                assert process.stdout is not None
                line = json.loads(await process.stdout.readline())
                heard[line["who"]].append(line["what"])

    try:
        await all_are_in(1)
        for times, end in ((2, server.stop), (3, server.kill)):
            await asyncio.to_thread(end)
            server.start()  # not in a thread: the kernel would end the server with it
            await all_are_in(times)
        reasons = {reason for each in heard.values() for reason in each} - {"in"}
        # "io server disconnect" would be a verdict, after which a client stays away.
        assert reasons <= {"transport close", "transport error"}, heard
    finally:
        process.stdin.close()
        await asyncio.wait_for(process.wait(), 10)


async def test_a_stop_waits_for_nobody(start_server: StartServer) -> None:
    server = started(start_server)
    host = Host(server)
    async with async_http(server) as http, websocket(server, host.token()), websocket(server), frames(server):
        signed_in, unknown = await Polling.open(http, host.token()), await Polling.open(http)
        probing = await Polling.open(http, host.token())
        polls = [asyncio.create_task(quietly(session.get())) for session in (signed_in, unknown)]
        async with upgrading(server, probing):
            await asyncio.sleep(0.3)
            began = time.monotonic()
            assert await asyncio.to_thread(server.stop) == 0
            assert time.monotonic() - began < STOP_SECONDS
        await asyncio.gather(*polls)
    assert "Traceback" not in server.stderr
    assert GAVE_UP not in server.stderr


async def quietly(request: Awaitable[object]) -> None:
    """A poll that the end of the server may cut."""
    with suppress(httpx.TransportError):
        await request
