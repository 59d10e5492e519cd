"""HTTP long-polling, the fallback: the same socket, through requests."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import httpx
import pytest

from tests.socket.conftest import Connect
from tests.socket.device import check_refusal
from tests.socket.host import Host, running_host
from tests.socket.http import async_http
from tests.socket.raw import no_more_sockets_than, open_sockets

HANDSHAKE = "/socket.io/?EIO=4&transport=polling"


async def test_messages_and_acknowledgements_travel_over_polling(host: Host, connect: Connect) -> None:
    ana, bob = host.add("Ana"), host.add("Bob")
    one, other = await connect(ana, transports=["polling"]), await connect(bob)
    assert one.transport == "polling"
    conversation_id = bob.direct(ana)
    await one.hears("conversation_created")
    ack = await one.asks("send_message", {"conversation_id": conversation_id, "content": "by request"})
    assert (await other.hears("new_message"))["id"] == ack["message"]["id"]
    assert (await one.hears("new_message"))["id"] == ack["message"]["id"]
    await other.asks("send_message", {"conversation_id": conversation_id, "content": "by frame"})
    await one.hears("new_message", content="by frame")
    assert one.transport == "polling"


async def test_a_polling_socket_becomes_a_websocket_and_misses_nothing(host: Host, connect: Connect) -> None:
    ana, bob = host.add("Ana"), host.add("Bob")
    conversation_id = ana.direct(bob)
    device = await connect(ana, transports=["polling", "websocket"])
    assert device.transport == "websocket"
    bob.send(conversation_id, "after the upgrade")
    await device.hears("new_message")
    await device.settle()
    assert [event.name for event in device.heard][:2] == ["rooms_joined", "hello"]


@pytest.mark.parametrize(
    ("token", "code"), [(None, "token_missing"), ("a.b.c", "token_invalid"), (-60, "token_expired")]
)
async def test_polling_asks_for_the_token_too(host: Host, token: str | int | None, code: str) -> None:
    shown = host.token(seconds=token) if isinstance(token, int) else token
    async with async_http(host.server) as http:
        address = f"{HANDSHAKE}&sid={await open_polling(http)}"
        await http.post(address, content="40" + json.dumps({"token": shown}))
        refusal = (await http.get(address)).text
        assert refusal == f'44{{"message":"{code}"}}'
        await http.post(address, content="1")


async def test_refusals_are_the_same_over_polling(host: Host, connect: Connect) -> None:
    device = await connect(host.add("Ana"), transports=["polling"])
    check_refusal(await device.asks("join_conversation", {"conversation_id": "x"}), "conversation_not_found")
    check_refusal(await device.asks("join_conversation", 7), "invalid")
    check_refusal(await device.asks("no_such_event"), "unknown_event")


async def test_the_end_of_the_session_closes_a_polling_socket(host: Host, connect: Connect) -> None:
    ana = host.add("Ana")
    device = await connect(ana, transports=["polling"])
    assert ana.http.post("/auth/logout").status_code == 200
    await device.is_closed_by_the_server(seconds=5)


async def test_the_first_request_of_a_server_needs_no_origin(tmp_path: Path) -> None:
    # Not a browser, hence no Origin; the first such request of a process once was a 500.
    with running_host(tmp_path, None) as fresh:
        async with async_http(fresh.server) as http:
            sid = await open_polling(http)
            assert (await http.post(f"{HANDSHAKE}&sid={sid}", content="1")).status_code == 200


async def test_a_batch_of_many_packets_is_answered_in_full(host: Host) -> None:
    # A client writes its whole queue in one request; what was above the library's sixteen packets was once lost.
    async with async_http(host.server) as http:
        sid = await open_polling(http)
        await http.post(f"{HANDSHAKE}&sid={sid}", content="40" + json.dumps({"token": host.token()}))
        batch = "\x1e".join(f'42{number}["keepalive"]' for number in range(100))
        assert (await http.post(f"{HANDSHAKE}&sid={sid}", content=batch)).status_code == 200
        acknowledged: list[str] = []
        async with asyncio.timeout(10):
            while len(acknowledged) < 100:
                packets = (await http.get(f"{HANDSHAKE}&sid={sid}")).text.split("\x1e")
                acknowledged += [packet for packet in packets if packet.startswith("43")]
        assert acknowledged == [f'43{number}[{{"ok":true}}]' for number in range(100)]
        await http.post(f"{HANDSHAKE}&sid={sid}", content="1")


async def test_a_page_that_is_gone_before_its_connect_is_answered_leaves_no_session(host: Host) -> None:
    person = host.add("Ana")
    before = await open_sockets(host.server)
    async with async_http(host.server) as http:
        for _ in range(10):
            address = f"{HANDSHAKE}&sid={await open_polling(http)}"
            await asyncio.gather(
                http.post(address, content="40" + json.dumps({"token": person.token})),
                http.post(address, content="1"),
            )
    await no_more_sockets_than(host.server, before)


async def test_a_request_over_128_kb_closes_only_the_socket_it_is_for(host: Host, connect: Connect) -> None:
    ana = host.add("Ana")
    device, other_device = await connect(ana, transports=["polling"]), await connect(ana, transports=["polling"])
    await device.emit("keepalive", {"x": "x" * (128 * 1024)})
    await device.is_closed_by_the_server()
    await other_device.settle()


async def open_polling(http: httpx.AsyncClient) -> str:
    """The id of a new connection that nobody has signed in on."""
    answer = await http.get(HANDSHAKE)
    assert answer.status_code == 200, answer.text
    sid: str = json.loads(answer.text[1:])["sid"]
    return sid


async def test_a_poll_of_a_session_that_has_just_ended_is_refused_in_our_words(host: Host) -> None:
    logged = len(host.server.stderr)
    async with async_http(host.server, origin=host.server.base_url) as http:
        opened = await http.get("/socket.io/?EIO=4&transport=polling")
        address = f"/socket.io/?EIO=4&transport=polling&sid={json.loads(opened.text[1:])['sid']}"
        assert (await http.post(address, content=b"1")).status_code == 200
        answer = await http.post(address, content=b"3")
        assert answer.status_code == 400
        assert answer.headers["access-control-allow-origin"] == host.server.base_url
    assert "Traceback" not in host.server.stderr[logged:]
