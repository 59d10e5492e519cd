"""What no client says: whoever says it is closed, and nobody else notices."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from websockets.exceptions import ConnectionClosed

from tests.engine.tcp import request
from tests.engine.wire import PATH, Frames, websocket
from tests.socket.host import Host
from tests.socket.raw import no_more_sockets_than, open_sockets

DEEP = 20_000

#: Not Engine.IO packets, or none that a client has any business to send.
BAD_FRAMES = ("", "x", "9", "7", "0{}", "6", '0{"sid":"x"}', "-1", " 3", "\x1e", "[]", "é", "\x00")
#: In a message packet, and no Socket.IO packet, or none for a server.
BAD_PACKETS = (
    "4",
    "4x",
    "49",
    "47",
    '44{"message":"x"}',
    "42",
    "427",
    "42{}",
    '42"keepalive"',
    "42null",
    "42[]",
    "427[]",
    "42[null]",
    "42[7]",
    '42[["keepalive"]]',
    '42[{"a":1}]',
    "42[",
    '42["keepalive"',
    '42["keepalive"]x',
    '42["keepalive"][]',
    "42['keepalive']",
    '42["keepalive",]',
    '42["keepalive",01]',
    '42["keepalive","\x1f"]',
    '42-1["keepalive"]',
    '42 7["keepalive"]',
    '42٣["keepalive"]',
    '421.5["keepalive"]',
    '42["connect"]',
    '42["connect_error",{}]',
    '42["disconnect"]',
    '427["disconnect",{}]',
    '42/chat,["keepalive"]',
    '42/chat["keepalive"]',
    '45["keepalive"]',
    '450-["keepalive"]',
    '451-["keepalive",{"_placeholder":true,"num":0}]',
    '451-7["keepalive",{"_placeholder":true,"num":0}]',
    '459999999999-["keepalive",{"_placeholder":true,"num":0}]',
    "461-7[]",
    "460-[]",
)
#: As frames of their own kind.
BINARY = (b"", b"\x04", b"4", b'42["keepalive"]', b"3", b"1", b"\xff" * 100)


@pytest.fixture
async def socket(host: Host) -> AsyncIterator[Frames]:
    """Somebody signed in who misbehaves; afterwards no session of theirs is left."""
    before = await open_sockets(host.server)
    async with websocket(host.server, host.token()) as socket:
        yield socket
    await no_more_sockets_than(host.server, before)


@pytest.mark.parametrize("frame", [*BAD_FRAMES, *BAD_PACKETS, *BINARY], ids=repr)
async def test_it_closes_the_socket_it_comes_from_and_nothing_after_it_is_done(
    host: Host, socket: Frames, frame: str | bytes
) -> None:
    await socket.send(frame, '4277["keepalive"]')
    heard = await socket.closes()
    assert not [said for said in heard if said.startswith("4377")], heard


@pytest.mark.parametrize("frame", [*BAD_FRAMES[:4], *BAD_PACKETS[:8], '451-["x"]', *BINARY[:2]], ids=repr)
async def test_it_closes_somebody_who_is_not_signed_in_as_well(host: Host, frame: str | bytes) -> None:
    async with websocket(host.server) as socket:
        await socket.send(frame)
        assert await socket.closes() == []


async def test_close_is_obeyed(socket: Frames) -> None:
    await socket.send("1")
    await socket.closes()


async def test_a_ping_of_a_client_does_not_hang_the_socket(socket: Frames) -> None:
    # The server asks since the 4th version, so nobody needs the answer; clients of the 3rd ask.
    await socket.send("2")
    await socket.works_or_closes()


@pytest.mark.parametrize("packet", ["43", "437", "437{}", "437[", '437"x"', "43[1]", "43/chat,7[]"])
async def test_acknowledgements_of_nothing_that_are_wrong_besides_do_not_hang_the_socket(
    socket: Frames, packet: str
) -> None:
    # We ask for none, so nobody needs to look into them.
    await socket.send(packet)
    await socket.works_or_closes()


async def test_pongs_nobody_asked_for_do_no_harm(socket: Frames) -> None:
    await socket.send("3", "3", "3")
    assert await socket.works()


async def test_an_upgrade_packet_on_a_websocket_upgrades_nothing(socket: Frames) -> None:
    await socket.send("5")
    await socket.works_or_closes()


@pytest.mark.parametrize("digits", ["9" * 20, "9" * 300, "1" + "0" * 100_000])
async def test_an_id_of_any_length_is_given_back_or_refused(socket: Frames, digits: str) -> None:
    await socket.send(f'42{digits}["keepalive"]', '4277["keepalive"]')
    heard = await socket.closes() if len(digits) > 300 else None
    if heard is None:
        return await gives_back(socket, digits)
    assert not [said for said in heard if said.startswith("43")], heard
    return None


async def gives_back(socket: Frames, digits: str) -> None:
    """Either this very id or a closed connection; never another id, never silence."""
    answers = asyncio.create_task(socket.receives("43"))
    done, _ = await asyncio.wait([answers], timeout=5)
    assert done, "neither an answer nor an end"
    assert answers.exception() is not None or answers.result() == f'43{digits}[{{"ok":true}}]'


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
async def test_json_as_deep_as_a_frame_is_long(host: Host, socket: Frames, opening: str, closing: str) -> None:
    tracebacks = host.server.stderr.count("Traceback")
    inner = opening * DEEP + ("1" if opening != "[" else "") + closing * DEEP
    await socket.send(f'4277["keepalive",{inner}]')
    await socket.works_or_closes()
    assert host.server.stderr.count("Traceback") == tracebacks


async def test_a_frame_of_the_announced_length_passes_and_one_above_it_closes(host: Host) -> None:
    longest = 128 * 1024
    frame = '4277["keepalive",{"x":""}]'
    async with websocket(host.server, host.token()) as socket:
        await socket.send(frame.replace('""', f'"{"x" * (longest - len(frame))}"'))
        assert await socket.receives("4377") == '4377[{"ok":true}]'
        await socket.send(frame.replace('""', f'"{"x" * (longest - len(frame) + 1)}"'))
        await socket.closes()
        assert socket.connection.close_code == 1009  # RFC 6455 §7.4.1: too big


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "9" * 400])
async def test_numbers_that_json_does_not_have_do_not_come_out_again(host: Host, number: str) -> None:
    # Whether they are let in is for the command to say; another client's parser would end its connection for them.
    ana, bob = host.add("Ana"), host.add("Bob")
    conversation_id = ana.direct(bob)
    async with websocket(host.server, ana.token) as one, websocket(host.server, bob.token) as other:
        body = f'{{"conversation_id":"{conversation_id}","content":"x","metadata_json":{{"x":{number}}}}}'
        await one.send(f'427["send_message",{body}]', '428["keepalive"]')
        try:
            said = [await one.receives("437"), await one.receives("438")]
        except ConnectionClosed:
            said = []
        await asyncio.to_thread(ana.send, conversation_id, "the next one")
        while "the next one" not in (frame := await other.receives("42")):
            said.append(frame)
        for packet in said:
            json.loads(packet.lstrip("0123456789"), parse_constant=pytest.fail)


async def test_many_frames_after_a_bad_one_are_not_worked_through(host: Host, socket: Frames) -> None:
    await socket.send("4x", *(f'42{number}["keepalive"]' for number in range(100, 600)))
    heard = await socket.closes()
    assert not [said for said in heard if said.startswith("43")], heard[:3]


KEY = "dGhlIHNhbXBsZSBub25jZQ=="
HEAD = (
    f"GET {PATH}?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n\r\n"
).encode()


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (b"\x81\x013", 1002),  # not masked: RFC 6455 §5.1
        (b"\xc1\x810000\x03", 1002),  # a reserved bit: §5.2
        (b"\x83\x800000", 1002),  # a reserved opcode
        (b"\x09\x800000", 1002),  # a ping in pieces: §5.5
        (b"\x89\xfe\x00\x7e0000" + b"0" * 126, 1002),  # a ping of 126 bytes
        (b"\x80\x800000", 1002),  # the rest of a message that never began: §5.4
        (b"\x81\x820000\xf3\xf8", 1007),  # not UTF-8: §8.1
        (b"\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff0000", 1009),  # longer than anything
    ],
)
async def test_what_is_no_websocket_frame_closes_with_the_code_for_it(host: Host, frame: bytes, code: int) -> None:
    async with request(host.server, HEAD) as raw:
        assert await raw.status() == 101
        while (await raw.reader.readline()).strip():
            pass
        raw.writer.write(frame)
        said = await raw.everything()
        assert b"\x88" in said
        closing = said[said.rindex(b"\x88") :]
        assert int.from_bytes(closing[2:4], "big") == code


async def test_a_ping_of_the_websocket_layer_is_answered_by_it(socket: Frames) -> None:
    async with asyncio.timeout(5):
        await (await socket.connection.ping(b"are you there"))
    assert await socket.works()


async def test_a_message_in_pieces_is_put_together(socket: Frames) -> None:
    await socket.connection.send(iter(["42", '77["keep', 'alive"]']))
    assert await socket.receives("43") == '4377[{"ok":true}]'


async def test_a_close_frame_is_answered_with_one(host: Host) -> None:
    async with websocket(host.server, host.token()) as socket:
        await socket.connection.close(1000, "enough")
        assert socket.connection.close_code == 1000
        assert socket.connection.protocol.close_rcvd is not None
