"""Socket.IO packets: who is let in, what is answered, and how it ends. Bad ones are in test_bad_packets.py."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from tests.engine.wire import SOON, connect_packet, websocket
from tests.socket.host import Host
from tests.socket.raw import no_more_sockets_than, open_sockets
from tms_chat.realtime.engine.server import CONNECT_SECONDS


async def test_connect_is_answered_with_an_id_before_anything_else(host: Host) -> None:
    async with websocket(host.server) as socket:
        await socket.send(connect_packet(host.token()))
        connected = await socket.next()
        assert connected.startswith("40")
        assert json.loads(connected[2:]).keys() == {"sid"}
        assert (await socket.next()).startswith('42["rooms_joined"')
        assert (await socket.next()).startswith('42["hello"')


@pytest.mark.parametrize("payload", ["", "{}", '{"token":null}', '{"jwt":"x"}'])
async def test_connect_without_a_token_is_an_error_with_a_message(host: Host, payload: str) -> None:
    async with websocket(host.server) as socket:
        await socket.send("40" + payload)
        assert await socket.next() == '44{"message":"token_missing"}'


@pytest.mark.parametrize(
    "payload", ["[]", '"x"', "7", "true", "null", '["token"]', '{"token":{"a":1}}', "{", "nonsense"]
)
async def test_connect_with_another_payload_lets_nobody_in(host: Host, payload: str) -> None:
    before = await open_sockets(host.server)
    async with websocket(host.server) as socket:
        await socket.send("40" + payload)
        for frame in await socket.closes():
            refusal = json.loads(frame.removeprefix("44"))
            assert refusal == {"message": "token_missing"}, frame
    await no_more_sockets_than(host.server, before)


async def test_a_refused_client_is_told_and_then_its_connection_goes(host: Host) -> None:
    async with websocket(host.server) as socket:
        await socket.send(connect_packet("a.b.c"))
        assert (await socket.closes())[0] == '44{"message":"token_invalid"}'


@pytest.mark.parametrize("packet", ["40/chat,", "40/chat", "40/chat,{}", '40/api/v1,{"token":"x"}', "40/ä,"])
async def test_another_namespace_is_refused_on_itself_and_the_default_one_stays_possible(
    host: Host, packet: str
) -> None:
    async with websocket(host.server) as socket:
        await socket.send(packet)
        refusal = await socket.next()
        name, _, body = refusal.removeprefix("44").partition(",")
        assert name == packet.removeprefix("40").partition(",")[0]
        refused = json.loads(body)
        assert refused.keys() == {"message"}
        assert "/socket.io" in refused["message"]
        await socket.send(connect_packet(host.token()))
        assert (await socket.next()).startswith('40{"sid":')
        assert await socket.works()


async def test_the_default_namespace_may_be_named(host: Host) -> None:
    async with websocket(host.server) as socket:
        await socket.send("40/," + json.dumps({"token": host.token()}))
        await socket.receives('42["hello"')
        await socket.send('42/,7["keepalive"]')
        assert await socket.receives("437") == '437[{"ok":true}]'


async def test_a_second_connect_gets_no_second_session(host: Host) -> None:
    before = await open_sockets(host.server)
    token = host.token()
    async with websocket(host.server, token) as socket:
        await socket.send(connect_packet(token), '4218["keepalive"]')
        frames: list[str] = []
        try:
            while not frames or not frames[-1].startswith("4318"):
                frames.append(await socket.next())
        except ConnectionClosed:
            pass
        assert not [frame for frame in frames if frame.startswith("40")], frames
        assert await open_sockets(host.server) <= before + 1
    await no_more_sockets_than(host.server, before)


async def test_a_connect_beside_one_that_is_being_checked_gets_no_second_session(host: Host) -> None:
    before = await open_sockets(host.server)
    token = host.token()
    async with websocket(host.server) as socket:
        await socket.send(connect_packet(token), connect_packet(token), '4218["keepalive"]')
        frames: list[str] = []
        try:
            while not frames or not frames[-1].startswith("4318"):
                frames.append(await socket.next())
        except ConnectionClosed:
            pass
        assert len([frame for frame in frames if frame.startswith("40")]) <= 1, frames
        assert await open_sockets(host.server) <= before + 1
    await no_more_sockets_than(host.server, before)


@pytest.mark.parametrize(
    "packet",
    ['42["keepalive"]', '427["keepalive"]', "43[]", "437[]", "41", '42/chat,["keepalive"]', '44{"message":"x"}'],
)
async def test_whoever_says_anything_before_connect_is_closed_at_once(host: Host, packet: str) -> None:
    async with websocket(host.server) as socket:
        await socket.send(packet)
        assert await socket.closes() == []


async def test_whoever_says_something_after_being_refused_is_closed(host: Host) -> None:
    async with websocket(host.server) as socket:
        await socket.send("40/chat,{}", '427["keepalive"]')
        assert len(await socket.closes()) == 1


async def test_whoever_does_not_sign_in_is_closed_after_five_seconds(host: Host) -> None:
    async def is_closed(*said: str) -> None:
        async with websocket(host.server) as socket:
            await socket.send(*said)
            await socket.is_given_up_on(seconds=CONNECT_SECONDS + SOON)

    await asyncio.gather(is_closed(), is_closed("40/chat,{}"), is_closed("3"))


@pytest.mark.parametrize("number", [0, 1, 7, 10, 999, 2**31, 2**53 - 1])
async def test_an_acknowledgement_has_the_id_of_the_event_and_an_array(host: Host, number: int) -> None:
    async with websocket(host.server, host.token()) as socket:
        await socket.send(f'42{number}["keepalive"]')
        assert await socket.receives("43") == f'43{number}[{{"ok":true}}]'


async def test_an_event_without_an_id_is_not_acknowledged(host: Host) -> None:
    async with websocket(host.server, host.token()) as socket:
        await socket.send('42["keepalive"]', '42["no_such_event",{}]', '429["keepalive"]')
        heard = [await socket.next() for _ in range(4)]
        assert heard[1].startswith('42["error",{"code":"unknown_event"')
        assert [*heard[:1], *heard[2:]] == ['42["keepalive_ack",{}]'] * 2 + ['439[{"ok":true}]']


async def test_an_id_may_be_used_again(host: Host) -> None:
    async with websocket(host.server, host.token()) as socket:
        for _ in range(3):
            await socket.send('427["keepalive"]')
            assert await socket.receives("43") == '437[{"ok":true}]'


async def test_events_are_acknowledged_in_their_order(host: Host) -> None:
    async with websocket(host.server, host.token()) as socket:
        await socket.send(*(f'42{number}["keepalive"]' for number in range(200)))
        acknowledged = [await socket.receives("43") for _ in range(200)]
        assert acknowledged == [f'43{number}[{{"ok":true}}]' for number in range(200)]


async def test_an_unknown_event_is_acknowledged_with_a_refusal(host: Host) -> None:
    async with websocket(host.server, host.token()) as socket:
        for name in ("no_such_event", "", "hello", "💥", "__init__", "message", "ping", "x" * 1000):
            await socket.send("425" + json.dumps([name, {"a": 1}]))
            ack: list[dict[str, Any]] = json.loads((await socket.receives("435"))[3:])
            assert len(ack) == 1
            assert (ack[0]["ok"], ack[0]["code"]) == (False, "unknown_event")
        assert await socket.works()


async def test_texts_arrive_as_they_were_sent(host: Host) -> None:
    ana, bob = host.add("Ana"), host.add("Bob")
    conversation_id = ana.direct(bob)
    text = 'plain, ünï, 漢字, 💥, \u2028, \x1e, "quoted", \\, 42["x"], </script>'
    async with websocket(host.server, ana.token) as one, websocket(host.server, bob.token) as other:
        body = {"conversation_id": conversation_id, "content": text}
        await one.send(
            "421" + json.dumps(["send_message", body]), "422" + json.dumps(["send_message", body], ensure_ascii=False)
        )
        for number in (1, 2):
            ack = json.loads((await one.receives(f"43{number}"))[3:])[0]
            event = json.loads((await other.receives('42["new_message"'))[2:])
            assert event[1]["content"] == ack["message"]["content"] == text
            assert event[1]["sequence_number"] == number


async def test_acknowledgements_nobody_asked_for_are_passed_over(host: Host) -> None:
    async with websocket(host.server, host.token()) as socket:
        await socket.send("437[]", '430[{"ok":true}]', "43999999999[1,2,3]")
        assert await socket.works()


async def test_disconnect_ends_the_session(host: Host) -> None:
    ana, bob = host.add("Ana"), host.add("Bob")
    conversation_id = ana.direct(bob)
    before = await open_sockets(host.server)
    async with websocket(host.server, bob.token) as socket:
        await socket.send("41")
        await no_more_sockets_than(host.server, before)
        ana.send(conversation_id, "not for a session that is over")
        await socket.send('4218["keepalive"]')
        heard = await socket.closes()
        assert not [frame for frame in heard if frame.startswith(("42", "43"))], heard


async def test_disconnect_from_another_namespace_ends_nothing_here_unless_the_connection(host: Host) -> None:
    async with websocket(host.server, host.token()) as socket:
        await socket.send("41/chat,")
        await socket.works_or_closes()


async def test_what_the_server_says_to_somebody_it_puts_out(host: Host) -> None:
    ana = host.add("Ana")
    async with websocket(host.server, ana.token) as socket:
        assert ana.http.post("/auth/logout").status_code == 200
        heard = await socket.closes()
        assert [frame for frame in heard if frame.startswith('42["error"')]
        assert heard[-1].startswith("41")  # so that a client knows it for a verdict, and does not come back by itself
