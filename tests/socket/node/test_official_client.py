"""The core story with the official socket.io-client, which is what browsers run."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from tests.conftest import StartServer
from tests.socket.casing import snake
from tests.socket.host import HOST_SECRET, Host
from tests.socket.node.device import NodeDevice, node_device


@pytest.mark.parametrize("transports", ["websocket", "polling,websocket", "polling"])
async def test_both_sides_of_a_conversation_hear_a_message_at_once(host: Host, transports: str) -> None:
    ana, bob = host.add("Ana"), host.add("Bob")
    async with (
        node_device(host.server, ana.token, transports=transports) as one,
        node_device(host.server, bob.token, transports=transports) as other,
    ):
        for device in (one, other):
            await ready(device)
            assert device.all_of("open")[0]["transport"] == transports.partition(",")[0]
            if transports == "polling,websocket":
                assert (await device.sees("upgrade"))["transport"] == "websocket"
        conversation_id = ana.direct(bob)
        payload = {"conversation_id": conversation_id, "content": "hi 👋", "client_id": str(uuid4())}
        ack = await one.asks("send_message", payload)
        assert ack["ok"] is True
        for device in (one, other):
            await device.sees("event", name="new_message")
            assert await device.asks("keepalive") == {"ok": True}
            assert device.events("new_message") == [ack["message"] | {"seq": 1}]
            assert [body["id"] for body in device.events("conversation_created")] == [conversation_id]
        answer = bob.send(conversation_id, "by REST")
        await one.sees("event", name="new_message", times=2)
        assert one.events("new_message")[1] == snake(answer) | {"seq": 2}


async def test_rooms_and_heads_come_before_anything_else(host: Host) -> None:
    ana, bob = host.add("Ana"), host.add("Bob")
    conversation_id = ana.direct(bob)
    ana.send(conversation_id, "before")
    async with node_device(host.server, bob.token) as device:
        await ready(device)
        names = [happening.get("name", happening["what"]) for happening in device.happened]
        assert names == ["open", "connect", "rooms_joined", "hello"]
        assert device.events("rooms_joined") == [{"conversation_ids": [conversation_id]}]
        assert device.events("hello")[0]["heads"] == {conversation_id: 1}


@pytest.mark.parametrize("transports", ["websocket", "polling"])
async def test_a_bad_token_is_a_connect_error_with_the_word_for_it(host: Host, transports: str) -> None:
    for token, code in (("", "token_missing"), ("a.b.c", "token_invalid"), (host.token(seconds=-60), "token_expired")):
        async with node_device(host.server, token, transports=transports) as device:
            refused = await device.sees("connect_error")
            assert refused["message"] == code
            assert refused["active"] is False  # a verdict, not a network failure: the client does not try it again


async def test_another_namespace_is_a_connect_error_with_a_sentence(host: Host) -> None:
    async with node_device(host.server, host.token(), namespace="/api/v1") as device:
        assert "/socket.io" in (await device.sees("connect_error"))["message"]


async def test_signing_out_disconnects_it_for_good(host: Host) -> None:
    ana = host.add("Ana")
    async with node_device(host.server, ana.token) as device:
        await ready(device)
        assert ana.http.post("/auth/logout").status_code == 200
        ended = await device.sees("disconnect")
        assert ended["reason"] == "io server disconnect"
        assert ended["active"] is False


async def test_twenty_commands_at_once_are_all_answered_in_order(host: Host) -> None:
    ana, bob = host.add("Ana"), host.add("Bob")
    conversation_id = ana.direct(bob)
    async with node_device(host.server, ana.token, transports="polling") as device:
        await ready(device)
        sends = [
            device.asks("send_message", {"conversation_id": conversation_id, "content": str(n)}) for n in range(20)
        ]
        await asyncio.gather(*sends)
        await device.sees("ack", times=20)
        sent = [happening["ack"]["message"] for happening in device.all_of("ack")]
        assert [message["sequence_number"] for message in sent] == list(range(1, 21))
        assert [message["content"] for message in sent] == [str(number) for number in range(20)]


async def test_after_a_restart_of_the_server_it_comes_back_and_hears_again(
    start_server: StartServer, database_url: str | None
) -> None:
    server = start_server(DATABASE_URL=database_url, NEXTAUTH_SECRET=HOST_SECRET, RATE_LIMITS="off")
    host = Host(server)
    ana, bob = host.add("Ana"), host.add("Bob")
    conversation_id = ana.direct(bob)
    for end in (server.stop, server.kill):
        async with node_device(server, bob.token) as device:
            await ready(device)
            before = ana.send(conversation_id, "before")
            await device.sees("event", name="new_message")
            await asyncio.to_thread(end)
            lost = await device.sees("disconnect")
            assert lost["active"] is True  # it will try again
            server.start()  # not in a thread: the kernel would end the server with it
            await device.sees("event", name="hello", times=2)
            assert device.events("hello")[1]["heads"] == {conversation_id: before["sequenceNumber"]}
            after = ana.send(conversation_id, "after")
            await device.sees("event", name="new_message", times=2)
            assert device.events("new_message")[1]["id"] == after["id"]
    host.close()


async def ready(device: NodeDevice) -> None:
    """Connected, in its rooms and greeted; not before may anything be expected of it."""
    await device.sees("event", name="hello")
    assert device.events("rooms_joined")
