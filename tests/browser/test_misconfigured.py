"""What is configured wrong, the page says in words that somebody can act on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenDesk
from tests.conftest import StartServer
from tests.support.people import first_account
from tests.support.static_host import StaticHost

NOT_READABLE = (r"blocked by CORS policy", r"net::ERR_FAILED")
NOT_REACHABLE = (r"net::ERR_CONNECTION_(REFUSED|RESET)", r"WebSocket connection to")


@pytest.fixture
def host() -> Iterator[StaticHost]:
    with StaticHost({}) as host:
        yield host


def test_a_wrong_socket_path_is_named_together_with_the_right_one(
    start_server: StartServer, host: StaticHost, open_desk: OpenDesk
) -> None:
    server = start_server(ALLOWED_ORIGINS=host.origin)
    wrong = server.base_url.replace("http:", "ws:") + "/ws/socket.io"
    host.config = {"NEXT_PUBLIC_API_URL": server.base_url, "NEXT_PUBLIC_WS_URL": wrong}
    ana = first_account(server, name="Ana Reyes")
    desk = open_desk(host.origin)
    desk.problems.provoke(r"WebSocket connection to .*/ws/socket\.io", r"404 .*/ws/socket\.io")
    desk.sign_in(ana)
    expect(desk.banner).to_have_attribute("data-state", "refused")
    expect(desk.banner).to_contain_text("Socket.IO is served at /socket.io/ on this server, not at /ws/socket.io/")
    # What needs no live connection works all the same.
    ana.close()
    expect(desk.button("Invite people").first).to_be_enabled()


def test_a_page_whose_origin_is_not_allowed_says_so_and_names_the_setting(
    start_server: StartServer, host: StaticHost, open_desk: OpenDesk
) -> None:
    server = start_server(ALLOWED_ORIGINS="https://app.example.com")
    host.config = {"NEXT_PUBLIC_API_URL": server.base_url}
    desk = open_desk(host.origin)
    desk.problems.provoke(*NOT_READABLE)
    desk.page.goto("/")
    failure = desk.page.get_by_test_id("fatal-error")
    expect(failure).to_contain_text("does not accept")
    expect(failure).to_contain_text(f"Add {host.origin} to ALLOWED_ORIGINS")
    expect(failure).to_contain_text(server.base_url)


def test_a_stopped_server_is_called_unreachable_and_the_page_goes_on_by_itself_when_it_is_back(
    start_server: StartServer, host: StaticHost, open_desk: OpenDesk
) -> None:
    server = start_server(ALLOWED_ORIGINS=host.origin)
    host.config = {"NEXT_PUBLIC_API_URL": server.base_url}
    server.stop()
    desk = open_desk(host.origin)
    desk.problems.provoke(*NOT_REACHABLE)
    desk.page.goto("/")
    failure = desk.page.get_by_test_id("fatal-error")
    expect(failure).to_contain_text("The server cannot be reached")
    expect(failure).to_contain_text(server.base_url)
    server.start()
    expect(desk.button("Sign in")).to_be_visible(timeout=15_000)
    expect(failure).to_have_count(0)
