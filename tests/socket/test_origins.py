"""Which pages may open a socket: the list, the server's own origin, nobody else; the same for both transports."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from tests.socket.host import Host, running_host
from tests.socket.http import async_http
from tests.socket.raw import raw_socket

LISTED = "https://app.example.com"
LISTED_WITH_PORT = "http://localhost:5173"
FOREIGN = (
    "https://evil.example",
    "null",
    "http://app.example.com",  # another scheme
    "https://app.example.com:8443",  # another port
    "https://app.example.com.evil.example",
    "https://evil.example/https://app.example.com",
    "https://APP.example.com.",
    "http://localhost",
    "http://127.0.0.1",  # the server's own host, another port
    "*",
    "https://app.example.com,http://localhost:5173",
)
HANDSHAKE = "/socket.io/?EIO=4&transport=polling"


@pytest.fixture(scope="module")
def page_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """A server for two other sites; which database it has makes no difference here."""
    listed = f"{LISTED}/, {LISTED_WITH_PORT}"
    with running_host(tmp_path_factory.mktemp("pages"), None, ALLOWED_ORIGINS=listed) as host:
        yield host


@pytest.fixture(scope="module")
def closed_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """A server without a list: an empty one has to mean nobody, not everybody."""
    with running_host(tmp_path_factory.mktemp("closed"), None) as host:
        yield host


@pytest.mark.parametrize("origin", [None, LISTED, LISTED_WITH_PORT])
async def test_an_allowed_page_opens_a_websocket(page_server: Host, origin: str | None) -> None:
    async with raw_socket(page_server.server, page_server.token(), origin=origin) as raw:
        assert await raw.answers()


@pytest.mark.parametrize("origin", [None, LISTED, LISTED_WITH_PORT])
def test_an_allowed_page_opens_a_polling_socket(page_server: Host, origin: str | None) -> None:
    headers = {"Origin": origin} if origin is not None else {}
    with httpx.Client(base_url=page_server.server.base_url, headers=headers) as http:
        answer = http.get(HANDSHAKE)
        assert answer.status_code == 200
        # Exactly one header, or browsers refuse the answer.
        assert answer.headers.get_list("access-control-allow-origin") == ([origin] if origin else [])
        if origin:
            assert answer.headers.get_list("access-control-allow-credentials") == ["true"]
        sid = json.loads(answer.text[1:])["sid"]
        assert http.post(f"{HANDSHAKE}&sid={sid}", content="1").status_code == 200


async def test_the_servers_own_page_opens_both_whatever_the_list_says(page_server: Host, closed_server: Host) -> None:
    for host in (page_server, closed_server):
        own = host.server.base_url
        async with raw_socket(host.server, host.token(), origin=own) as raw:
            assert await raw.answers()
        async with async_http(host.server, origin=own) as http:
            answer = await http.get(HANDSHAKE)
        assert answer.status_code == 200
        assert answer.headers.get_list("access-control-allow-origin") == [own]


@pytest.mark.parametrize("origin", FOREIGN)
async def test_a_foreign_page_opens_no_websocket(page_server: Host, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with raw_socket(page_server.server, page_server.token(), origin=origin):
            pass
    assert 400 <= refused.value.response.status_code < 500


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_foreign_page_opens_no_polling_socket(page_server: Host, origin: str) -> None:
    with httpx.Client(base_url=page_server.server.base_url) as http:
        answer = http.get(HANDSHAKE, headers={"Origin": origin})
        assert 400 <= answer.status_code < 500
        assert "sid" not in answer.text
        assert "access-control-allow-origin" not in answer.headers
        preflight = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        assert "access-control-allow-origin" not in http.options(HANDSHAKE, headers=preflight).headers


async def test_an_empty_list_lets_no_other_page_in(closed_server: Host) -> None:
    with pytest.raises(InvalidStatus):
        async with raw_socket(closed_server.server, closed_server.token(), origin=LISTED):
            pass
    async with async_http(closed_server.server, origin=LISTED) as http:
        assert (await http.get(HANDSHAKE)).status_code == 400


def test_a_refused_page_is_in_the_log_with_the_remedy(page_server: Host) -> None:
    origin = "https://forgotten.example"
    for _ in range(3):
        httpx.get(page_server.server.base_url + HANDSHAKE, headers={"Origin": origin})
    lines = [json.loads(line) for line in page_server.server.stderr.splitlines() if origin in line]
    assert [line["event"] for line in lines] == ["origin_refused"]  # once, however often the page tries
    assert "ALLOWED_ORIGINS" in lines[0]["remedy"]
