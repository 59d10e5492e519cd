"""python-socketio's own clients, asyncio and threads, over each transport."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
import socketio

from tests.engine.wire import POLLING
from tests.socket.host import Host
from tests.socket.http import NO_TLS
from tests.socket.raw import no_more_sockets_than, open_sockets

TRANSPORTS = (["websocket"], ["polling"], ["polling", "websocket"])


async def leave(host: Host, client: socketio.AsyncClient) -> None:
    """Over polling the library would wait for its pending poll, which the next ping answers: so goodbye in its name."""
    if client.transport() == "polling":
        await asyncio.to_thread(say_goodbye, host, client.eio.sid)
        await client.eio.disconnect(abort=True)
    else:
        await client.disconnect()


def say_goodbye(host: Host, sid: str) -> None:
    httpx.post(f"{host.server.base_url}{POLLING}&sid={sid}", content="1", verify=NO_TLS)


@pytest.mark.parametrize("transports", TRANSPORTS, ids=str)
async def test_asyncio(host: Host, transports: list[str]) -> None:
    before = await open_sockets(host.server)
    client = socketio.AsyncClient(reconnection=False, handle_sigint=False)
    heard: list[tuple[str, Any]] = []
    greeted = asyncio.Event()

    def on_event(name: str, body: Any = None) -> None:
        heard.append((name, body))
        if name == "hello":
            greeted.set()

    client.on("*", on_event)
    await client.connect(host.server.base_url, auth={"token": host.token()}, transports=transports, wait_timeout=20)
    try:
        await asyncio.wait_for(greeted.wait(), 10)
        assert client.transport() == transports[-1]
        assert [name for name, _ in heard] == ["rooms_joined", "hello"]
        for _ in range(5):
            answers = await asyncio.gather(*(client.call("keepalive", timeout=20) for _ in range(5)))
            assert answers == [{"ok": True}] * 5
        assert [name for name, _ in heard[2:]] == ["keepalive_ack"] * 25
    finally:
        await leave(host, client)
    await no_more_sockets_than(host.server, before)


async def test_a_burst_over_polling_is_one_its_client_can_read(host: Host) -> None:
    # It takes sixteen packets from one poll and gives up above that, so the server hands out no more at once.
    client = socketio.AsyncClient(reconnection=False, handle_sigint=False)
    await client.connect(host.server.base_url, auth={"token": host.token()}, transports=["polling"], wait_timeout=10)
    try:
        async with asyncio.timeout(20):
            answers = await asyncio.gather(*(client.call("keepalive", timeout=20) for _ in range(100)))
        assert answers == [{"ok": True}] * 100
    finally:
        await leave(host, client)


def in_threads(host: Host) -> tuple[list[str], list[Any]]:
    """The sync client: its websocket needs a package we do not have, so it polls."""
    client = socketio.Client(reconnection=False, handle_sigint=False)
    heard: list[str] = []
    client.on("*", lambda name, *_: heard.append(name))
    client.connect(host.server.base_url, auth={"token": host.token()}, transports=["polling"], wait_timeout=20)
    answers = [client.call("keepalive", timeout=20) for _ in range(10)]
    say_goodbye(host, client.eio.sid)
    client.eio.disconnect(abort=True)
    return heard, answers


async def test_threads(host: Host) -> None:
    before = await open_sockets(host.server)
    heard, answers = await asyncio.to_thread(in_threads, host)
    assert answers == [{"ok": True}] * 10
    assert {"rooms_joined", "hello", "keepalive_ack"} <= set(heard)
    await no_more_sockets_than(host.server, before)


# Not over polling alone: there the library waits for a poll that the next ping answers before it says why.
@pytest.mark.parametrize("transports", [["websocket"], ["polling", "websocket"]], ids=str)
async def test_a_wrong_token_is_refused_with_the_word_for_it(host: Host, transports: list[str]) -> None:
    client = socketio.AsyncClient(reconnection=False, handle_sigint=False)
    refusals: list[Any] = []
    client.on("connect_error", refusals.append)
    with pytest.raises(socketio.exceptions.ConnectionError):
        await client.connect(host.server.base_url, auth={"token": "a.b.c"}, transports=transports, wait_timeout=20)
    assert refusals == [{"message": "token_invalid"}]
    await client.eio.disconnect(abort=True)


async def test_another_namespace_is_refused_alone(host: Host) -> None:
    client = socketio.AsyncClient(reconnection=False, handle_sigint=False)
    loop = asyncio.get_running_loop()
    refused: asyncio.Future[Any] = loop.create_future()
    greeted: asyncio.Future[Any] = loop.create_future()
    client.on("connect_error", refused.set_result, namespace="/api/v1")
    client.on("hello", greeted.set_result)
    await client.connect(
        host.server.base_url,
        auth={"token": host.token()},
        transports=["websocket"],
        namespaces=["/", "/api/v1"],
        wait=False,
    )
    try:
        assert "/socket.io" in (await asyncio.wait_for(refused, 10))["message"]
        await asyncio.wait_for(greeted, 10)
        assert await client.call("keepalive", timeout=20) == {"ok": True}
    finally:
        await client.disconnect()
