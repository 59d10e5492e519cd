"""Long-polling: one GET that waits, one POST that says `ok`, packets in order, and what ends the session."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest

from tests.engine.tcp import request
from tests.engine.wire import POLLING, SEPARATOR, SOON, Polling, connect_packet
from tests.socket.host import Host
from tests.socket.raw import no_more_sockets_than, open_sockets
from tms_chat.realtime.engine.server import CONNECT_SECONDS


async def test_a_post_is_answered_ok(http: httpx.AsyncClient) -> None:
    session = await Polling.open(http)
    answer = await session.post("3")
    assert (answer.status_code, answer.text) == (200, "ok")
    await session.post("1")


async def test_a_poll_waits_until_there_is_something_to_hear(host: Host, http: httpx.AsyncClient) -> None:
    session = await Polling.open(http, host.token())
    poll = asyncio.create_task(session.packets())
    await asyncio.sleep(0.3)
    assert not poll.done()
    await session.post('427["keepalive"]')
    async with asyncio.timeout(SOON):
        heard = await poll
    assert heard[0] in ('42["keepalive_ack",{}]', '437[{"ok":true}]')
    await session.post("1")


async def test_packets_in_one_request_are_heard_in_their_order(host: Host, http: httpx.AsyncClient) -> None:
    session = await Polling.open(http)
    batch = [f'42{number}["keepalive"]' for number in range(30)]
    assert (await session.post(connect_packet(host.token()), *batch)).text.lower() == "ok"
    heard: list[str] = []
    async with asyncio.timeout(10):
        while '4329[{"ok":true}]' not in heard:
            heard += await session.packets()
    assert heard[0].startswith('40{"sid":')
    assert [packet for packet in heard if packet[:2] == "43"] == [f'43{number}[{{"ok":true}}]' for number in range(30)]
    await session.post("1")


async def test_what_waits_comes_in_one_answer(host: Host, http: httpx.AsyncClient) -> None:
    session = await Polling.open(http, host.token())
    for number in range(5):
        await session.post(f'42{number}["keepalive"]')
    await asyncio.sleep(0.3)
    answer = await session.get()
    assert answer.headers["content-type"].lower() == "text/plain; charset=utf-8"
    assert [packet for packet in answer.text.split(SEPARATOR) if packet[:2] == "43"] == [
        f'43{number}[{{"ok":true}}]' for number in range(5)
    ]
    await session.post("1")


async def test_a_separator_inside_a_text_separates_nothing(host: Host, http: httpx.AsyncClient) -> None:
    ana, bob = host.add("Ana"), host.add("Bob")
    conversation_id = ana.direct(bob)
    session = await Polling.open(http, bob.token)
    await asyncio.to_thread(ana.send, conversation_id, "one\x1etwo \u2028 drei 💥")
    packet = await session.receives('42["new_message"')
    assert json.loads(packet[2:])[1]["content"] == "one\x1etwo \u2028 drei 💥"
    payload = {"conversation_id": conversation_id, "content": "zurück: \x1e ✓"}
    await session.post("425" + json.dumps(["send_message", payload], ensure_ascii=False).replace("\x1e", "\\u001e"))
    assert json.loads((await session.receives("435"))[3:])[0]["message"]["content"] == payload["content"]
    await session.post("1")


async def test_two_polls_at_once_end_the_session(host: Host, http: httpx.AsyncClient) -> None:
    before = await open_sockets(host.server)
    session = await Polling.open(http, host.token())
    first = asyncio.create_task(session.get())
    await asyncio.sleep(0.3)
    assert not first.done()
    second = await session.get()
    assert second.status_code == 400
    async with asyncio.timeout(SOON):
        await first  # whatever it brings, nobody is left waiting
    assert await session.is_over()
    await no_more_sockets_than(host.server, before)


async def test_two_posts_at_once_end_the_session(host: Host, http: httpx.AsyncClient) -> None:
    before = await open_sockets(host.server)
    session = await Polling.open(http, host.token())
    head = f"POST {session.address} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n42"
    async with request(host.server, head.encode()) as unfinished:
        await asyncio.sleep(0.3)
        assert (await session.post("3")).status_code == 400
        assert await session.is_over()
        unfinished.writer.write(b"x" * 98)
        assert await unfinished.status() in (400, None)
    await no_more_sockets_than(host.server, before)


async def test_closing_releases_the_poll_that_waits(host: Host, http: httpx.AsyncClient) -> None:
    before = await open_sockets(host.server)
    session = await Polling.open(http, host.token())
    poll = asyncio.create_task(session.get())
    await asyncio.sleep(0.3)
    assert (await session.post("1")).status_code == 200
    async with asyncio.timeout(SOON):
        answer = await poll
    assert answer.status_code == 400 or answer.text in ("6", "1"), answer.text
    assert (await session.get()).status_code == 400
    assert (await session.post("3")).status_code == 400
    await no_more_sockets_than(host.server, before)


async def test_a_poll_that_nobody_waits_for_any_more_takes_nothing_with_it(host: Host, http: httpx.AsyncClient) -> None:
    # A page that lost its network for a moment: it hears what it missed, or that its session is over.
    ana, bob = host.add("Ana"), host.add("Bob")
    conversation_id = ana.direct(bob)
    session = await Polling.open(http, bob.token)
    with pytest.raises(httpx.ReadTimeout):
        await http.get(session.address, timeout=0.3)
    await asyncio.sleep(0.2)
    await asyncio.to_thread(ana.send, conversation_id, "after the gap")
    async with asyncio.timeout(SOON):
        while (answer := await session.get()).status_code == 200 and "after the gap" not in answer.text:
            pass
    await session.post("1")


async def test_a_session_nobody_signs_in_on_ends_after_five_seconds(host: Host, http: httpx.AsyncClient) -> None:
    silent, elsewhere = await Polling.open(http), await Polling.open(http)
    await elsewhere.post("40/chat,{}")
    await asyncio.sleep(CONNECT_SECONDS)
    assert all(await asyncio.gather(silent.is_over(), elsewhere.is_over()))


@pytest.mark.parametrize(
    "body",
    [
        b"9",
        b"x",
        b"0{}",
        b'{"token":"x"}',
        b"bAQIDBA==",
        b"b",
        b'451-["keepalive",{"_placeholder":true,"num":0}]\x1ebAQIDBA==',
        b"\xff\xfe",
        b"4\xc3",
        b"\x1e",
        b"42\x1e\x1e",
        b"d=4%7B",
    ],
    ids=repr,
)
async def test_what_is_no_packet_ends_the_session(host: Host, http: httpx.AsyncClient, body: bytes) -> None:
    before = await open_sockets(host.server)
    session = await Polling.open(http, host.token())
    answer = await http.post(session.address, content=body)
    assert answer.status_code in (200, 400), answer.text
    assert await session.is_over()
    await no_more_sockets_than(host.server, before)


async def test_a_request_above_the_bound_is_413_and_ends_the_session(host: Host, http: httpx.AsyncClient) -> None:
    session = await Polling.open(http, host.token())
    longest = session.opened["maxPayload"]
    packet = f'421["keepalive",{{"x":"{"x" * longest}"}}]'
    fits = f'421["keepalive",{{"x":"{"x" * (longest - 30)}"}}]'
    assert (await session.post(fits)).status_code == 200
    await session.receives("431")
    assert (await session.post(packet)).status_code == 413
    assert await session.is_over()


async def test_a_request_of_unknown_length_has_the_same_bound(host: Host, http: httpx.AsyncClient) -> None:
    session = await Polling.open(http, host.token())
    head = f"POST {session.address} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with request(host.server, head.encode()) as endless:
        for _ in range(20):
            endless.writer.write(b"4000\r\n" + b"4" * 0x4000 + b"\r\n")
        assert await endless.status() == 413
    assert await session.is_over()


async def test_a_request_that_promises_too_much_is_refused_before_it_is_read(
    host: Host, http: httpx.AsyncClient
) -> None:
    session = await Polling.open(http, host.token())
    head = f"POST {session.address} HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000000\r\n\r\n42"
    async with request(host.server, head.encode()) as promise:
        assert await promise.status() == 413
    assert await session.is_over()


async def test_a_post_that_is_cut_off_does_nothing(host: Host, http: httpx.AsyncClient) -> None:
    ana, bob = host.add("Ana"), host.add("Bob")
    conversation_id = ana.direct(bob)
    session = await Polling.open(http, ana.token)
    packet = "423" + json.dumps(["send_message", {"conversation_id": conversation_id, "content": "half"}])
    head = f"POST {session.address} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(packet) + 5}\r\n\r\n{packet}"
    async with request(host.server, head.encode()):
        await asyncio.sleep(0.2)
    await asyncio.sleep(0.2)
    assert bob.http.get(f"/messages/conversations/{conversation_id}/messages").json()["data"] == []


async def test_a_foreign_session_is_not_reached_by_a_longer_or_shorter_id(host: Host, http: httpx.AsyncClient) -> None:
    session = await Polling.open(http, host.token())
    for sid in (session.sid[:-1], session.sid + "A", session.sid.swapcase(), f"{session.sid}%00"):
        assert (await http.get(f"{POLLING}&sid={sid}")).status_code == 400
    assert await session.works()
    await session.post("1")
