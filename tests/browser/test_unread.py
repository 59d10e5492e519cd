"""Unread counts: where they show, and what makes them go away (CLIENT.md R11, R12, R14)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenDesk, Pair
from tests.browser.desk import Desk
from tests.browser.stopwatch import Stopwatch
from tests.support.people import Person, Team
from tests.support.processes import wait_until
from tests.support.server import TmsServer


def unread(person: Person, conversation_id: str) -> int:
    count: int = person.http.get(f"/conversations/{conversation_id}").raise_for_status().json()["unreadCount"]
    return count


def icon(desk: Desk) -> Locator:
    return desk.page.locator('link[rel="icon"]')


def test_title_icon_and_list_count_what_is_unread(tms: TmsServer, team: Team, open_desk: OpenDesk) -> None:
    ana, bob, cleo = (team.add(name) for name in ("Ana Reyes", "Bob Stone", "Cleo Park"))
    desk = open_desk(tms.base_url)
    desk.sign_in(ana)
    plain = icon(desk).get_attribute("href")
    direct, group = bob.direct(ana), cleo.group("Launch team", ana, bob)
    for sender, room in ((bob, direct), (bob, group), (cleo, group)):
        sender.send(room, "News")
    expect(desk.badge(direct)).to_have_text("1")
    expect(desk.badge(group)).to_have_text("2")
    expect(desk.row(group)).to_contain_text("2 unread messages")
    expect(desk.row(group)).to_contain_text("Cleo: News")
    expect(desk.page).to_have_title("(3) TMS Chat")
    assert icon(desk).get_attribute("href") != plain
    desk.row(group).click()
    expect(desk.page).to_have_title("(1) TMS Chat")
    desk.row(direct).click()
    expect(desk.page).to_have_title("TMS Chat")
    assert icon(desk).get_attribute("href") == plain


@pytest.mark.parametrize("first", ["newest", "older"])
def test_the_list_is_in_the_order_of_the_newest_messages(
    tms: TmsServer, team: Team, open_desk: OpenDesk, first: str
) -> None:
    ana, bob = team.add("Ana Reyes"), team.add("Bob Stone")
    rooms = {"older": ana.group("Older", bob), "newest": ana.group("Newest", bob)}
    for room in rooms.values():
        bob.send(room, "Hello")
    desk = open_desk(tms.base_url)
    desk.sign_in(ana)
    expect(desk.badge(rooms["newest"])).to_be_visible()
    bob.send(rooms[first], "Up we go")
    expect(desk.page.get_by_test_id("conversation-row").first).to_contain_text("Up we go")
    expect(desk.page.get_by_test_id("conversation-row").first).to_contain_text(first.capitalize())


def test_a_message_is_read_only_when_the_tab_is_in_front_and_focused(pair: Pair) -> None:
    desk = pair.desk
    reads: list[str] = []
    desk.page.on("request", lambda request: reads.append(request.url) if "mark-read" in request.url else None)
    # Playwright lets every page believe that it has the focus; this one shall know the truth.
    desk.context.new_cdp_session(desk.page).send("Emulation.setFocusEmulationEnabled", {"enabled": False})
    other = desk.another_tab()
    other.page.bring_to_front()
    wait_until(lambda: not desk.page.evaluate("document.hasFocus()"), seconds=30, what="the tab loses the focus")
    pair.bob.send(pair.conversation_id, "Are you there?")
    expect(desk.message("Are you there?")).to_be_visible()
    expect(desk.badge(pair.conversation_id)).to_have_text("1")
    assert reads == []
    assert unread(pair.ana, pair.conversation_id) == 1

    desk.page.bring_to_front()
    expect(desk.badge(pair.conversation_id)).to_have_count(0)
    wait_until(lambda: unread(pair.ana, pair.conversation_id) == 0, seconds=30, what="the server knows that it is read")
    assert len(reads) == 1


@pytest.mark.alone
def test_what_is_read_in_one_tab_is_read_in_the_other_within_a_second(
    tms: TmsServer, team: Team, open_desk: OpenDesk
) -> None:
    ana, bob = team.add("Ana Reyes"), team.add("Bob Stone")
    room = ana.direct(bob)
    here = open_desk(tms.base_url)
    here.sign_in(ana)
    there = here.another_tab()
    there.page.goto("/")
    bob.send(room, "Hello")
    for tab in (here, there):
        expect(tab.badge(room)).to_have_text("1")
        expect(tab.page).to_have_title("(1) TMS Chat")
    watch = Stopwatch(here.page, there.page, "[data-testid=unread-badge]", gone=True)
    here.row(room).click()
    assert watch.milliseconds() < 1_000
    expect(there.page).to_have_title("TMS Chat")


def test_the_sender_sees_that_a_message_was_read(pair: Pair, tms: TmsServer, open_desk: OpenDesk) -> None:
    pair.desk.write("Have you seen this?")
    sent = pair.desk.message("Have you seen this?")
    expect(sent).to_have_attribute("data-state", "sent")
    expect(sent.get_by_text("Read", exact=True)).to_have_count(0)
    bob = open_desk(tms.base_url)
    bob.sign_in(pair.bob, pair.conversation_id)
    expect(sent.get_by_text("Read", exact=True)).to_be_attached()
