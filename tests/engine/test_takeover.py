"""Where HTTP ends and a websocket begins on one connection: no byte is lost there, and none is taken for another."""

from __future__ import annotations

import asyncio

import pytest

from tests.engine.rough import HANDSHAKE, rough, text
from tests.engine.wire import connect_packet
from tests.socket.host import Host
from tests.unit.engine.wire import CLOSE, FIN, frame

HEALTH = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize("cut", [len(HANDSHAKE), len(HANDSHAKE) - 1, len(HANDSHAKE) + 1, 10])
async def test_what_stands_behind_the_handshake_is_heard(host: Host, cut: int) -> None:
    everything = HANDSHAKE + text(connect_packet(host.token())) + text('427["keepalive"]')
    async with rough(host.server) as client:
        await client.send(everything[:cut])
        await asyncio.sleep(0.1)
        await client.send(everything[cut:])
        await client.reads_until(b'437[{"ok":true}]')


async def test_so_is_a_lot_of_it_in_its_order(host: Host) -> None:
    said = b"".join(text(f'42{number}["keepalive",{{"x":"{"x" * 500}"}}]') for number in range(1000, 1200))
    async with rough(host.server) as client:
        await client.send(HANDSHAKE + text(connect_packet(host.token())) + said)
        heard = b""
        for number in range(1000, 1200):
            if b"43%d[" % number not in heard:
                heard += await client.reads_until(b"43%d[" % number)
        places = [heard.index(b"43%d[" % number) for number in range(1000, 1200)]
        assert places == sorted(places)


async def test_words_and_a_goodbye_in_one_piece_are_done(host: Host) -> None:
    ana, bob = host.add("Ana"), host.add("Bob")
    conversation_id = ana.direct(bob)
    said = f'42["send_message",{{"conversation_id":"{conversation_id}","content":"and away"}}]'
    async with rough(host.server, ana.token) as client:
        await client.send(text(said) * 3 + text("41") + frame(FIN | CLOSE))
        assert b"\x88" in await client.is_hung_up_on()
    address = f"/messages/conversations/{conversation_id}/messages"
    for _ in range(50):
        if len(bob.http.get(address).json()["data"]) == 3:
            break
        await asyncio.sleep(0.1)
    assert len(bob.http.get(address).json()["data"]) == 3


async def test_a_request_before_the_handshake_is_answered_first(host: Host) -> None:
    async with rough(host.server) as client:
        await client.send(HEALTH)
        await client.reads_until(b"healthy")
        await client.send(HANDSHAKE + text(connect_packet(host.token())))
        assert b"HTTP/1.1 101" in await client.reads_until(b'42["hello"')


async def test_a_handshake_behind_a_request_that_is_not_answered_yet_is_not_taken(host: Host) -> None:
    async with rough(host.server) as client:
        await client.send(HEALTH + HANDSHAKE)
        assert b"101" not in await client.is_hung_up_on()


@pytest.mark.parametrize(
    "handshake",
    [
        HANDSHAKE.replace(b"HTTP/1.1", b"HTTP/1.0"),
        HANDSHAKE.replace(b"Version: 13", b"Version: 12"),
        HANDSHAKE.replace(b"EIO=4", b"EIO=3"),
        HANDSHAKE.replace(b"transport=websocket", b"transport=websocket&sid=nobodys"),
    ],
    ids=["HTTP/1.0", "version 12", "EIO 3", "unknown session"],
)
async def test_what_stands_behind_a_handshake_that_is_refused_is_not_read(host: Host, handshake: bytes) -> None:
    async with rough(host.server) as client:
        await client.send(handshake + text(connect_packet(host.token())) + HEALTH)
        answer = await client.is_hung_up_on()
        assert answer.startswith(b"HTTP/1.1 4")
        assert answer.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize("upgrade", [b"websocket", b"h2c"])
@pytest.mark.parametrize("at_once", [True, False])
async def test_a_body_behind_an_upgrade_that_is_not_made_is_no_request(
    host: Host, upgrade: bytes, at_once: bool
) -> None:
    # A proxy that lets these headers through takes it for a body, and our answer to it for that to the next request.
    head = b"POST /api/v1/auth/logout HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: " + upgrade + b"\r\n"
    head += b"Content-Length: %d\r\n\r\n" % len(HEALTH)
    async with rough(host.server) as client:
        if at_once:
            await client.send(head + HEALTH)
        else:
            await client.send(head)
            await client.send(HEALTH)
        answer = await client.is_hung_up_on()
        assert answer.count(b"HTTP/1.1 ") == 1
        assert b"connection: close" in answer.lower()
