"""Voice messages: spoken, heard once more, sent, played (CLIENT.md C8). Chromium's own test tone is the speaker."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Playwright, expect

from tests.browser.conftest import OpenDesk, Pair
from tests.browser.desk import Desk
from tests.browser.glimpse import Glimpse, shown
from tests.browser.media import silence, upload
from tests.support.browser import launch
from tests.support.people import Team
from tests.support.server import TmsServer

TIMES = "\N{MULTIPLICATION SIGN}"
# A device that beeps; who may use it is still asked.
MICROPHONE = ["--use-fake-device-for-media-stream"]
#: A second or more: who looks late sees a later one.
RUNNING = re.compile(r"0:0[1-9]")
MOVED = "() => [...document.querySelectorAll('[aria-label=Position]')].some((slider) => slider.value > 0.2)"


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    with launch(playwright, third_party_cookies=True, args=MICROPHONE) as browser:
        yield browser


@pytest.fixture
def pair(tms: TmsServer, team: Team, open_desk: OpenDesk) -> Pair:
    ana, bob = team.add("Ana Reyes"), team.add("Bob Stone")
    conversation_id = ana.direct(bob)
    desk = open_desk(tms.base_url, permissions=["microphone"])
    desk.sign_in(ana, conversation_id)
    return Pair(ana, bob, conversation_id, desk)


def record(desk: Desk, seconds: float) -> float:
    """Speaks for so long; how long it took altogether, which no recording is longer than."""
    begun = time.monotonic()
    desk.button("Record a voice message").click()
    meter = desk.page.get_by_role("meter", name="How loud it is")
    desk.page.wait_for_function("(meter) => meter.value > 0.05", arg=meter.element_handle())
    desk.page.wait_for_timeout(seconds * 1000)
    desk.button("Stop recording").click()
    desk.button("Send the voice message").wait_for()
    return time.monotonic() - begun


def last_message(pair: Pair) -> dict[str, object]:
    page = pair.bob.http.get(f"/messages/conversations/{pair.conversation_id}/messages").json()
    message: dict[str, object] = page["data"][0]
    return message


def test_a_voice_message_is_recorded_heard_sent_and_played_by_the_other(
    pair: Pair, tms: TmsServer, open_desk: OpenDesk
) -> None:
    desk = pair.desk
    desk.composer.fill("A draft that stays")
    took = record(desk, 3)
    bar = desk.page.get_by_role("group", name="Your voice message").first
    plays = shown(desk.page, '[aria-label="Pause Your voice message"]')
    bar.get_by_role("button", name="Play Your voice message").click()
    plays.wait()
    desk.button("Send the voice message").click()
    sent = desk.messages.first
    expect(sent).to_have_attribute("data-state", "sent")
    expect(desk.composer).to_have_value("A draft that stays")
    message = last_message(pair)
    assert message["type"] == "VOICE"
    metadata = message["metadata"]
    assert isinstance(metadata, dict)
    assert 3 <= metadata["duration"] <= took
    assert metadata["mimeType"].startswith("audio/")
    expect(desk.row(pair.conversation_id)).to_contain_text("Voice message")

    bob = open_desk(tms.base_url)
    bob.sign_in(pair.bob, pair.conversation_id)
    player = bob.messages.first.get_by_role("group", name="Voice message")
    player.get_by_role("button", name=f"Speed 1{TIMES}").click()
    player.get_by_role("button", name=f"Speed 1.5{TIMES}").click()
    expect(player.get_by_role("button", name=f"Speed 2{TIMES}")).to_be_visible()
    plays = shown(bob.page, '[aria-label="Pause Voice message"]')
    moves = Glimpse(bob.page, MOVED, what="the position moves")
    player.get_by_role("button", name="Play Voice message").press("Enter")
    plays.wait()
    moves.wait()
    # At its end it stands at the beginning again.
    expect(player.get_by_role("button", name="Play Voice message")).to_be_visible()
    expect(player.get_by_role("slider", name="Position")).to_have_value("0")


def test_a_recording_can_be_thrown_away_and_a_held_button_stops_when_it_is_let_go(pair: Pair) -> None:
    desk = pair.desk
    desk.button("Record a voice message").click()
    expect(desk.page.get_by_role("timer")).to_have_text(RUNNING)
    desk.page.keyboard.press("Escape")
    expect(desk.composer).to_be_focused()

    box = desk.button("Record a voice message").bounding_box()
    assert box
    desk.page.mouse.move(box["x"] + 10, box["y"] + 10)
    desk.page.mouse.down()
    expect(desk.page.get_by_role("timer")).to_have_text(RUNNING)
    desk.page.mouse.up()
    expect(desk.button("Send the voice message")).to_be_visible()
    desk.button("Throw the recording away").click()
    expect(desk.composer).to_be_visible()
    assert pair.bob.http.get(f"/messages/conversations/{pair.conversation_id}/messages").json()["data"] == []


def test_a_refused_microphone_is_explained_in_one_sentence(tms: TmsServer, team: Team, open_desk: OpenDesk) -> None:
    ana = team.add("Ana Reyes")
    desk = open_desk(tms.base_url, permissions=[])
    desk.sign_in(ana, ana.direct(team.add("Bob Stone")))
    desk.button("Record a voice message").click()
    refused = desk.page.get_by_test_id("voice-bar").get_by_role("alert")
    expect(refused).to_contain_text("does not let this page use the microphone")
    desk.button("Throw the recording away").click()
    expect(desk.composer).to_be_visible()


def test_one_thing_plays_at_a_time(pair: Pair) -> None:
    desk = pair.desk
    # So long that neither comes to its end by itself meanwhile.
    for name in ("one.wav", "two.wav"):
        upload(pair.bob, pair.conversation_id, name, silence(seconds=120), duration="120")
    players = desk.page.get_by_test_id("player")
    expect(players).to_have_count(2)
    players.nth(0).get_by_role("button", name="Play Voice message").click()
    expect(players.nth(0).get_by_role("button", name="Pause Voice message")).to_be_visible()
    players.nth(1).get_by_role("button", name="Play Voice message").click()
    expect(players.nth(1).get_by_role("button", name="Pause Voice message")).to_be_visible()
    expect(players.nth(0).get_by_role("button", name="Play Voice message")).to_be_visible()
