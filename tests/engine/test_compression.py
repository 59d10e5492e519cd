"""permessage-deflate, which SOCKET_COMPRESSION switches on: both ways, and one compressed frame for everybody."""

from __future__ import annotations

import json
import subprocess
import zlib
from collections.abc import Iterator
from contextlib import suppress

import pytest
from websockets.asyncio.client import connect

from tests.engine.node_clients import FOLDER, NODE, VERSIONS, install
from tests.engine.rough import HANDSHAKE, connections, many, memory_kb, no_more_than, rough, text
from tests.engine.wire import PATH, Frames, connect_packet
from tests.socket.device import Device
from tests.socket.host import Host, running_host
from tests.support.processes import PATH as PROGRAMS
from tests.support.processes import bound_to_us
from tests.unit.engine.wire import FIN, RSV1, TEXT, frame, packed

LONG = "the same words " * 600 + "."
OFFER = HANDSHAKE.replace(b"\r\n\r\n", b"\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n")


@pytest.fixture(scope="module")
def packing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """A server that compresses."""
    with running_host(tmp_path_factory.mktemp("packing"), None, SOCKET_COMPRESSION=" On ") as host:
        yield host


async def test_messages_go_both_ways_and_each_is_compressed_by_itself(packing: Host) -> None:
    ana, bob = packing.add("Ana"), packing.add("Bob")
    conversation_id = ana.direct(bob)
    address = f"ws{packing.server.base_url.removeprefix('http')}{PATH}?EIO=4&transport=websocket"
    async with connect(address, compression="deflate") as one, connect(address, compression="deflate") as other:
        for connection in (one, other):
            negotiated = str(connection.response.headers["Sec-WebSocket-Extensions"] if connection.response else "")
            assert "server_no_context_takeover" in negotiated
            assert "client_no_context_takeover" in negotiated
        sender, hearer = Frames(one), Frames(other)
        await sender.send(connect_packet(ana.token))
        await hearer.send(connect_packet(bob.token))
        for socket in (sender, hearer):
            await socket.receives('42["hello"')
        for number in range(1, 6):
            body = {"conversation_id": conversation_id, "content": f"{number} {LONG}"}
            await sender.send(f"42{number}" + json.dumps(["send_message", body]))
            heard = json.loads((await hearer.receives('42["new_message"'))[2:])[1]
            assert heard["content"] == f"{number} {LONG}"
            assert f'"sequence_number":{number}' in await sender.receives(f"43{number}")


def compressed(said: bytes) -> Iterator[bytes]:
    """What may be a compressed frame of 126 bytes or more, wherever it stands."""
    at = -1
    while (at := said.find(bytes((FIN | RSV1 | TEXT, 126)), at + 1)) >= 0:
        yield said[at : at + 4 + int.from_bytes(said[at + 2 : at + 4], "big")]


def unpacked(frame: bytes) -> str:
    """What it says; nothing when it is no such frame."""
    with suppress(zlib.error):
        return zlib.decompressobj(wbits=-15).decompress(frame[4:] + b"\x00\x00\xff\xff").decode()
    return ""


async def test_a_long_event_is_a_short_frame_and_the_same_for_everybody(packing: Host) -> None:
    ana, bob, cleo = packing.add("Ana"), packing.add("Bob"), packing.add("Cleo")
    conversation_id = ana.group("Team", bob, cleo)
    frames = []
    async with rough(packing.server) as one, rough(packing.server) as other:
        for client, person in ((one, bob), (other, cleo)):
            await client.send(OFFER + text(connect_packet(person.token)))
            # Both are in their rooms, and the second one's arrival was told to the first: then nothing else is said.
            await client.send(text('427["keepalive"]'))
            await client.reads_until(b'437[{"ok":true}]')
        ana.send(conversation_id, LONG)
        for client in (one, other):
            await client.send(text('428["keepalive"]'))
            said = await client.reads_until(b'438[{"ok":true}]')
            frames.append(next(frame for frame in compressed(said) if LONG in unpacked(frame)))
    assert frames[0] == frames[1]
    assert len(frames[0]) < 2000 < len(LONG)


async def test_who_does_not_offer_it_gets_none(packing: Host) -> None:
    ana, bob = packing.add("Ana"), packing.add("Bob")
    conversation_id = ana.direct(bob)
    async with rough(packing.server, bob.token) as plain:
        ana.send(conversation_id, LONG)
        await plain.reads_until(LONG.encode())


async def test_without_the_setting_nobody_gets_it(host: Host) -> None:
    async with rough(host.server) as client:
        await client.send(OFFER)
        assert b"xtensions" not in await client.reads_until(b'"sid"')


@pytest.mark.parametrize("version", [VERSIONS[0], VERSIONS[-1]])
def test_the_official_client_does_too(packing: Host, version: str) -> None:
    install()
    ana, bob = packing.add("Ana"), packing.add("Bob")
    arguments = [version, packing.server.base_url, ana.token, ana.direct(bob), LONG]
    done = subprocess.run(
        bound_to_us([NODE, "node", "compressed.mjs", *arguments], signal="KILL"),
        cwd=FOLDER,
        env={"PATH": PROGRAMS},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    saw = json.loads(done.stdout)
    assert "permessage-deflate" in saw["extensions"]
    assert saw["acks"] == [True, True]
    assert saw["heard"] == [LONG] * 2


async def test_frames_that_become_a_thousand_times_as_large_are_unpacked_a_few_at_a_time(packing: Host) -> None:
    bomb = frame(FIN | RSV1 | TEXT, packed(b'42["keepalive",{"x":"' + b"x" * 130_000 + b'"}]'))
    assert len(bomb) < 300
    bea = packing.add("Bea")
    before = connections(packing.server)
    async with Device(packing.server, bea.token) as bystander, many(packing.server, 5) as eves:
        start = memory_kb(packing.server)
        for client in eves:
            await client.send(OFFER + text(connect_packet(packing.token())) + bomb * 800)
        for _ in range(20):
            await bystander.settle()
            assert memory_kb(packing.server) - start < 24 * 1024
    await no_more_than(packing.server, before)


async def test_what_does_not_unpack_ends_the_socket(packing: Host) -> None:
    for payload in (b"\xff\xff\xff", packed(b"x" * 200_000), zlib.compress(b"42")):
        async with rough(packing.server) as client:
            await client.send(OFFER + frame(FIN | RSV1 | TEXT, payload))
            assert b"\x88" in (await client.is_hung_up_on())[-20:]
