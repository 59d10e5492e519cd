"""Socket.IO behind a proxy that ends TLS: the upgrade, the origins, and the fallback when there is no upgrade."""

from __future__ import annotations

import json

import pytest
from websockets.exceptions import InvalidStatus

from tests.deploy.conftest import BY_ADDRESS, BY_PROXY, Deploy, Site
from tests.deploy.page import CHAT_ORIGIN, CLIENT_ORIGIN
from tests.deploy.web import HANDSHAKE, greeted
from tests.support.people import host_token

HOST_SECRET = "9c41e7d2a6b80f35d1c8e2a7b6f04935"
COOKIE = f"next-auth.session-token={'x' * 20_000}"


@pytest.fixture(scope="module", params=[("nginx", BY_PROXY), ("caddy", BY_ADDRESS)], ids=lambda param: str(param[0]))
def site(request: pytest.FixtureRequest, deploy: Deploy) -> Site:
    kind, how = request.param
    return deploy(kind, NEXTAUTH_SECRET=HOST_SECRET, **how)


@pytest.fixture
def token() -> str:
    return host_token(HOST_SECRET, "host-1", "ana@corp.local", "Ana Reyes")


@pytest.mark.parametrize("origin", [CLIENT_ORIGIN, CHAT_ORIGIN], ids=["the client's origin", "its own origin"])
async def test_a_page_opens_a_websocket_through_the_proxy(site: Site, token: str, origin: str) -> None:
    async with site.web.websocket(Origin=origin) as connection:
        assert await greeted(connection, token)
        await connection.send('42["keepalive"]')
        assert "keepalive_ack" in str(await connection.recv())


async def test_a_cookie_of_twenty_kilobytes_does_not_stop_the_upgrade(site: Site, token: str) -> None:
    async with site.web.websocket(Origin=CLIENT_ORIGIN, Cookie=COOKIE) as connection:
        assert await greeted(connection, token)


@pytest.mark.parametrize("origin", ["https://evil.example", "http://chat.example.com", "null"])
async def test_a_page_of_another_origin_opens_none(site: Site, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with site.web.websocket(Origin=origin):
            pass
    assert refused.value.response.status_code in (400, 403)
    (line,) = [line for line in map(json.loads, site.server.stderr.splitlines()) if line.get("origin") == origin]
    assert line["event"] == "origin_refused"
    assert "ALLOWED_ORIGINS" in line["remedy"] or "PUBLIC_URL" in line["remedy"]


def test_long_polling_does_when_there_is_no_upgrade(site: Site, token: str) -> None:
    opened = site.web.get(HANDSHAKE, Origin=CLIENT_ORIGIN)
    address = f"{HANDSHAKE}&sid={json.loads(opened.text[1:])['sid']}"

    def say(packet: str) -> None:
        headers = {"Origin": CLIENT_ORIGIN, "Content-Type": "text/plain"}
        assert site.web.request("POST", address, headers, content=packet).text == "ok"

    say("40" + json.dumps({"token": token}))
    heard = ""
    while '42["hello"' not in heard:
        answer = site.web.get(address, Origin=CLIENT_ORIGIN)
        assert answer.headers.get_list("access-control-allow-origin") == [CLIENT_ORIGIN]
        heard += answer.text
    say('421["keepalive"]')
    while '431[{"ok":true}]' not in heard:
        heard += site.web.get(address, Origin=CLIENT_ORIGIN).text
    say("1")


def test_the_wrong_path_is_answered_with_the_right_one(site: Site) -> None:
    answer = site.web.get("/ws/socket.io/?EIO=4&transport=polling")
    assert answer.status_code == 404
    assert answer.json()["code"] == "wrong_socket_path"
    assert "/socket.io/" in answer.json()["detail"]
