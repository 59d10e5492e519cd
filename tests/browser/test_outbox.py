"""What is written without a connection is kept, and goes by itself, once (CLIENT.md S6, S7)."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Request, expect

from tests.browser.conftest import OpenDesk, Pair
from tests.browser.desk import Desk
from tests.browser.held import Held
from tests.browser.test_sending import SENDS, stored
from tests.support.people import Team
from tests.support.processes import wait_until
from tests.support.server import TmsServer

#: What Chromium reports while there is no network, or a request is cut off.
AWAY = (r"net::ERR_INTERNET_DISCONNECTED", r"net::ERR_FAILED", r"WebSocket connection to", r"401 .*/auth/session")

#: The unsent messages in the browser's database that are still to be sent.
KEPT = """() => new Promise((done, failed) => {
  const open = indexedDB.open("tms");
  open.onerror = () => failed(open.error);
  open.onsuccess = () => {
    const all = open.result.transaction("unsent").objectStore("unsent").getAll();
    all.onsuccess = () => {
      open.result.close();
      done(all.result.filter((one) => !one.finished).map((one) => one.outgoing.content));
    };
  };
})"""


def kept(desk: Desk, *texts: str) -> None:
    wait_until(lambda: sorted(desk.page.evaluate(KEPT)) == sorted(texts), seconds=30, what=f"the browser keeps {texts}")


@pytest.fixture
def sends(pair: Pair) -> list[str]:
    """The texts that left the browser, from whichever tab."""
    pair.desk.problems.provoke(*AWAY)
    texts: list[str] = []

    def seen(request: Request) -> None:
        if request.method == "POST" and request.url.endswith("/api/v1/messages/"):
            texts.append(json.loads(request.post_data or "")["content"])

    pair.desk.context.on("requestfinished", seen)
    return texts


def loaded(desk: Desk) -> None:
    """Its history is there: without a network nothing of what is still on its way would come."""
    expect(desk.page.get_by_text("This is the beginning of your conversation")).to_be_visible()


def offline_with(desk: Desk, *texts: str) -> None:
    loaded(desk)
    desk.context.set_offline(True)
    for text in texts:
        desk.write(text)
        expect(desk.message(text)).to_have_attribute("data-state", "pending")


def all_sent(desk: Desk, *texts: str) -> None:
    for text in texts:
        expect(desk.message(text)).to_have_attribute("data-state", "sent")
        expect(desk.message(text)).to_have_count(1)


def test_a_queue_written_offline_survives_its_page_and_goes_in_its_order(pair: Pair, sends: list[str]) -> None:
    desk = pair.desk
    texts = ["first", "second", "third"]
    offline_with(desk, *texts)
    kept(desk, *texts)
    # The page comes back from the server; what it had not sent is only in the browser.
    desk.page.close()
    desk.context.set_offline(False)
    desk = desk.another_tab()
    desk.page.goto(f"/c/{pair.conversation_id}")
    all_sent(desk, *texts)
    assert stored(pair) == texts[::-1]
    kept(desk)


def test_two_tabs_show_one_queue_and_send_it_once(pair: Pair, sends: list[str]) -> None:
    desk = pair.desk
    other = desk.another_tab()
    other.page.goto(f"/c/{pair.conversation_id}")
    loaded(other)
    offline_with(desk, "from the first tab")
    offline_with(other, "from the second tab")
    texts = ["from the first tab", "from the second tab"]
    for tab in (desk, other):
        for text in texts:
            expect(tab.message(text)).to_have_attribute("data-state", "pending")
    desk.context.set_offline(False)
    for tab in (desk, other):
        all_sent(tab, *texts)
    assert stored(pair) == texts[::-1]
    # Nothing is left to be sent, so nobody sends any more; the reports about the requests may come later.
    kept(desk)
    wait_until(lambda: desk.page.evaluate("true") and len(sends) >= 2, seconds=30, what="both requests are reported")
    assert sends == texts


def test_when_the_tab_that_sends_is_closed_the_other_one_sends(pair: Pair, sends: list[str]) -> None:
    desk = pair.desk
    other = desk.another_tab()
    other.page.goto(f"/c/{pair.conversation_id}")
    expect(other.composer).to_be_visible()
    held = Held(desk.page, SENDS)
    desk.write("Take over")
    held.wait()
    expect(other.message("Take over")).to_have_attribute("data-state", "pending")
    desk.page.close()
    all_sent(other, "Take over")
    assert stored(pair) == ["Take over"]


def test_the_queue_waits_for_its_writer_to_sign_in_again_and_for_nobody_else(
    tms: TmsServer, team: Team, open_desk: OpenDesk
) -> None:
    ana, bob = team.add("Ana Reyes"), team.add("Bob Stone")
    room = ana.direct(bob)
    desk = open_desk(tms.base_url)
    desk.problems.provoke(*AWAY)
    desk.sign_in(ana, room)
    offline_with(desk, "Only I may send this")
    kept(desk, "Only I may send this")
    desk.page.close()
    desk.context.clear_cookies()
    desk.context.set_offline(False)
    desk = desk.another_tab()
    desk.page.goto("/sign-in")
    desk.fill_sign_in(bob.email)
    desk.button("Settings").wait_for()
    desk.row(room).click()
    expect(desk.composer).to_be_visible()
    expect(desk.message("Only I may send this")).to_have_count(0)
    kept(desk, "Only I may send this")
    desk.context.clear_cookies()
    desk.page.goto("/sign-in")
    desk.fill_sign_in(ana.email)
    desk.row(room).click()
    all_sent(desk, "Only I may send this")
    assert stored(Pair(ana, bob, room, desk)) == ["Only I may send this"]
