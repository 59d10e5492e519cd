"""On a phone: one pane at a time, nothing to scroll sideways, buttons for fingers (CLIENT.md A6, A10)."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenDesk
from tests.browser.desk import Desk
from tests.browser.media import chosen, picture, upload
from tests.support.people import Person, Team
from tests.support.server import TmsServer

WIDTH = "document.documentElement.scrollWidth - document.documentElement.clientWidth"

# Everything to press that is smaller than a finger tip. Links within a text follow the text.
SMALL = """() => [...document.querySelectorAll("button, a, input, textarea, select")]
  .filter((e) => e.checkVisibility() && !e.closest("[data-testid=message]"))
  .map((e) => [e.getAttribute("aria-label") ?? e.textContent.trim(), e.getBoundingClientRect()])
  .filter(([, box]) => box.width > 1 && box.right > 0 && box.bottom > 0 && (box.width < 43.5 || box.height < 43.5))
  .map(([name, box]) => `${name}: ${Math.round(box.width)} x ${Math.round(box.height)}`)"""


@pytest.fixture(params=[(390, 844), (320, 568)], ids=["390", "320"])
def phone(request: pytest.FixtureRequest, tms: TmsServer, open_desk: OpenDesk) -> Desk:
    width, height = request.param
    size = {"width": width, "height": height}
    return open_desk(tms.base_url, viewport=size, is_mobile=True, has_touch=True)


@pytest.fixture
def ana(team: Team) -> Person:
    return team.add("Ana Reyes")


def test_list_and_conversation_take_turns(phone: Desk, ana: Person, team: Team) -> None:
    bob = team.add("Bob Stone")
    room = ana.direct(bob)
    bob.send(room, "Hello")
    phone.sign_in(ana)
    expect(phone.row(room)).to_be_visible()
    phone.row(room).tap()
    expect(phone.message("Hello")).to_be_visible()
    expect(phone.row(room)).to_be_hidden()
    expect(phone.composer).to_be_in_viewport(ratio=1)
    phone.composer.fill("From the phone")
    phone.button("Send").tap()
    expect(phone.message("From the phone")).to_have_attribute("data-state", "sent")
    expect(phone.message("From the phone")).to_be_in_viewport(ratio=1)

    phone.button("Back to conversations").tap()
    expect(phone.row(room)).to_be_visible()
    expect(phone.composer).to_be_hidden()
    phone.row(room).tap()
    expect(phone.composer).to_be_visible()
    phone.page.go_back()
    expect(phone.row(room)).to_be_visible()


def test_nothing_is_wider_than_the_screen(phone: Desk, ana: Person, team: Team) -> None:
    bob = team.add("Bob-Alexander von und zu Hohenstein-Wildenburg")
    room = ana.group("A group with a name that is much longer than any phone is wide", bob)
    ana.send(room, "https://example.org/" + "averyveryverylongpath" * 12)
    bob.send(room, "Supercalifragilistic" * 12)
    phone.page.goto(f"/c/{room}")
    phone.button("Sign in").wait_for()
    assert phone.page.evaluate(WIDTH) <= 0
    phone.fill_sign_in(ana.email)
    expect(phone.messages).to_have_count(2)
    assert phone.page.evaluate(WIDTH) <= 0
    log = phone.page.get_by_role("log")
    assert log.evaluate("(e) => e.scrollWidth - e.clientWidth") <= 0
    phone.button("Members").tap()
    expect(phone.dialog).to_be_visible()
    assert phone.page.evaluate(WIDTH) <= 0
    phone.button("Close").tap()
    phone.button("Back to conversations").tap()
    for opener in ("New message", "New group", "Settings"):
        phone.button(opener).tap()
        expect(phone.dialog).to_be_in_viewport(ratio=1)
        assert phone.page.evaluate(WIDTH) <= 0
        phone.button("Close").tap()
        expect(phone.dialog).to_have_count(0)


def test_everything_to_press_is_big_enough_for_a_finger(phone: Desk, ana: Person, team: Team) -> None:
    room = ana.group("Launch team", team.add("Bob Stone"))
    phone.page.goto(f"/c/{room}")
    phone.button("Sign in").wait_for()
    assert phone.page.evaluate(SMALL) == []
    phone.fill_sign_in(ana.email)
    phone.composer.wait_for()
    assert phone.page.evaluate(SMALL) == []
    phone.button("Back to conversations").tap()
    expect(phone.row(room)).to_be_visible()
    assert phone.page.evaluate(SMALL) == []
    phone.button("New message").tap()
    expect(phone.page.get_by_role("option").first).to_be_visible()
    assert phone.page.evaluate(SMALL) == []


def test_files_fit_the_screen_and_the_fingers(phone: Desk, ana: Person, team: Team) -> None:
    bob = team.add("Bob Stone")
    room = bob.direct(ana)
    upload(bob, room, "wide.png", picture(1600, 900))
    upload(bob, room, "A name that is much longer than any phone is wide, and then some.pdf", b"%PDF-1.7\n")
    phone.sign_in(ana, room)
    shown = phone.page.get_by_test_id("image")
    expect(shown.locator("img")).to_be_visible()
    assert phone.page.evaluate(WIDTH) <= 0
    box = shown.bounding_box()
    assert box
    assert abs(box["width"] / box["height"] - 16 / 9) < 0.05, "it is smaller, not squeezed"
    phone.page.get_by_test_id("file-input").set_input_files(
        [chosen("three.png", "image/png", picture(90, 60)), chosen("a-rather-long-name.txt", "text/plain", b"a")]
    )
    expect(phone.page.get_by_test_id("staged")).to_have_count(2)
    phone.page.get_by_test_id("staged").last.scroll_into_view_if_needed()
    assert phone.page.evaluate(WIDTH) <= 0
    assert phone.page.evaluate(SMALL) == []
    shown.tap()
    expect(phone.dialog.get_by_alt_text("wide.png")).to_be_in_viewport(ratio=1)
    assert phone.page.evaluate(SMALL) == []
    phone.button("Close").tap()
    expect(phone.composer).to_be_in_viewport(ratio=1)
