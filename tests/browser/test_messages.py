"""What two people see of each other's edits, deletions, reactions, answers, votes (CLIENT.md R15 R16 R17 C10 F5)."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenDesk
from tests.browser.desk import Desk
from tests.browser.glimpse import shown
from tests.support.people import Person, Team
from tests.support.processes import wait_until
from tests.support.server import TmsServer


@dataclass(frozen=True)
class Room:
    """A group of three; Ana and Bob sit at desks with it open, Cleo only has an account."""

    ana: Person
    bob: Person
    cleo: Person
    id: str
    a: Desk
    b: Desk


@pytest.fixture
def room(tms: TmsServer, team: Team, open_desk: OpenDesk) -> Room:
    ana, bob, cleo = (team.add(name) for name in ("Ana Reyes", "Bob Stone", "Cleo Park"))
    conversation_id = ana.group("Launch team", bob, cleo)
    a, b = open_desk(tms.base_url), open_desk(tms.base_url)
    a.sign_in(ana, conversation_id)
    b.sign_in(bob, conversation_id)
    return Room(ana, bob, cleo, conversation_id, a, b)


def act(desk: Desk, text: str, action: str) -> None:
    """Points at a message and presses one of the buttons that appear."""
    # An answer quotes the text, and comes after it.
    message = desk.message(text).first
    message.hover()
    message.get_by_role("button", name=action, exact=True).click()


def choose(desk: Desk, text: str, entry: str) -> None:
    act(desk, text, "More")
    desk.page.get_by_role("menuitem", name=entry).click()


def quotes(desk: Desk) -> Locator:
    return desk.page.get_by_test_id("quote")


def test_an_edit_shows_at_once_and_at_the_others_with_its_quotes(room: Room) -> None:
    room.a.write("The launch is on Tusday")
    act(room.b, "The launch is on Tusday", "Reply")
    expect(room.b.page.get_by_test_id("composing")).to_contain_text("Reply to Ana Reyes")
    room.b.write("Noted")
    expect(quotes(room.a)).to_contain_text("The launch is on Tusday")
    act(room.a, "The launch is on Tusday", "Edit")
    expect(room.a.composer).to_have_value("The launch is on Tusday")
    expect(room.a.page.get_by_test_id("composing")).to_contain_text("Editing")
    room.a.write("The launch is on Tuesday")
    for desk in (room.a, room.b):
        first = desk.messages.first
        expect(first).to_contain_text("The launch is on Tuesday (edited)")
        expect(first.get_by_text("(edited)")).to_have_attribute("title", re.compile(r"\d"))
        expect(quotes(desk)).to_contain_text("Tuesday")
    expect(room.a.composer).to_have_value("")


def test_up_in_an_empty_box_edits_the_last_own_message_and_escape_leaves_all_as_it_was(room: Room) -> None:
    room.a.write("One")
    room.a.write("Two")
    expect(room.b.message("Two")).to_be_visible()
    room.bob.send(room.id, "Three")
    expect(room.a.message("Three")).to_be_visible()
    expect(room.a.message("Two")).to_have_attribute("data-state", "sent")
    room.a.composer.press("ArrowUp")
    expect(room.a.composer).to_have_value("Two")
    room.a.composer.press("Escape")
    expect(room.a.composer).to_have_value("")
    room.a.composer.press("ArrowUp")
    room.a.composer.press("End")
    room.a.composer.press_sequentially(" and a half")
    room.a.composer.press("Enter")
    expect(room.b.messages.nth(1)).to_contain_text("Two and a half (edited)")
    # A text in the box is not lost by it.
    room.a.composer.fill("Half a thought")
    room.a.composer.press("ArrowUp")
    expect(room.a.page.get_by_test_id("composing")).to_have_count(0)
    act(room.a, "One", "Edit")
    expect(room.a.composer).to_have_value("One")
    room.a.button("Cancel").click()
    expect(room.a.composer).to_have_value("Half a thought")


def test_an_edit_that_fails_keeps_its_text_and_can_be_repeated(room: Room) -> None:
    desk = room.a
    desk.write("Before")
    expect(desk.messages.first).to_have_attribute("data-state", "sent")
    desk.problems.provoke(r"status of 500", r"net::ERR_FAILED")
    address = "**/api/v1/messages/*"
    desk.page.route(address, lambda route: route.abort() if route.request.method == "PUT" else route.continue_())
    act(desk, "Before", "Edit")
    desk.write("After")
    expect(desk.messages.first).to_contain_text("After")
    expect(desk.messages.first.get_by_role("alert")).to_contain_text("Your change is not saved")
    desk.page.unroute(address)
    desk.messages.first.get_by_role("button", name="Retry").click()
    expect(desk.messages.first.get_by_role("alert")).to_have_count(0)
    expect(room.b.messages.first).to_contain_text("After (edited)")


def test_deleting_for_everyone_leaves_a_stub_everywhere_and_for_me_only_here(room: Room) -> None:
    for text in ("Secret", "Noise"):
        room.a.write(text)
        expect(room.b.message(text)).to_be_visible()
    room.bob.send(room.id, "What?", reply_to_id=_id(room.b, "Secret"))
    expect(quotes(room.a)).to_contain_text("Secret")
    choose(room.a, "Secret", "Delete…")
    expect(room.a.dialog).to_contain_text("Secret")
    room.a.button("Cancel").click()
    expect(room.a.message("Secret").first).to_be_visible()
    choose(room.a, "Secret", "Delete…")
    room.a.button("Delete for everyone").click()
    for desk in (room.a, room.b):
        expect(desk.messages.first).to_contain_text("This message was deleted.")
        expect(quotes(desk)).to_contain_text("This message was deleted.")
        expect(desk.page.get_by_text("Secret")).to_have_count(0)

    choose(room.b, "Noise", "Delete…")
    expect(room.b.button("Delete for everyone")).to_have_count(0)
    room.b.button("Delete for me").click()
    expect(room.b.page.get_by_text("Noise")).to_have_count(0)
    expect(room.a.message("Noise")).to_be_visible()
    room.b.page.reload()
    expect(room.b.messages).to_have_count(2)


def test_reactions_are_picked_counted_replaced_and_taken_back(room: Room) -> None:
    room.cleo.send(room.id, "Done!")
    act(room.a, "Done!", "React")
    picker = room.a.page.get_by_test_id("emoji-picker")
    picker.get_by_role("searchbox").press_sequentially("tada")
    picker.get_by_role("searchbox").press("Enter")
    chip = room.b.page.get_by_test_id("reaction")
    expect(chip).to_have_accessible_name("🎉 1 reaction: Ana Reyes")
    expect(chip).to_have_attribute("aria-pressed", "false")
    chip.click()
    mine = room.a.page.get_by_test_id("reaction")
    expect(mine).to_have_accessible_name("🎉 2 reactions: you, Bob Stone")
    expect(mine).to_have_attribute("aria-pressed", "true")
    act(room.a, "Done!", "React")
    picker.get_by_role("button", name="React with thumbsup").first.click()
    expect(mine).to_have_count(2)
    expect(mine.nth(0)).to_have_accessible_name("🎉 1 reaction: Bob Stone")
    mine.nth(1).click()
    for desk in (room.a, room.b):
        expect(desk.page.get_by_test_id("reaction")).to_have_count(1)


def test_what_happened_while_the_line_was_down_is_there_after_it(room: Room) -> None:
    """Also to messages that lie further up than a page (R15)."""
    old = room.bob.send(room.id, "An old one")
    doomed = room.bob.send(room.id, "A doomed one")
    for n in range(60):
        room.bob.send(room.id, f"Line {n}")
    expect(room.a.message("Line 59")).to_be_visible()
    log = room.a.page.get_by_role("log")

    def is_loaded() -> bool:
        log.evaluate("(e) => e.scrollBy(0, -2000)")
        return room.a.message("An old one").count() > 0

    wait_until(is_loaded, seconds=30, what="the older page is there")
    room.a.problems.provoke(r"net::ERR_", r"WebSocket")
    room.a.context.set_offline(True)
    expect(room.a.banner).to_be_visible()
    room.bob.http.put(f"/messages/{old['id']}", json={"content": "A new text"}).raise_for_status()
    room.bob.http.request("DELETE", f"/messages/{doomed['id']}", json={"delete_for_everyone": True}).raise_for_status()
    room.bob.http.post(f"/messages/{old['id']}/reactions", json={"emoji": "👍"}).raise_for_status()
    room.a.context.set_offline(False)
    expect(room.a.banner).to_have_count(0)
    expect(room.a.messages.first).to_contain_text("A new text (edited)")
    expect(room.a.messages.first.get_by_test_id("reaction")).to_have_text("👍1")
    expect(room.a.messages.nth(1)).to_contain_text("This message was deleted.")


def test_ticks_move_live_and_the_list_names_who_has_seen_it(room: Room, tms: TmsServer, open_desk: OpenDesk) -> None:
    room.b.row(room.id).wait_for()
    room.a.write("Who is here?")
    tick = room.a.messages.first.locator("[data-tick]")
    expect(tick).to_have_attribute("data-tick", "sent")
    choose(room.a, "Who is here?", "Seen by")
    seen = room.a.dialog
    expect(seen.get_by_test_id("seen-read")).to_contain_text("Bob Stone")
    expect(seen.get_by_test_id("seen-sent")).to_contain_text("Cleo Park")
    cleo = open_desk(tms.base_url)
    cleo.sign_in(room.cleo)
    # Her device has it, though she looks at the list only.
    expect(seen.get_by_test_id("seen-delivered")).to_contain_text("Cleo Park")
    cleo.row(room.id).click()
    expect(seen.get_by_test_id("seen-read")).to_contain_text("Cleo Park")
    room.a.page.keyboard.press("Escape")
    expect(tick).to_have_attribute("data-tick", "read")
    room.a.page.reload()
    expect(tick).to_have_attribute("data-tick", "read")


def test_a_click_on_a_quote_goes_to_what_it_quotes(room: Room) -> None:
    first = room.cleo.send(room.id, "The first word")
    for n in range(30):
        room.cleo.send(room.id, f"Line {n}")
    room.cleo.send(room.id, "As I said", reply_to_id=first["id"])
    expect(room.a.message("As I said")).to_be_in_viewport()
    mark = shown(room.a.page, f'[data-message-id="{first["id"]}"][data-highlighted=true]')
    quotes(room.a).click()
    original = room.a.messages.filter(has=room.a.page.get_by_text("The first word", exact=True)).first
    expect(original).to_be_in_viewport(ratio=1)
    mark.wait()


def test_everything_about_a_message_can_be_done_by_keyboard(room: Room) -> None:
    room.cleo.send(room.id, "From Cleo")
    room.a.write("From Ana")
    expect(room.a.message("From Ana")).to_have_attribute("data-state", "sent")
    keys = room.a.page.keyboard
    room.a.page.get_by_role("log").focus()
    keys.press("ArrowUp")
    expect(room.a.message("From Ana")).to_be_focused()
    keys.press("ArrowUp")
    expect(room.a.message("From Cleo")).to_be_focused()
    expect(room.a.page.get_by_role("toolbar", name="Message actions")).to_be_visible()
    keys.press("Tab")
    expect(room.a.message("From Cleo").get_by_role("button", name="React")).to_be_focused()
    keys.press("Enter")
    expect(room.a.page.get_by_role("searchbox", name="Search emoji")).to_be_focused()
    keys.press("ArrowDown")
    keys.press("ArrowRight")
    keys.press("Enter")
    expect(room.a.page.get_by_test_id("reaction")).to_have_count(1)
    room.a.message("From Cleo").focus()
    keys.press("r")
    expect(room.a.composer).to_be_focused()
    expect(room.a.page.get_by_test_id("composing")).to_have_attribute("data-kind", "reply")
    keys.press("Escape")
    room.a.message("From Ana").focus()
    keys.press("Enter")
    expect(room.a.page.get_by_role("menuitem").first).to_be_focused()
    keys.press("End")
    keys.press("Enter")
    expect(room.a.dialog).to_contain_text("Delete this message?")
    keys.press("Escape")
    expect(room.a.dialog).to_have_count(0)
    room.a.message("From Ana").focus()
    keys.press("ArrowDown")
    expect(room.a.composer).to_be_focused()


def test_a_tap_on_a_phone_shows_what_can_be_done_wherever_the_message_stands(
    room: Room, tms: TmsServer, open_desk: OpenDesk
) -> None:
    for n in range(14):
        room.bob.send(room.id, f"Line {n}")
    phone = open_desk(tms.base_url, viewport={"width": 320, "height": 640}, has_touch=True, is_mobile=True)
    phone.sign_in(room.cleo, room.id)
    phone.page.mouse.move(0, 0)
    log = phone.page.get_by_role("log")
    bar = phone.page.get_by_role("toolbar", name="Message actions")
    for edge in (0, 100_000):
        log.evaluate("(e, edge) => e.scrollTo(0, edge)", edge)
        phone.settle()
        phone.messages.first.tap() if edge == 0 else phone.messages.last.tap()
        expect(bar).to_have_count(1)
        expect(bar).to_be_in_viewport(ratio=1)
        for button in bar.get_by_role("button").all():
            box = button.bounding_box()
            assert box is not None
            assert min(box["width"], box["height"]) >= 44
    bar.get_by_role("button", name="Reply").tap()
    expect(phone.page.get_by_test_id("composing")).to_contain_text("Line 13")
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= 320


def test_a_poll_is_asked_voted_on_and_closed_before_everybodys_eyes(room: Room) -> None:
    room.a.button("New poll").click()
    dialog = room.a.dialog
    room.a.button("Ask").click()
    expect(dialog.get_by_role("alert")).to_have_text("Write a question.")
    dialog.get_by_label("Question").fill("Where do we have lunch?")
    dialog.get_by_label("Answer 1").fill("Canteen")
    dialog.get_by_label("Answer 2").fill("canteen")
    room.a.button("Ask").click()
    expect(dialog.get_by_role("alert")).to_have_text("Write at least two different answers.")
    dialog.get_by_label("Answer 2").fill("Noodles")
    room.a.button("Ask").click()
    expect(dialog).to_have_count(0)

    theirs, mine = room.b.page.get_by_test_id("poll"), room.a.page.get_by_test_id("poll")
    theirs.get_by_role("radio", name="Noodles").check()
    expect(mine.get_by_role("radio", name="Noodles: 1 vote, 100 %")).not_to_be_checked()
    mine.get_by_role("radio", name="Canteen").check()
    expect(theirs.get_by_role("radio", name="Canteen: 1 vote, 50 %")).to_be_visible()
    expect(theirs.get_by_role("radio", name="Noodles: 1 vote, 50 %")).to_be_checked()
    theirs.get_by_role("radio", name="Canteen").check()
    expect(mine.get_by_role("radio", name="Canteen: 2 votes, 100 %")).to_be_checked()
    mine.get_by_text("Who voted for what").click()
    expect(mine).to_contain_text("Bob Stone")
    expect(theirs.get_by_role("button", name="Close the poll")).to_have_count(0)
    mine.get_by_role("button", name="Close the poll").click()
    for poll in (mine, theirs):
        expect(poll.get_by_role("radio").first).to_be_disabled()
        expect(poll).to_contain_text("closed")
    room.b.page.reload()
    expect(theirs.get_by_role("radio", name="Canteen: 2 votes, 100 %")).to_be_checked()


def test_a_link_to_a_message_is_copied_and_leads_to_it(room: Room) -> None:
    room.a.context.grant_permissions(["clipboard-read", "clipboard-write"])
    sent = room.cleo.send(room.id, "Remember this")
    choose(room.a, "Remember this", "Copy link")
    wait_until(
        lambda: room.a.page.evaluate("navigator.clipboard.readText()").endswith(
            f"/c/{room.id}/m/{sent['sequenceNumber']}"
        ),
        seconds=30,
        what="the link is in the clipboard",
    )
    choose(room.a, "Remember this", "Copy text")
    wait_until(
        lambda: room.a.page.evaluate("navigator.clipboard.readText()") == "Remember this",
        seconds=30,
        what="the text is in the clipboard",
    )


def _id(desk: Desk, text: str) -> str:
    expect(desk.message(text)).to_be_visible()
    message_id = desk.message(text).get_attribute("data-message-id")
    assert message_id is not None
    return message_id
