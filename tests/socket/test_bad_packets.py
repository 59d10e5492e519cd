"""Packets that no well-behaved client sends: the socket they come from may be closed, everything else goes on."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress

import pytest
from websockets.exceptions import ConnectionClosed

from tests.socket.device import Device
from tests.socket.host import Host, running_host
from tests.socket.raw import no_more_sockets_than, open_sockets, raw_socket

# Each carries the acknowledgement number 17 where a packet of its kind can carry one.
BROKEN = {
    "broken JSON": '4217["keepalive",{',
    "an empty event": "4217[]",
    "an event without data": "4217",
    "a number for a name": '4217[5,{"conversation_id":"x"}]',
    "an object for a name": "4217[{},{}]",
    "a payload nested 60,000 deep": '4217["keepalive",' + "[" * 60_000 + "]" * 60_000 + "]",
    "a number of 5,000 digits": '4217["send_message",{"conversation_id":' + "9" * 5_000 + "}]",
    "a name with half a surrogate pair": r'4217["\ud800"]',
    "a packet type that does not exist": "49",
    "no packet type": "4x",
    "an error for the server": '44{"message":"no"}',
    "another namespace": '42/api/v1,17["keepalive"]',
    "an acknowledgement of nothing": "43999[]",
    "an acknowledgement number of 200 digits": "42" + "9" * 200 + '["keepalive"]',
    "an Engine.IO packet type that does not exist": "9",
    "no Engine.IO packet": "hello",
    "an Engine.IO OPEN": '0{"sid":"x"}',
    "an Engine.IO PONG to no PING": "3",
    "an empty Engine.IO message": "4",
}


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """A server of its own: none of this reaches a database."""
    with running_host(tmp_path_factory.mktemp("target"), None) as host:
        yield host


@pytest.fixture
async def bystander(target: Host) -> AsyncIterator[Device]:
    """Somebody who hears messages before and after as if nothing had happened; and no session is left behind."""
    ana, bob = target.add("Ana"), target.add("Bob")
    conversation_id = ana.direct(bob)
    async with Device(target.server, bob.token) as device:
        before = await open_sockets(target.server)
        yield device
        ana.send(conversation_id, "after")
        await device.hears("new_message", content="after")
        await device.settle()
        await no_more_sockets_than(target.server, before)


@pytest.mark.parametrize("frame", BROKEN.values(), ids=BROKEN.keys())
async def test_a_broken_packet_harms_nobody_else(target: Host, bystander: Device, frame: str) -> None:
    before = target.server.stderr.count("Traceback")
    async with raw_socket(target.server, target.add("Eve").token) as raw:
        await raw.send(frame)
        await raw.answers()
    await bystander.settle()
    # A traceback is for our mistakes. Written for a client's, it lets anybody fill the disk.
    assert target.server.stderr.count("Traceback") == before


@pytest.mark.parametrize("name", [name for name, frame in BROKEN.items() if frame.startswith("4217")])
async def test_a_command_that_cannot_be_read_is_refused_or_ends_the_socket(target: Host, name: str) -> None:
    # Never silence: a client would wait for ever.
    async with raw_socket(target.server, target.add("Eve").token) as raw:
        await raw.send(BROKEN[name])
        await raw.send('4218["keepalive"]')
        frames = await raw.frames_until("4318")
        said = [frame for frame in frames if frame.startswith(("4317", '42["error"'))]
        closed = not frames or not frames[-1].startswith("4318")
        assert said or closed
        assert '"ok":true' not in "".join(said)


@pytest.mark.parametrize("name", ["connect", "disconnect"])
async def test_the_names_of_the_librarys_own_events_are_nothing_a_client_can_send(
    target: Host, bystander: Device, name: str
) -> None:
    # `disconnect` once took the session away and left the socket in its rooms: deaf to logout, not to messages.
    ana, eve = target.add("Ana"), target.add("Eve")
    conversation_id = ana.direct(eve)
    async with raw_socket(target.server, eve.token) as raw:
        await raw.send(f'4217["{name}",{{}},{{"token":"{eve.token}"}}]')
        ack = await raw.ack(17)
        assert ack is None or ack["ok"] is False
        assert eve.http.post("/auth/logout").status_code == 200
        ana.send(conversation_id, "not for a session that has ended")
        with suppress(ConnectionClosed):
            await raw.send('4218["keepalive"]')
        frames = await raw.frames_until("41")
        assert not [frame for frame in frames if frame.startswith('42["new_message"')]


async def test_binary_packets_are_refused(target: Host, bystander: Device) -> None:
    ana, eve = target.add("Ana"), target.add("Eve")
    conversation_id = ana.direct(eve)
    payload = {"conversation_id": conversation_id, "content": {"_placeholder": True, "num": 0}}
    async with raw_socket(target.server, eve.token) as raw:
        with suppress(ConnectionClosed):
            await raw.send("451-17" + json.dumps(["send_message", payload]))
            await raw.send(b"as bytes")
        ack = await raw.ack(17)
        assert ack is None or ack["ok"] is False
    assert ana.http.get(f"/messages/conversations/{conversation_id}/messages").json()["data"] == []


@pytest.mark.parametrize("attachments", ["1", "1000000000"])
async def test_a_promise_of_attachments_does_not_make_the_server_collect_them(
    target: Host, bystander: Device, attachments: str
) -> None:
    # A socket that is deaf for the rest of its life, with a heap of bytes that grows, is what must not be.
    async with raw_socket(target.server, target.add("Eve").token) as raw:
        with suppress(ConnectionClosed):
            await raw.send(f'45{attachments}-17["keepalive",{{"_placeholder":true,"num":7}}]')
            for _ in range(3):
                await raw.send(b"x" * 1000)
            await raw.send('4218["keepalive"]')
        ack = await raw.ack(18)
        assert ack is None or ack == {"ok": True}


async def test_a_frame_over_128_kb_closes_only_the_socket_it_comes_from(target: Host, bystander: Device) -> None:
    eve = target.add("Eve")
    async with Device(target.server, eve.token) as other_device, raw_socket(target.server, eve.token) as raw:
        await raw.send('4217["keepalive",{"x":"' + "x" * (128 * 1024) + '"}]')
        assert await raw.ack(17) is None
        await other_device.settle()
    async with raw_socket(target.server, eve.token) as raw:
        await raw.send('4217["keepalive",{"x":"' + "x" * (120 * 1024) + '"}]')
        assert await raw.ack(17) == {"ok": True}


async def test_a_second_connect_on_the_same_socket_makes_no_second_session(target: Host, bystander: Device) -> None:
    eve = target.add("Eve")
    before = await open_sockets(target.server)
    async with raw_socket(target.server, eve.token) as raw:
        for _ in range(3):
            await raw.send("40" + json.dumps({"token": eve.token}))
        await raw.answers()
        assert await open_sockets(target.server) <= before + 1
