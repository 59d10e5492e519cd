"""REST and Socket.IO ask the same policy about a page; seen from outside, on a running server."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rest.in_process import HOST, OWN_ORIGIN, open_app
from tests.support.server import TmsServer
from tms_chat.app import create_app
from tms_chat.core.origins import parse_origins
from tms_chat.http.origins import OriginPolicy

ALLOWED = "https://app.example.com"
HANDSHAKE = "/socket.io/?EIO=4&transport=polling"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TmsServer]:
    env = {"ALLOWED_ORIGINS": f"{ALLOWED}/, http://localhost:3000", "TRUSTED_PROXIES": "127.0.0.1"}
    made = TmsServer(tmp_path_factory.mktemp("cors") / "server", env)
    try:
        made.start()
        yield made
    finally:
        made.close()


def allowed_origins(answer: httpx.Response) -> list[str]:
    return answer.headers.get_list("access-control-allow-origin")


def test_polling_and_rest_name_an_accepted_origin_once_and_no_other(server: TmsServer) -> None:
    with httpx.Client(base_url=server.base_url, timeout=10) as http:
        for origin in (ALLOWED, "http://localhost:3000", server.base_url):
            for path in (HANDSHAKE, "/health", "/api/v1/users/me"):
                answer = http.get(path, headers={"origin": origin})
                assert allowed_origins(answer) == [origin], path
                assert answer.headers.get_list("access-control-allow-credentials") == ["true"], path
        for origin in ("https://evil.example", "null", "http://app.example.com", server.base_url + "1"):
            for path in (HANDSHAKE, "/health", "/api/v1/users/me"):
                answer = http.get(path, headers={"origin": origin})
                assert allowed_origins(answer) == [], path
                assert answer.status_code == {HANDSHAKE: 400, "/health": 200}.get(path, 401)


def test_polling_goes_on_with_one_header_and_answers_its_preflight(server: TmsServer) -> None:
    with httpx.Client(base_url=server.base_url, timeout=10, headers={"origin": ALLOWED}) as http:
        handshake = http.get(HANDSHAKE)
        session = f"{HANDSHAKE}&sid={json.loads(handshake.text[1:])['sid']}"
        for answer in (
            http.post(session, content="40{}", headers={"content-type": "text/plain;charset=UTF-8"}),
            http.get(session),
            http.get(HANDSHAKE + "&sid=unknown"),
            http.options(session, headers={"access-control-request-method": "POST"}),
        ):
            assert allowed_origins(answer) == [ALLOWED], answer.text
            assert answer.status_code in (200, 400)


def test_behind_a_trusted_proxy_the_own_origin_is_the_one_the_browser_sees(server: TmsServer) -> None:
    headers = {"host": "chat.example", "x-forwarded-proto": "https", "origin": "https://chat.example"}
    for path in ("/health", HANDSHAKE):
        assert allowed_origins(httpx.get(server.base_url + path, headers=headers)) == ["https://chat.example"]
        plain = {name: value for name, value in headers.items() if name != "x-forwarded-proto"}
        assert allowed_origins(httpx.get(server.base_url + path, headers=plain)) == []


def test_forwarded_headers_of_anybody_else_do_not_count(tms: TmsServer) -> None:
    headers = {"host": "chat.example", "x-forwarded-proto": "https", "origin": "https://chat.example"}
    for path in ("/health", HANDSHAKE):
        assert allowed_origins(httpx.get(tms.base_url + path, headers=headers)) == []


def test_a_page_that_is_refused_is_logged_once_with_the_remedy(server: TmsServer) -> None:
    for _ in range(3):
        for path in ("/health", HANDSHAKE):
            httpx.get(server.base_url + path, headers={"origin": "https://new.example"})
    lines = [json.loads(line) for line in server.stderr.splitlines() if "https://new.example" in line]
    assert [line["event"] for line in lines] == ["origin_refused"]
    assert "ALLOWED_ORIGINS" in lines[0]["remedy"]


@pytest.fixture(scope="module")
def probe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Probe]:
    with asyncio.Runner() as runner:
        yield Probe(runner, tmp_path_factory.mktemp("probe"))


@dataclasses.dataclass
class Probe:
    """Asks a whole application, made for one value of ALLOWED_ORIGINS, about pages."""

    runner: asyncio.Runner
    folder: Path

    def accepted(self, value: str, pages: list[str]) -> tuple[set[str], set[str]]:
        """The pages that REST lets read its answers, and those that Socket.IO lets in."""
        return self.runner.run(self._ask(value, pages))

    async def _ask(self, value: str, pages: list[str]) -> tuple[set[str], set[str]]:
        rest, sockets = set(), set()
        async with open_app(self.folder) as app:
            services = dataclasses.replace(app.services, origins=OriginPolicy(parse_origins(value), None))
            asgi, server = create_app(services)
            async with httpx.AsyncClient(transport=httpx.ASGITransport(asgi), base_url=OWN_ORIGIN) as http:
                for page in pages:
                    answer = await http.get("/health", headers={"origin": page})
                    rest |= {page} if answer.headers.get("access-control-allow-origin") == page else set()
                    answer = await http.get(HANDSHAKE, headers={"origin": page})
                    sockets |= {page} if answer.status_code == 200 else set()
            await server.stop()
        return rest, sockets


SITES = [
    "https://a.example",
    "http://a.example",
    "https://a.example:8443",
    "https://b.example",
    "http://localhost:3000",
]
SPELLINGS = st.sampled_from(SITES).flatmap(
    lambda site: st.sampled_from([site, site + "/", f" {site} ", site.upper(), f"\t{site}/"])
)


@settings(max_examples=30)
@given(st.lists(SPELLINGS, max_size=4), st.booleans())
def test_for_every_spelling_rest_and_socket_io_let_in_the_same_pages(
    probe: Probe, written: list[str], as_json: bool
) -> None:
    value = json.dumps(written) if as_json else ",".join(written)
    meant = {site.strip().rstrip("/").lower() for site in written} | {OWN_ORIGIN}
    pages = [
        *SITES,
        OWN_ORIGIN,
        f"https://{HOST}",
        "null",
        "https://a.example.evil",
        "https://A.example",
        "https://c.example",
    ]
    assert probe.accepted(value, pages) == (meant, meant)
