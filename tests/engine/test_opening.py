"""The handshake: what a client learns from it, and who gets none."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.engine.wire import PATH, POLLING, Polling, frames, is_turned_away, websocket
from tests.socket.host import Host

LONGEST = 128 * 1024
#: The numbers by which clients know a refusal, from the reference server.
UNKNOWN_TRANSPORT, UNKNOWN_SID, BAD_HANDSHAKE_METHOD, BAD_REQUEST, FORBIDDEN, UNSUPPORTED_VERSION = range(6)
#: Of a session that has another transport: unknown here, or known and asked for wrongly.
NOT_POLLED = (UNKNOWN_SID, BAD_REQUEST)


def check_refused(answer: httpx.Response, *codes: int) -> None:
    """400 and an object that says which rule was broken."""
    assert answer.status_code == 400, answer.text
    body = answer.json()
    assert isinstance(body, dict), body
    assert body["code"] in codes, body
    assert isinstance(body["message"], str)
    assert body["message"]


async def test_a_poll_without_a_session_opens_one(http: httpx.AsyncClient) -> None:
    answer = await http.get(POLLING)
    assert answer.status_code == 200
    assert answer.headers["content-type"].lower() == "text/plain; charset=utf-8"
    assert answer.text[0] == "0"
    check_opened(json.loads(answer.text[1:]), ["websocket"])
    await http.post(f"{POLLING}&sid={json.loads(answer.text[1:])['sid']}", content="1")


async def test_a_websocket_without_a_session_opens_one(host: Host) -> None:
    async with frames(host.server) as socket:
        packet = await socket.next()
        assert packet[0] == "0"
        check_opened(json.loads(packet[1:]), [])


def check_opened(opened: dict[str, Any], upgrades: list[str]) -> None:
    assert opened.keys() == {"sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload"}
    assert len(opened["sid"]) >= 20
    assert opened["upgrades"] == upgrades
    assert (opened["pingInterval"], opened["pingTimeout"]) == (25_000, 20_000)  # milliseconds
    assert opened["maxPayload"] == LONGEST


async def test_every_session_has_an_id_of_its_own(http: httpx.AsyncClient) -> None:
    sessions = [await Polling.open(http) for _ in range(20)]
    assert len({session.sid for session in sessions}) == 20
    for session in sessions:
        assert (await session.post("1")).status_code == 200


@pytest.mark.parametrize("path", ["/socket.io/", "/socket.io"])
async def test_the_path_answers_with_and_without_its_last_slash(host: Host, http: httpx.AsyncClient, path: str) -> None:
    # Clients since 4.6 leave it out when told to; a redirect would lose the preflight.
    opened = await http.get(f"{path}?EIO=4&transport=polling")
    assert opened.status_code == 200
    await http.post(f"{path}?EIO=4&transport=polling&sid={json.loads(opened.text[1:])['sid']}", content="1")
    async with frames(host.server, path=path) as socket:
        assert (await socket.next()).startswith("0{")


async def test_what_a_proxy_must_not_keep_says_so(http: httpx.AsyncClient) -> None:
    session = await Polling.open(http)
    answer = await http.get(POLLING)
    assert answer.headers["cache-control"] == "no-store"
    await session.post("1")


@pytest.mark.parametrize("query", ["EIO=4", "EIO=4&transport=", "EIO=4&transport=carrier-pigeon", "EIO=4&transport=0"])
async def test_without_a_transport_we_have_there_is_no_session(http: httpx.AsyncClient, query: str) -> None:
    check_refused(await http.get(f"{PATH}?{query}"), UNKNOWN_TRANSPORT)


@pytest.mark.parametrize("version", ["", "&EIO=", "&EIO=3", "&EIO=5", "&EIO=four"])
async def test_another_version_of_the_protocol_is_refused(http: httpx.AsyncClient, version: str) -> None:
    check_refused(await http.get(f"{PATH}?transport=polling{version}"), UNSUPPORTED_VERSION)


async def test_a_handshake_is_a_get(http: httpx.AsyncClient) -> None:
    check_refused(await http.post(POLLING, content="40"), BAD_HANDSHAKE_METHOD)


async def test_requests_for_a_session_that_nobody_has_are_refused(http: httpx.AsyncClient) -> None:
    for sid in ("unknown", "%00", "__proto__", "x" * 5000):
        check_refused(await http.get(f"{POLLING}&sid={sid}"), UNKNOWN_SID)
        check_refused(await http.post(f"{POLLING}&sid={sid}", content="3"), UNKNOWN_SID)


async def test_the_websocket_transport_needs_a_websocket(http: httpx.AsyncClient) -> None:
    check_refused(await http.get(f"{PATH}?EIO=4&transport=websocket"), BAD_REQUEST)


async def test_a_websocket_session_is_not_polled(host: Host, http: httpx.AsyncClient) -> None:
    async with frames(host.server) as socket:
        sid = json.loads((await socket.next())[1:])["sid"]
        for answer in (
            await http.get(f"{POLLING}&sid={sid}"),
            await http.post(f"{POLLING}&sid={sid}", content='42["keepalive"]'),
        ):
            check_refused(answer, *NOT_POLLED)
        await socket.send('40{"token":"x"}')
        assert await socket.receives("44") == '44{"message":"token_invalid"}'  # it goes on as if nothing had been


@pytest.mark.parametrize(
    "query",
    [
        "EIO=4",
        "transport=websocket",
        "EIO=3&transport=websocket",
        "EIO=4&transport=polling",
        "EIO=4&transport=carrier-pigeon",
        "EIO=4&transport=websocket&sid=unknown",
        "",
    ],
)
async def test_a_websocket_with_a_wrong_query_is_refused_or_closed(host: Host, query: str) -> None:
    assert await is_turned_away(host.server, query)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
async def test_other_methods_do_nothing_to_a_session(host: Host, http: httpx.AsyncClient, method: str) -> None:
    session = await Polling.open(http, host.token())
    answer = await http.request(method, session.address, content='42["keepalive"]')
    assert answer.status_code in (400, 405), answer.text
    assert await session.works()
    await session.post("1")


async def test_a_second_websocket_for_a_session_is_closed_and_the_first_goes_on(host: Host) -> None:
    async with frames(host.server) as first:
        sid = json.loads((await first.next())[1:])["sid"]
        assert await is_turned_away(host.server, f"EIO=4&transport=websocket&sid={sid}", "2probe")
        await first.send('40{"token":"x"}')
        assert await first.receives("44") == '44{"message":"token_invalid"}'


async def test_the_ids_of_the_two_layers_differ(host: Host) -> None:
    # The engine's id lets whoever knows it speak as the session; Socket.IO's is one that applications pass around.
    async with frames(host.server) as socket:
        opened = json.loads((await socket.next())[1:])
        await socket.send(f'40{{"token":"{host.token()}"}}')
        connected = json.loads((await socket.next()).removeprefix("40"))
        assert connected.keys() == {"sid"}
        assert connected["sid"]
        assert connected["sid"] != opened["sid"]


async def test_no_compression_is_agreed_on(host: Host) -> None:
    address = f"ws{host.server.base_url.removeprefix('http')}{PATH}?EIO=4&transport=websocket"
    async with connect(address, compression="deflate") as connection:
        assert connection.response is not None
        assert "sec-websocket-extensions" not in connection.response.headers


async def test_a_session_that_is_closed_in_its_first_moment_is_gone(host: Host, http: httpx.AsyncClient) -> None:
    async with websocket(host.server) as socket:
        await socket.send("1")
        await socket.closes()
        with pytest.raises(ConnectionClosed):
            await socket.connection.send("3")
    session = await Polling.open(http)
    assert (await session.post("1")).status_code == 200
    assert (await session.get()).status_code == 400
