"""Light and dark follow the system. With TMS_SCREENSHOTS naming a folder, what is shown here is saved there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenDesk
from tests.browser.desk import Desk
from tests.conftest import StartServer
from tests.support.people import Person, Team
from tests.support.processes import wait_until
from tests.support.server import TmsServer

# Red, green and blue of the page, whatever way of writing colours the style sheet prefers.
BACKGROUND = """() => {
  const paint = document.createElement("canvas").getContext("2d");
  for (const element of [document.documentElement, document.body]) {
    paint.fillStyle = getComputedStyle(element).backgroundColor;
    paint.fillRect(0, 0, 1, 1);
  }
  return [...paint.getImageData(0, 0, 1, 1).data.slice(0, 3)];
}"""


@pytest.fixture(scope="module")
def ana(team: Team) -> Person:
    """Somebody with the kind of conversations that people have."""
    ana, bob, cleo, dan = (team.add(name) for name in ("Ana Reyes", "Bob Stone", "Cleo Park", "Dan Okafor"))
    design = cleo.group("Design review", ana, bob)
    cleo.send(design, "The new icons are in the folder.")
    dan.send(dan.direct(ana), "Lunch at half past twelve?")
    launch = ana.group("Launch team", bob, cleo, dan)
    for who, text in (
        (ana, "Good morning! Where do we stand with the launch?"),
        (bob, "The server runs on the new machine since last night."),
        (bob, "No error in the log so far. I keep an eye on it."),
        (cleo, "The pages are translated. Only the imprint is missing, legal sends it today."),
        (dan, "I invited the first ten teams, see https://example.org/pilot"),
        (dan, "Four of them have already written to each other 🎉"),
        (ana, "Wonderful. Then let us open it for everybody on Thursday."),
        (cleo, "Thursday is fine for me."),
        (bob, "For me too.\nI would like to watch the first hour together: who is in?"),
    ):
        who.send(launch, text)
    return ana


def show(desk: Desk, ana: Person) -> None:
    """The launch team's conversation, read to its end, with the news of the others beside it."""
    desk.sign_in(ana)
    desk.page.get_by_test_id("conversation-row").filter(has_text="Launch team").click()
    expect(desk.messages.last).to_contain_text("who is in?")
    expect(desk.messages.last).to_be_in_viewport()
    expect(desk.messages.last).to_be_visible()
    desk.page.evaluate("document.fonts.ready.then(() => true)")


def brightness(desk: Desk) -> int:
    red, green, blue = desk.page.evaluate(BACKGROUND)
    return int(red + green + blue) // 3


def save(desk: Desk, name: str) -> None:
    folder = os.environ.get("TMS_SCREENSHOTS")
    if folder:
        desk.page.screenshot(path=Path(folder) / f"{name}.png")


def test_light_and_dark_follow_the_system(tms: TmsServer, ana: Person, open_desk: OpenDesk) -> None:
    desk = open_desk(tms.base_url, color_scheme="light", reduced_motion="reduce")
    show(desk, ana)
    assert brightness(desk) > 200
    save(desk, "conversation-light")
    desk.page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    wait_until(lambda: brightness(desk) < 60, seconds=30, what="the page is dark")
    save(desk, "conversation-dark")


def test_a_phone_shows_the_conversation_alone(tms: TmsServer, ana: Person, open_desk: OpenDesk) -> None:
    size = {"width": 390, "height": 844}
    desk = open_desk(tms.base_url, viewport=size, is_mobile=True, has_touch=True, device_scale_factor=2)
    show(desk, ana)
    expect(desk.page.get_by_test_id("conversation-row").first).to_be_hidden()
    save(desk, "conversation-phone")


def test_the_page_is_there_at_once_in_its_colour(start_server: StartServer, open_desk: OpenDesk) -> None:
    """No white flash in a dark room: the colour is in force before any script has run."""
    server = start_server()
    desk = open_desk(server.base_url, color_scheme="dark")
    desk.page.route("**/*.js", lambda route: route.abort())
    desk.problems.provoke(r"net::ERR_FAILED .*\.js")
    desk.page.goto("/")
    assert brightness(desk) < 60
