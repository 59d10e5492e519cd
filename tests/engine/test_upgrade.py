"""From polling to a websocket: probed, released, completed; nothing is lost, doubled or out of order on the way."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest

from tests.engine.wire import SEPARATOR, SOON, Polling, connect_packet, frames, is_turned_away, upgrading
from tests.socket.host import Host
from tests.socket.raw import no_more_sockets_than, open_sockets
from tests.support.people import Person

COUNT = 40


def numbers(packets: list[str]) -> list[int]:
    """Which messages these packets brought, in their order."""
    return [json.loads(packet[2:])[1]["sequence_number"] for packet in packets if packet.startswith('42["new_message"')]


async def test_the_upgrade_that_the_document_draws(host: Host, http: httpx.AsyncClient) -> None:
    session = await Polling.open(http, host.token())
    poll = asyncio.create_task(session.get())
    await asyncio.sleep(0.3)
    async with upgrading(host.server, session) as socket:
        async with asyncio.timeout(SOON):
            answer = await poll
        assert (answer.status_code, answer.text) == (200, "6")
        await socket.send("5")
        assert await socket.works()


async def test_a_session_may_sign_in_after_its_upgrade(host: Host, http: httpx.AsyncClient) -> None:
    # The order in which browsers do it, when the websocket is quicker than the token is checked.
    session = await Polling.open(http)
    async with upgrading(host.server, session) as socket:
        await socket.send("5", connect_packet(host.token()))
        await socket.receives('40{"sid":')
        await socket.receives('42["hello"')
        assert await socket.works()


async def test_a_session_that_signed_in_before_is_still_signed_in_long_after(
    host: Host, http: httpx.AsyncClient
) -> None:
    # Nobody counts the five seconds to sign in for its new connection.
    session = await Polling.open(http, host.token())
    async with upgrading(host.server, session) as socket:
        await socket.send("5")
        await asyncio.sleep(6.5)
        assert await socket.works()


@pytest.mark.parametrize("is_polled", [True, False], ids=["polled until released", "not polled"])
async def test_what_is_said_during_the_upgrade_is_heard_once_and_in_order(
    host: Host, http: httpx.AsyncClient, is_polled: bool
) -> None:
    ana, bob = host.add("Ana"), host.add("Bob")
    conversation_id = ana.direct(bob)
    session = await Polling.open(http, bob.token)
    heard: list[str] = []
    talking = asyncio.create_task(asyncio.to_thread(talk, ana, conversation_id))
    poll = asyncio.create_task(session.packets()) if is_polled else None
    async with upgrading(host.server, session) as socket:
        # As clients do: no new poll, and the upgrade packet leaves when the one that waits has been answered.
        if poll is not None:
            async with asyncio.timeout(SOON):
                heard += await poll
        await socket.send("5")
        while not numbers(heard[-1:]) or numbers(heard[-1:]) != [COUNT]:
            heard.append(await socket.next())
        await talking
        assert numbers(heard) == list(range(1, COUNT + 1))
        assert await socket.works()


async def test_what_waits_for_a_poll_when_the_upgrade_begins_comes_over_the_websocket(
    host: Host, http: httpx.AsyncClient
) -> None:
    ana, bob = host.add("Ana"), host.add("Bob")
    conversation_id = ana.direct(bob)
    session = await Polling.open(http, bob.token)
    for text in ("before", "before it too"):
        await asyncio.to_thread(ana.send, conversation_id, text)
    async with upgrading(host.server, session) as socket:
        await asyncio.to_thread(ana.send, conversation_id, "between probe and upgrade")
        await socket.send("5")
        await asyncio.to_thread(ana.send, conversation_id, "after")
        heard = [await socket.receives('42["new_message"') for _ in range(4)]
        assert numbers(heard) == [1, 2, 3, 4]


async def test_a_poll_that_comes_during_the_upgrade_is_released_too(host: Host, http: httpx.AsyncClient) -> None:
    # It was on its way when the probe was answered: whoever waits for it would never finish the upgrade.
    session = await Polling.open(http, host.token())
    async with upgrading(host.server, session) as socket:
        async with asyncio.timeout(SOON):
            answer = await session.get()
        assert (answer.status_code, answer.text) == (200, "6")
        await socket.send("5")
        assert await socket.works()


async def test_a_post_during_the_upgrade_is_heard_before_what_the_websocket_says(
    host: Host, http: httpx.AsyncClient
) -> None:
    ana, bob = host.add("Ana"), host.add("Bob")
    conversation_id = ana.direct(bob)

    def said(text: str) -> str:
        return "42" + json.dumps(["send_message", {"conversation_id": conversation_id, "content": text}])

    session = await Polling.open(http, ana.token)
    async with upgrading(host.server, session) as socket:
        assert (await session.post(said("1"), said("2"))).status_code == 200
        await socket.send("5", said("3"), said("4"))
        assert await socket.works()
    history = bob.http.get(f"/messages/conversations/{conversation_id}/messages").json()["data"]
    assert [message["content"] for message in reversed(history)] == ["1", "2", "3", "4"]


@pytest.mark.parametrize("last_words", [["2probe"], [], ["1"]], ids=["after the probe", "at once", "with a close"])
async def test_a_websocket_that_goes_before_the_upgrade_leaves_polling_as_it_was(
    host: Host, http: httpx.AsyncClient, last_words: list[str]
) -> None:
    session = await Polling.open(http, host.token())
    async with frames(host.server, f"EIO=4&transport=websocket&sid={session.sid}") as socket:
        await socket.send(*last_words)
        if last_words == ["2probe"]:
            assert await socket.next() == "3probe"
    await asyncio.sleep(0.2)
    assert await session.works()
    poll = asyncio.create_task(session.packets())
    await asyncio.sleep(0.5)
    assert not poll.done()  # and no noop comes any more
    await session.post('427["keepalive"]')
    assert (await poll)[0].startswith(("43", "42"))
    await session.post("1")


async def test_a_websocket_that_is_cut_while_it_probes_leaves_polling_as_it_was(
    host: Host, http: httpx.AsyncClient
) -> None:
    session = await Polling.open(http, host.token())
    async with upgrading(host.server, session) as socket:
        socket.connection.transport.abort()
    assert await session.works()
    async with upgrading(host.server, session) as socket:  # and it may try again
        await socket.send("5")
        assert await socket.works()


@pytest.mark.parametrize("frame", ['42["keepalive"]', "2", "2prob", "3probe", "x", "", b"2probe", "40"], ids=repr)
async def test_a_websocket_that_says_anything_but_the_probe_is_closed_and_not_heard(
    host: Host, http: httpx.AsyncClient, frame: str | bytes
) -> None:
    session = await Polling.open(http, host.token())
    async with frames(host.server, f"EIO=4&transport=websocket&sid={session.sid}") as socket:
        await socket.send(frame)
        assert await socket.closes() == []
    assert await session.works()
    await session.post("1")


async def test_only_one_websocket_upgrades_a_session(host: Host, http: httpx.AsyncClient) -> None:
    session = await Polling.open(http, host.token())
    async with upgrading(host.server, session) as first:
        assert await is_turned_away(host.server, f"EIO=4&transport=websocket&sid={session.sid}", "2probe")
        await first.send("5")
        assert await first.works()


async def test_after_the_upgrade_nobody_polls(host: Host, http: httpx.AsyncClient) -> None:
    session = await Polling.open(http, host.token())
    async with upgrading(host.server, session) as socket:
        await socket.send("5")
        assert await socket.works()
        for answer in (await session.get(), await session.post('421["keepalive"]')):
            assert answer.status_code == 400
        assert await socket.works()


async def test_with_the_websocket_the_upgraded_session_goes(host: Host, http: httpx.AsyncClient) -> None:
    before = await open_sockets(host.server)
    for farewell in ("1", "41", ""):
        session = await Polling.open(http, host.token())
        async with upgrading(host.server, session) as socket:
            await socket.send("5")
            assert await socket.works()
            if farewell:
                await socket.send(farewell)
            else:
                socket.connection.transport.abort()
        await no_more_sockets_than(host.server, before)
        assert (await session.get()).status_code == 400


async def test_a_session_that_ends_takes_the_websocket_that_probes_for_it_along(
    host: Host, http: httpx.AsyncClient
) -> None:
    session = await Polling.open(http, host.token())
    async with upgrading(host.server, session) as socket:
        await session.post("1")
        await socket.send("5")
        await socket.closes()


async def test_acknowledgements_asked_for_before_the_upgrade_come_after_it(host: Host, http: httpx.AsyncClient) -> None:
    session = await Polling.open(http, host.token())
    asked = [f'42{number}["keepalive"]' for number in range(100)]
    poll = asyncio.create_task(session.get())
    async with upgrading(host.server, session) as socket:
        await session.post(*asked[:50])
        heard = [packet for packet in (await poll).text.split(SEPARATOR) if packet != "6"]
        await socket.send("5", *asked[50:])
        while heard[-1:] != ['4399[{"ok":true}]']:
            heard.append(await socket.next())
    assert [packet for packet in heard if packet.startswith("43")] == [f'43{n}[{{"ok":true}}]' for n in range(100)]


def talk(person: Person, conversation_id: str) -> None:
    """So many messages, as fast as requests go."""
    for number in range(COUNT):
        person.send(conversation_id, f"number {number}")
