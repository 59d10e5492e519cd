"""What was missed is there afterwards, in order, without a reload (CLIENT.md N1, N3, N4, R15)."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from playwright.sync_api import Request, WebSocketRoute, expect

from tests.browser.conftest import Pair
from tests.browser.desk import Desk
from tests.support.people import Person
from tests.support.server import TmsServer

#: What Chromium reports while there is no network.
AWAY = (r"net::ERR_INTERNET_DISCONNECTED", r"net::ERR_FAILED", r"WebSocket connection to")
PAGES = re.compile(r"/api/v1/messages/conversations/[^/]+/messages")


class Asked:
    """The addresses of all requests of a page from now on."""

    def __init__(self, desk: Desk) -> None:
        self.urls: list[str] = []
        desk.page.on("request", self._seen)

    def _seen(self, request: Request) -> None:
        self.urls.append(f"{request.method} {request.url}")

    def count(self, pattern: str | re.Pattern[str]) -> int:
        return sum(1 for url in self.urls if re.search(pattern, url))


class Line:
    """The socket of a page in the hands of the test: dropped, or losing what it is told to lose."""

    def __init__(self, desk: Desk) -> None:
        self.loses: str | None = None
        self._open: list[WebSocketRoute] = []
        desk.page.route_web_socket("**/socket.io/**", self._opened)

    def _opened(self, page: WebSocketRoute) -> None:
        self._open.append(page)
        server = page.connect_to_server()

        def pass_on(frame: str | bytes) -> None:
            if self.loses is None or self.loses not in str(frame):
                page.send(frame)

        server.on_message(pass_on)

    def drop(self) -> None:
        for socket in self._open:
            socket.close(code=1001)
        self._open.clear()


@pytest.fixture
def pair(pair: Pair) -> Pair:
    pair.desk.problems.provoke(*AWAY)
    return pair


@pytest.fixture
def line(tms: TmsServer, pair: Pair) -> Line:
    line = Line(pair.desk)
    pair.desk.page.reload()
    expect(pair.desk.composer).to_be_visible()
    pair.bob.send(pair.conversation_id, "before")
    expect(pair.desk.message("before")).to_be_visible()
    return line


def go_offline(desk: Desk) -> None:
    desk.context.set_offline(True)
    expect(desk.banner).to_contain_text("Offline since")


def go_online(desk: Desk) -> Asked:
    asked = Asked(desk)
    desk.context.set_offline(False)
    return asked


def edit(person: Person, message: dict[str, Any], content: str) -> None:
    person.http.put(f"/messages/{message['id']}", json={"content": content}).raise_for_status()


def test_what_was_missed_is_told_as_it_is_now_and_nothing_is_fetched_again(pair: Pair) -> None:
    desk, bob, room = pair.desk, pair.bob, pair.conversation_id
    first, second, third = (bob.send(room, text) for text in ("one", "two", "three"))
    expect(desk.messages).to_have_count(3)
    go_offline(desk)
    edit(bob, first, "one, edited")
    bob.http.request("DELETE", f"/messages/{second['id']}", json={"delete_for_everyone": True}).raise_for_status()
    bob.http.post(f"/messages/{third['id']}/reactions", json={"emoji": "🎉"}).raise_for_status()
    for n in range(5):
        bob.send(room, f"missed {n}")
    asked = go_online(desk)
    expect(desk.message("missed 4")).to_be_visible()
    expect(desk.messages.filter(has_text="one, edited")).to_have_count(1)
    expect(desk.message("two")).to_have_count(0)
    expect(desk.message("three").get_by_text("🎉")).to_be_visible()
    texts = [text for text in desk.messages.all_inner_texts() if "missed" in text]
    assert [re.search(r"missed \d", text)[0] for text in texts] == [f"missed {n}" for n in range(5)]  # type: ignore[index]
    expect(desk.banner).to_have_count(0)
    assert asked.count(r"POST .*/api/v1/sync$") == 1
    assert asked.count(PAGES) == 0
    bob.send(room, "live again")
    expect(desk.message("live again")).to_be_visible()


@pytest.mark.alone
def test_a_drop_that_is_over_at_once_shows_nothing(pair: Pair, line: Line) -> None:
    desk = pair.desk
    desk.page.evaluate("""() => {
      window.tmsBanners = 0;
      new MutationObserver(() => {
        if (document.querySelector("[data-testid=connection-banner]")) window.tmsBanners += 1;
      }).observe(document.body, {childList: true, subtree: true});
    }""")
    asked = Asked(desk)
    line.drop()
    pair.bob.send(pair.conversation_id, "In between")
    expect(desk.message("In between")).to_be_visible()
    assert desk.page.evaluate("window.tmsBanners") == 0
    assert asked.count(PAGES) == 0


def test_an_event_that_got_lost_is_asked_for_when_the_next_one_comes(pair: Pair, line: Line) -> None:
    desk, bob, room = pair.desk, pair.bob, pair.conversation_id
    asked = Asked(desk)
    line.loses = "lost on the way"
    bob.send(room, "lost on the way")
    bob.send(room, "after")
    expect(desk.message("lost on the way")).to_be_visible()
    expect(desk.message("after")).to_be_visible()
    texts = desk.messages.all_inner_texts()
    assert [next(t for t in ("before", "lost", "after") if t in text) for text in texts] == ["before", "lost", "after"]
    assert asked.count(r"GET .*/conversations/[^/]+/events\?after=1") == 1
    assert asked.count(PAGES) == 0


def test_too_far_behind_begins_again_at_the_newest_page_with_the_draft_in_place(pair: Pair) -> None:
    desk, bob, room = pair.desk, pair.bob, pair.conversation_id
    bob.send(room, "long ago")
    expect(desk.message("long ago")).to_be_visible()
    desk.composer.fill("half a sentence")
    go_offline(desk)
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda n: bob.send(room, f"missed {n}"), range(1_001)))
    bob.send(room, "the newest")
    asked = go_online(desk)
    expect(desk.message("the newest")).to_be_visible()
    expect(desk.message("long ago")).to_have_count(0)
    expect(desk.composer).to_have_value("half a sentence")
    assert asked.count(PAGES) > 0
    bob.send(room, "live again")
    expect(desk.message("live again")).to_be_visible()
