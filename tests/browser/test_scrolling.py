"""Where one stands in a conversation: at the newest, at the first unread, or where one reads (CLIENT.md R1 to R6)."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Route, expect

from tests.browser.conftest import OpenDesk
from tests.browser.desk import Desk
from tests.support.people import Person, Team
from tests.support.server import TmsServer

HISTORY = "**/api/v1/messages/conversations/*/messages?*cursor=*"

# The first message that is wholly in view: what somebody reads.
ANCHOR = """(log) => {
  const top = log.getBoundingClientRect().top;
  const anchor = [...log.querySelectorAll("[data-testid=message]")].find((e) => e.getBoundingClientRect().top >= top);
  return {id: anchor.dataset.messageId, top: anchor.getBoundingClientRect().top};
}"""

# How far the message is ever from its place, looked at in every frame until asked; huge when it is not there.
FOLLOW = """(anchor) => {
  let most = 0, on = true;
  const look = () => {
    const element = document.querySelector(`[data-message-id="${anchor.id}"]`);
    most = Math.max(most, element ? Math.abs(element.getBoundingClientRect().top - anchor.top) : 1e6);
    if (on) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
  window.tmsMoved = () => { on = false; look(); return most; };
}"""

# Done half a second after the list has become higher by that much, and has stayed so.
GROWN = """(pixels) => {
  const log = document.querySelector("[role=log]"), before = log.scrollHeight;
  window.tmsGrown = new Promise((grown, failed) => {
    let still = 0, height = before;
    const look = () => {
      still = log.scrollHeight === height ? still + 1 : 0;
      height = log.scrollHeight;
      if (height > before + pixels && still > 20) grown();
      else requestAnimationFrame(look);
    };
    look();
    setTimeout(() => failed(new Error("the list did not grow within 10 s")), 10000);
  });
  window.tmsGrown.catch(() => {});
}"""


def log_of(desk: Desk) -> Locator:
    return desk.page.get_by_role("log")


def scroll_up(desk: Desk, pixels: int) -> None:
    """With the wheel, as people do; returns when the page has scrolled."""
    log = log_of(desk)
    before = log.evaluate("(e) => [e.scrollTop, e.scrollHeight]")
    log.hover()
    desk.page.mouse.wheel(0, -pixels)
    # It may take long to begin; at the top it never does, and where an older page arrives meanwhile it does not show.
    log.evaluate("""async (e, [top, height]) => {
      const late = performance.now() + 10000, waits = () => top > 0 && e.scrollTop >= top && e.scrollHeight === height;
      while (waits() && performance.now() < late) await new Promise(requestAnimationFrame);
      for (let last = NaN, still = 0; still < 8; last = e.scrollTop) {
        still = last === e.scrollTop ? still + 1 : 0;
        await new Promise(requestAnimationFrame);
      }
    }""", before)  # fmt: skip


@dataclass(frozen=True)
class Hall:
    """A group in which Bob has said 150 things."""

    ana: Person
    bob: Person
    id: str

    def say(self, text: str) -> None:
        self.bob.send(self.id, text)


@pytest.fixture(scope="module")
def hall(team: Team) -> Hall:
    ana, bob = team.add("Ana Reyes"), team.add("Bob Stone")
    hall = Hall(ana, bob, ana.group("Long talk", bob))
    for n in range(1, 151):
        hall.say(f"Line {n}" + " that goes on for a while" * (n % 7 * 3))
    return hall


@pytest.fixture
def desk(tms: TmsServer, hall: Hall, open_desk: OpenDesk) -> Desk:
    """Ana's, at the end of the long conversation, all of it read."""
    hall.ana.http.post(f"/conversations/{hall.id}/mark-read").raise_for_status()
    desk = open_desk(tms.base_url)
    desk.sign_in(hall.ana, hall.id)
    expect(desk.messages.last).to_be_visible()
    expect(desk.messages.last).to_be_in_viewport(ratio=1)
    return desk


def test_older_pages_come_before_the_edge_and_move_nothing_that_is_read(desk: Desk) -> None:
    held: list[Route] = []
    desk.page.route(HISTORY, lambda route: held.append(route))
    desk.page.reload()
    expect(desk.messages.last).to_be_visible()
    pages = 0
    for _ in range(120):
        scroll_up(desk, 400)
        if held:
            pages += 1
            assert log_of(desk).evaluate("(e) => e.scrollTop") > 200, "asked for before somebody is at the edge"
            anchor = log_of(desk).evaluate(ANCHOR)
            desk.page.evaluate(FOLLOW, anchor)
            desk.page.evaluate(GROWN, 200)
            while held:
                held.pop().continue_()
            desk.page.evaluate("window.tmsGrown")
            assert desk.page.evaluate("window.tmsMoved()") <= 1
        if log_of(desk).evaluate("(e) => e.scrollTop") == 0:
            break
    assert pages >= 2
    expect(desk.messages.first).to_contain_text("Line 1")
    expect(desk.page.get_by_text("This is the beginning of Long talk")).to_be_visible()


def test_new_messages_scroll_in_at_the_bottom(desk: Desk, hall: Hall) -> None:
    for n in range(12):
        hall.say(f"Fresh {n}")
    expect(desk.message("Fresh 11")).to_be_in_viewport(ratio=1)
    expect(desk.page.get_by_role("button", name="Jump to the newest message")).to_have_count(0)


def test_somebody_who_reads_further_up_is_not_moved_and_a_pill_counts_what_is_new(desk: Desk, hall: Hall) -> None:
    scroll_up(desk, 1_200)
    anchor = log_of(desk).evaluate(ANCHOR)
    desk.page.evaluate(FOLLOW, anchor)
    pill = desk.page.get_by_role("button", name="Jump to the newest message")
    for n, label in enumerate(("1 new", "2 new", "3 new"), 1):
        hall.say(f"News {n}")
        expect(pill).to_have_text(label)
    assert desk.page.evaluate("window.tmsMoved()") <= 1
    expect(desk.badge(hall.id)).to_have_text("3")
    pill.click()
    expect(desk.message("News 3")).to_be_in_viewport(ratio=1)
    expect(pill).to_have_count(0)
    expect(desk.badge(hall.id)).to_have_count(0)


def test_a_smaller_window_keeps_the_newest_message_in_view(desk: Desk) -> None:
    desk.page.set_viewport_size({"width": 800, "height": 500})
    expect(desk.messages.last).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("unread", [30, 60])
def test_a_conversation_opens_at_the_first_unread_message_under_a_line(desk: Desk, hall: Hall, unread: int) -> None:
    desk.page.goto("/")
    desk.row(hall.id).wait_for()
    hall.say("Not said yet")
    hall.ana.http.post(f"/conversations/{hall.id}/mark-read").raise_for_status()
    for n in range(1, unread + 1):
        hall.say(f"Unread {n} of {unread}")
    expect(desk.badge(hall.id)).to_have_text(str(unread))
    desk.row(hall.id).click()
    line, first = desk.page.get_by_test_id("new-line"), desk.message(f"Unread 1 of {unread}")
    expect(line).to_be_in_viewport()
    expect(first).to_be_in_viewport(ratio=1)
    expect(desk.message("Not said yet").last).to_be_in_viewport(ratio=1)
    assert line.evaluate("(e) => e.getBoundingClientRect().bottom") <= first.evaluate(
        "(e) => e.getBoundingClientRect().top + 1"
    )
