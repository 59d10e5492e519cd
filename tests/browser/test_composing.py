"""Names, emoji and links in what one writes; what is new above the screen (CLIENT.md C1 C2 C9 R2 R3)."""

from __future__ import annotations

import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenDesk, Pair
from tests.conftest import StartServer
from tests.support.people import Team
from tests.support.processes import wait_until
from tests.support.server import TmsServer


def test_people_are_named_by_keyboard_and_know_that_they_are_meant(
    tms: TmsServer, team: Team, open_desk: OpenDesk
) -> None:
    ana, bob, cleo = (team.add(name) for name in ("Ana Reyes", "Bob Stone", "Cleo Park"))
    room = ana.group("Launch team", bob, cleo)
    a, b = open_desk(tms.base_url), open_desk(tms.base_url)
    a.sign_in(ana, room)
    b.sign_in(bob)
    a.composer.press_sequentially("Ask @")
    found = a.page.get_by_role("listbox", name="Suggestions").get_by_role("option")
    expect(found).to_have_count(3)
    a.composer.press_sequentially("c")
    expect(found).to_have_count(1)
    a.composer.press("Backspace")
    expect(found.nth(0)).to_have_attribute("aria-selected", "true")
    a.composer.press("ArrowDown")
    a.composer.press("Tab")
    expect(a.composer).to_have_value("Ask @Cleo Park ")
    a.composer.press_sequentially("or @bo")
    a.composer.press("Enter")
    expect(a.composer).to_have_value("Ask @Cleo Park or @Bob Stone ")
    expect(found).to_have_count(0)
    # Whoever does not want it goes on writing.
    a.composer.press_sequentially("@b")
    a.composer.press("Escape")
    expect(found).to_have_count(0)
    expect(a.composer).to_have_value("Ask @Cleo Park or @Bob Stone @b")
    a.composer.press("Backspace")
    a.composer.press("Backspace")
    a.composer.press("Enter")

    expect(b.badge(room)).to_have_text("@ 1")
    expect(b.row(room)).to_contain_text("you are mentioned")
    b.row(room).click()
    marks = b.messages.first.locator("mark")
    expect(marks).to_have_text(["@Cleo Park", "@Bob Stone"])
    assert marks.nth(0).get_attribute("class") != marks.nth(1).get_attribute("class"), "one's own name stands out"
    expect(b.badge(room)).to_have_count(0)


def test_emoji_come_by_name_after_a_colon_and_from_the_picker(pair: Pair) -> None:
    desk = pair.desk
    desk.composer.press_sequentially("Well done :tad")
    found = desk.page.get_by_role("listbox", name="Suggestions").get_by_role("option")
    expect(found.first).to_contain_text(":tada")
    desk.composer.press("Enter")
    expect(desk.composer).to_have_value("Well done 🎉 ")
    desk.composer.press_sequentially("at 12:30")
    expect(found).to_have_count(0)
    desk.composer.press("Home")
    desk.button("Emoji").click()
    picker = desk.page.get_by_test_id("emoji-picker")
    picker.get_by_role("searchbox").fill("rocket")
    picker.locator("[data-emoji='🚀']").click()
    expect(desk.composer).to_have_value("🚀Well done 🎉 at 12:30")
    expect(desk.composer).to_be_focused()
    desk.composer.press_sequentially("!")
    expect(desk.composer).to_have_value("🚀!Well done 🎉 at 12:30")


class Plan(BaseHTTPRequestHandler):
    """A site of one page, which takes its time: it answers when it is told to."""

    may_answer = Event()

    def do_GET(self) -> None:
        self.may_answer.wait(30)
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(b"<title>The plan</title><meta name=description content='What happens when'>")

    def log_message(self, format: str, *args: object) -> None:
        pass


def test_a_link_preview_delays_no_message_and_moves_nobody(start_server: StartServer, open_desk: OpenDesk) -> None:
    site = ThreadingHTTPServer(("127.0.0.1", 0), Plan)
    Thread(target=site.serve_forever, daemon=True).start()
    host = f"127.0.0.1:{site.server_port}"
    server = start_server(LINK_PREVIEW_HOSTS=host)
    team = Team(server)
    ana, bob = team.add("Ana Reyes"), team.add("Bob Stone")
    room = ana.direct(bob)
    for n in range(30):
        bob.send(room, f"Line {n}")
    desk = open_desk(server.base_url)
    desk.sign_in(ana, room)
    link = f"http://{host}/plan"
    desk.write(f"See {link}")
    card = desk.page.get_by_test_id("link-preview")
    expect(desk.messages.last).to_have_attribute("data-state", "sent")
    expect(card).to_have_count(0)
    Plan.may_answer.set()
    expect(card).to_contain_text("The plan")
    expect(card).to_contain_text("What happens when")
    expect(card).to_have_attribute("href", link)
    expect(desk.messages.last).to_be_in_viewport(ratio=1)
    desk.page.reload()
    expect(card).to_contain_text("The plan")
    team.close()
    site.shutdown()
    site.server_close()


def test_what_came_while_one_was_away_begins_at_a_line_and_a_bar_leads_to_it(pair: Pair) -> None:
    desk, room = pair.desk, pair.conversation_id
    pair.bob.send(room, "Before")
    expect(desk.message("Before")).to_be_visible()
    wait_until(
        lambda: pair.ana.http.get(f"/conversations/{room}").json()["unreadCount"] == 0, seconds=30, what="it is read"
    )
    # Playwright lets every page believe that it has the focus; this one shall know the truth.
    desk.context.new_cdp_session(desk.page).send("Emulation.setFocusEmulationEnabled", {"enabled": False})
    other = desk.another_tab()
    other.page.bring_to_front()
    wait_until(lambda: not desk.page.evaluate("document.hasFocus()"), seconds=30, what="the tab loses the focus")
    for n in range(1, 41):
        pair.bob.send(room, f"News {n}")
    expect(desk.message("News 40")).to_be_in_viewport()
    bar = desk.page.get_by_test_id("unread-bar")
    expect(bar).to_contain_text(re.compile(r"40 new since .*\d.* — Jump"))
    desk.page.bring_to_front()
    bar.get_by_role("button", name="Jump").click()
    expect(desk.page.get_by_test_id("new-line")).to_be_in_viewport()
    expect(desk.message("News 1")).to_be_in_viewport(ratio=1)
    expect(bar).to_have_count(0)


@pytest.mark.parametrize("unread", [260])
def test_hundreds_of_unread_messages_open_at_the_first_and_escape_has_them_all_read(
    tms: TmsServer, team: Team, open_desk: OpenDesk, unread: int
) -> None:
    ana, bob = team.add("Ana Reyes"), team.add("Bob Stone")
    room = ana.direct(bob)
    bob.send(room, "Read already")
    ana.http.post(f"/conversations/{room}/mark-read").raise_for_status()
    for n in range(1, unread + 1):
        bob.send(room, f"News {n}")
    desk = open_desk(tms.base_url)
    desk.sign_in(ana)
    expect(desk.badge(room)).to_have_text(str(unread))
    desk.row(room).click()
    expect(desk.page.get_by_test_id("new-line")).to_be_in_viewport()
    expect(desk.message("News 1")).to_be_in_viewport(ratio=1)
    expect(desk.message("Read already")).to_be_in_viewport(ratio=1)
    expect(desk.badge(room)).to_have_text(str(unread))
    desk.composer.press("Escape")
    expect(desk.badge(room)).to_have_count(0)
    expect(desk.page.get_by_test_id("new-line")).to_have_count(0)
    expect(desk.message(f"News {unread}")).to_be_in_viewport(ratio=1)
