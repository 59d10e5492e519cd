"""Going to a message that lies far back: links to it, both directions, and the way back (CLIENT.md F2, F8)."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenDesk
from tests.browser.desk import Desk
from tests.browser.glimpse import highlighted
from tests.browser.test_scrolling import scroll_up
from tests.support.people import Person, Team
from tests.support.server import TmsServer

IN_THE_MIDDLE = """(message) => {
  const log = document.querySelector("[role=log]").getBoundingClientRect(), own = message.getBoundingClientRect();
  return Math.abs(own.top + own.height / 2 - log.top - log.height / 2);
}"""
NODES = "() => document.querySelectorAll('[data-testid=message]').length"


@dataclass(frozen=True)
class Archive:
    """A group in which Bob has said 400 things."""

    ana: Person
    bob: Person
    id: str
    messages: list[str]


@pytest.fixture(scope="module")
def archive(team: Team) -> Archive:
    ana, bob = team.add("Ana Reyes"), team.add("Bob Stone")
    room = ana.group("Archive", bob)
    ids = [bob.send(room, f"Line {n}." + " It goes on for a while." * (n % 5))["id"] for n in range(1, 401)]
    ana.http.post(f"/conversations/{room}/mark-read").raise_for_status()
    return Archive(ana, bob, room, ids)


def line(desk: Desk, number: int) -> Locator:
    return desk.messages.filter(has=desk.page.get_by_text(f"Line {number}.", exact=False)).first


def scroll_to_line(desk: Desk, number: int, step: int) -> None:
    for _ in range(120):
        if line(desk, number).count() and line(desk, number).is_visible():
            return
        if step > 0:
            desk.page.get_by_role("log").hover()
            desk.page.mouse.wheel(0, step)
            desk.page.wait_for_timeout(60)
        else:
            scroll_up(desk, -step)
    raise AssertionError(f"line {number} is nowhere")


@pytest.mark.parametrize("by", ["number", "id"])
def test_a_link_opens_the_message_in_the_middle_and_marks_it(
    tms: TmsServer, archive: Archive, open_desk: OpenDesk, by: str
) -> None:
    desk = open_desk(tms.base_url)
    desk.page.goto(f"/c/{archive.id}/m/{'100' if by == 'number' else archive.messages[99]}")
    mark = highlighted(desk.page, "Line 100.")
    desk.fill_sign_in(archive.ana.email)
    target = line(desk, 100)
    expect(target).to_be_in_viewport(ratio=1)
    mark.wait()
    # The mark goes after a moment, when the list has long been still.
    expect(target).not_to_have_attribute("data-highlighted", "true")
    desk.settle()
    assert target.evaluate(IN_THE_MIDDLE) < 40
    expect(desk.page).to_have_url(f"{tms.base_url}/c/{archive.id}")


def test_from_there_both_directions_scroll_and_new_messages_go_on_arriving(
    tms: TmsServer, archive: Archive, open_desk: OpenDesk
) -> None:
    desk = open_desk(tms.base_url)
    desk.sign_in(archive.ana, archive.id)
    expect(line(desk, 400)).to_be_in_viewport()
    desk.page.goto(f"/c/{archive.id}/m/100")
    expect(line(desk, 100)).to_be_in_viewport(ratio=1)
    scroll_to_line(desk, 60, -600)
    scroll_to_line(desk, 180, 600)

    # What arrives meanwhile is unread, and not pushed under the old messages.
    archive.bob.send(archive.id, "Fresh news")
    expect(desk.badge(archive.id)).to_have_text("1")
    back = desk.page.get_by_role("button", name="Jump to the newest message")
    expect(back).to_have_text("1 new")
    back.click()
    expect(desk.message("Fresh news")).to_be_in_viewport(ratio=1)
    expect(back).to_have_count(0)
    expect(desk.badge(archive.id)).to_have_count(0)

    # All the way down by hand, the two parts become one and the newest messages are followed again.
    desk.page.goto(f"/c/{archive.id}/m/250")
    expect(line(desk, 250)).to_be_in_viewport(ratio=1)
    scroll_to_line(desk, 399, 900)
    desk.page.get_by_role("log").press("End")
    expect(desk.message("Fresh news")).to_be_in_viewport(ratio=1)
    archive.bob.send(archive.id, "More news")
    expect(desk.message("More news")).to_be_in_viewport(ratio=1)
    assert desk.page.evaluate(NODES) < 600


def test_writing_from_the_past_returns_to_the_present(tms: TmsServer, archive: Archive, open_desk: OpenDesk) -> None:
    desk = open_desk(tms.base_url)
    desk.page.goto(f"/c/{archive.id}/m/50")
    desk.fill_sign_in(archive.ana.email)
    expect(line(desk, 50)).to_be_in_viewport(ratio=1)
    desk.write("An answer from the past")
    expect(desk.message("An answer from the past")).to_be_in_viewport(ratio=1)
    expect(desk.message("An answer from the past")).to_have_attribute("data-state", "sent")


def test_a_link_to_nothing_says_so_and_shows_the_conversation(
    tms: TmsServer, archive: Archive, open_desk: OpenDesk
) -> None:
    desk = open_desk(tms.base_url)
    desk.problems.provoke(r"(404|422) .*/messages/nothing")
    desk.page.goto(f"/c/{archive.id}/m/nothing")
    desk.fill_sign_in(archive.ana.email)
    expect(desk.page.get_by_text("That message is not here any more.")).to_be_visible()
    expect(desk.composer).to_be_visible()
