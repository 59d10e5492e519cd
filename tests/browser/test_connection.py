"""A server that goes away and comes back (CLIENT.md N1, N3, N8). Every test has a server of its own to stop."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenDesk, Pair
from tests.conftest import StartServer
from tests.support.people import Team
from tests.support.server import TmsServer

#: What Chromium itself reports while nobody listens.
AWAY = (r"net::ERR_CONNECTION_(REFUSED|RESET)", r"net::ERR_EMPTY_RESPONSE", r"WebSocket connection to")


@pytest.fixture
def server(start_server: StartServer) -> TmsServer:
    return start_server(RATE_LIMITS="off")


@pytest.fixture
def pair(server: TmsServer, open_desk: OpenDesk) -> Iterator[Pair]:
    team = Team(server)
    ana, bob = team.add("Ana Reyes"), team.add("Bob Stone")
    desk = open_desk(server.base_url)
    desk.problems.provoke(*AWAY)
    room = ana.direct(bob)
    desk.sign_in(ana, room)
    desk.write("Before")
    expect(desk.message("Before")).to_have_attribute("data-state", "sent")
    yield Pair(ana, bob, room, desk)
    team.close()


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_a_restart_under_use_loses_nothing_and_shows_no_error(pair: Pair, server: TmsServer, how: str) -> None:
    desk = pair.desk
    getattr(server, how)()
    desk.write("While you were away")
    desk.write("and another")
    expect(desk.banner).to_be_visible()
    expect(desk.banner.get_by_role("button", name="Retry now")).to_be_visible()
    for text in ("While you were away", "and another"):
        expect(desk.message(text)).to_have_attribute("data-state", "pending")
    desk.composer.fill("A draft")
    server.start()
    pair.bob.send(pair.conversation_id, "I am back")
    for text in ("While you were away", "and another", "I am back"):
        expect(desk.message(text)).to_have_attribute("data-state", "sent", timeout=35_000)
        expect(desk.message(text)).to_have_count(1)
    expect(desk.banner).to_have_count(0)
    expect(desk.composer).to_have_value("A draft")
    expect(desk.page.get_by_role("alert")).to_have_count(0)

    history = pair.bob.http.get(f"/messages/conversations/{pair.conversation_id}/messages").json()["data"]
    expect(desk.messages.get_by_text(re.compile(r"^(Before|While|and|I am).*"))).to_have_text(
        [message["content"] for message in reversed(history)]
    )
    assert sorted(m["content"] for m in history) == ["Before", "I am back", "While you were away", "and another"]


@pytest.mark.alone
def test_retry_now_connects_at_once_instead_of_waiting(pair: Pair, server: TmsServer) -> None:
    desk = pair.desk
    # The pauses are random; the longest ones leave the time to start a server in between.
    desk.page.evaluate("Math.random = () => 0.999")
    server.stop()
    expect(desk.banner).to_contain_text(re.compile(r"Next try in (8|1\d|2\d|3\d) s"), timeout=40_000)
    server.start()
    desk.banner.get_by_role("button", name="Retry now").click()
    expect(desk.banner).to_have_count(0, timeout=2_000)
    pair.bob.send(pair.conversation_id, "Live again")
    expect(desk.message("Live again")).to_be_visible(timeout=1_000)


def test_the_banner_says_in_words_that_the_server_does_not_answer(pair: Pair, server: TmsServer) -> None:
    server.stop()
    expect(pair.desk.banner).to_contain_text(f"The server at {server.base_url} does not answer.")
    expect(pair.desk.message("Before")).to_be_visible()
