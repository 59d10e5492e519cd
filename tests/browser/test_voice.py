"""Voice messages: spoken, heard once more, sent, played (CLIENT.md C8). Chromium's own test tone is the speaker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Playwright, expect

from tests.browser.conftest import OpenDesk, Pair
from tests.browser.desk import Desk
from tests.browser.media import upload
from tests.support.browser import launch
from tests.support.people import Team
from tests.support.server import TmsServer

TIMES = "\N{MULTIPLICATION SIGN}"
# A device that beeps; who may use it is still asked.
MICROPHONE = ["--use-fake-device-for-media-stream"]


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


def record(desk: Desk, milliseconds: int) -> None:
    desk.button("Record a voice message").click()
    meter = desk.page.get_by_role("meter", name="How loud it is")
    desk.page.wait_for_function("(meter) => meter.value > 0.05", arg=meter.element_handle())
    desk.page.wait_for_timeout(milliseconds)
    desk.button("Stop recording").click()


def last_message(pair: Pair) -> dict[str, object]:
    page = pair.bob.http.get(f"/messages/conversations/{pair.conversation_id}/messages").json()
    message: dict[str, object] = page["data"][0]
    return message


def test_a_voice_message_is_recorded_heard_sent_and_played_by_the_other(
    pair: Pair, tms: TmsServer, open_desk: OpenDesk
) -> None:
    desk = pair.desk
    desk.composer.fill("A draft that stays")
    record(desk, 1_500)
    bar = desk.page.get_by_role("group", name="Your voice message").first
    bar.get_by_role("button", name="Play Your voice message").click()
    expect(bar.get_by_role("button", name="Pause Your voice message")).to_be_visible()
    desk.button("Send the voice message").click()
    sent = desk.messages.first
    expect(sent).to_have_attribute("data-state", "sent")
    expect(desk.composer).to_have_value("A draft that stays")
    message = last_message(pair)
    assert message["type"] == "VOICE"
    metadata = message["metadata"]
    assert isinstance(metadata, dict)
    assert 1 < metadata["duration"] < 5
    assert metadata["mimeType"].startswith("audio/")
    expect(desk.row(pair.conversation_id)).to_contain_text("Voice message")

    bob = open_desk(tms.base_url)
    bob.sign_in(pair.bob, pair.conversation_id)
    player = bob.messages.first.get_by_role("group", name="Voice message")
    player.get_by_role("button", name=f"Speed 1{TIMES}").click()
    player.get_by_role("button", name=f"Speed 1.5{TIMES}").click()
    expect(player.get_by_role("button", name=f"Speed 2{TIMES}")).to_be_visible()
    player.get_by_role("button", name="Play Voice message").press("Enter")
    expect(player.get_by_role("button", name="Pause Voice message")).to_be_visible()
    position = player.get_by_role("slider", name="Position")
    bob.page.wait_for_function("(slider) => Number(slider.value) > 0.2", arg=position.element_handle())
    # At its end it stands at the beginning again.
    expect(player.get_by_role("button", name="Play Voice message")).to_be_visible()
    assert position.input_value() == "0"


def test_a_recording_can_be_thrown_away_and_a_held_button_stops_when_it_is_let_go(pair: Pair) -> None:
    desk = pair.desk
    desk.button("Record a voice message").click()
    expect(desk.page.get_by_role("timer")).to_have_text("0:01")
    desk.page.keyboard.press("Escape")
    expect(desk.composer).to_be_focused()

    box = desk.button("Record a voice message").bounding_box()
    assert box
    desk.page.mouse.move(box["x"] + 10, box["y"] + 10)
    desk.page.mouse.down()
    expect(desk.page.get_by_role("timer")).to_have_text("0:01")
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
    record(desk, 3_000)
    desk.button("Send the voice message").click()
    expect(desk.messages.first).to_have_attribute("data-state", "sent")
    message = last_message(pair)
    metadata = message["metadata"]
    assert isinstance(metadata, dict)
    address = str(metadata["fileUrl"]).partition("/api/v1")[2]
    sound = pair.bob.http.get(address).content
    upload(pair.bob, pair.conversation_id, "again.webm", sound, duration="3")
    players = desk.page.get_by_test_id("player")
    expect(players).to_have_count(2)
    players.nth(0).get_by_role("button", name="Play Voice message").click()
    expect(players.nth(0).get_by_role("button", name="Pause Voice message")).to_be_visible()
    players.nth(1).get_by_role("button", name="Play Voice message").click()
    expect(players.nth(1).get_by_role("button", name="Pause Voice message")).to_be_visible()
    expect(players.nth(0).get_by_role("button", name="Play Voice message")).to_be_visible()
