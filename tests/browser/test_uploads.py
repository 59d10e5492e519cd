"""Files on their way: chosen, seen once more, sent in order, stopped, tried again (CLIENT.md C4 to C6)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Locator, Page, WebSocketRoute, expect

from tests.browser.conftest import OpenDesk, Pair
from tests.browser.desk import Desk
from tests.browser.media import chosen, picture, transfer
from tests.support.people import Team
from tests.support.server import TmsServer

UPLOADS = "**/api/v1/messages/upload"
CUT_OFF = r"net::ERR_FAILED .*/api/v1/messages/upload"
PASTE = """(box, transfer) => box.dispatchEvent(
  new ClipboardEvent("paste", {clipboardData: transfer, bubbles: true, cancelable: true}))"""


def pick(desk: Desk, *files: FilePayload) -> None:
    desk.page.get_by_test_id("file-input").set_input_files(files)


def staged(desk: Desk) -> Locator:
    return desk.page.get_by_test_id("staged")


def stored(pair: Pair) -> list[tuple[str, str]]:
    """Type and text of what the server has, oldest first."""
    page = pair.bob.http.get(f"/messages/conversations/{pair.conversation_id}/messages").json()
    return [(message["type"], message["content"]) for message in reversed(page["data"])]


def slow_down(page: Page, bytes_per_second: int) -> None:
    session = page.context.new_cdp_session(page)
    conditions = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": bytes_per_second}
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", conditions)


def lose_answers(page: Page) -> list[str]:
    """Uploads reach the server whole, but their answers never come back. What is lost is put on the list."""
    session = page.context.new_cdp_session(page)
    lost: list[str] = []

    def lose(event: dict[str, Any]) -> None:
        lost.append(event["request"]["url"])
        session.send("Fetch.failRequest", {"requestId": event["requestId"], "errorReason": "ConnectionReset"})
        session.send("Fetch.disable")

    session.on("Fetch.requestPaused", lose)
    session.send("Fetch.enable", {"patterns": [{"urlPattern": "*/messages/upload", "requestStage": "Response"}]})
    return lost


def test_files_come_by_button_paste_and_drop_and_go_out_in_order_behind_their_text(
    pair: Pair, tms: TmsServer, open_desk: OpenDesk
) -> None:
    desk = pair.desk
    bob = open_desk(tms.base_url)
    bob.sign_in(pair.bob, pair.conversation_id)
    with desk.page.expect_file_chooser() as chooser:
        desk.button("Attach files").click()
    assert chooser.value.is_multiple()
    chooser.value.set_files(
        [
            chosen("beach.png", "image/png", picture(900, 600)),
            chosen("wrong.txt", "text/plain", b"not this one"),
            chosen("notes.txt", "text/plain", b"read me"),
        ]
    )
    expect(staged(desk)).to_have_count(3)
    expect(staged(desk).nth(0).get_by_role("img", name="beach.png")).to_be_visible()
    desk.button("Do not send wrong.txt").click()
    expect(staged(desk)).to_have_count(2)
    expect(desk.composer).to_be_focused()

    desk.composer.evaluate(PASTE, transfer(desk.page, "pasted.png", "image/png", picture(300, 200, "orange")))
    expect(staged(desk)).to_have_count(3)

    pane = desk.page.get_by_label("Conversation", exact=True)
    dragged = transfer(desk.page, "dropped.csv", "text/csv", b"a,b\n1,2\n")
    pane.dispatch_event("dragenter", {"dataTransfer": dragged})
    expect(desk.page.get_by_test_id("drop-overlay")).to_contain_text("Drop files here to send them to Bob Stone")
    pane.dispatch_event("drop", {"dataTransfer": dragged})
    expect(desk.page.get_by_test_id("drop-overlay")).to_have_count(0)
    expect(staged(desk)).to_have_count(4)
    expect(desk.page.get_by_role("status").filter(has_text="4 files to send")).to_have_count(1)
    assert stored(pair) == [], "nothing goes out before it is sent"

    desk.write("Look at these")
    expect(staged(desk)).to_have_count(0)
    expect(desk.messages).to_have_count(5)
    for n in range(5):
        expect(desk.messages.nth(n)).to_have_attribute("data-state", "sent")
    assert stored(pair) == [
        ("TEXT", "Look at these"),
        ("IMAGE", "beach.png"),
        ("FILE", "notes.txt"),
        ("IMAGE", "pasted.png"),
        ("FILE", "dropped.csv"),
    ]
    expect(bob.messages).to_have_count(5)
    for n in (1, 3):
        shown = bob.messages.nth(n).get_by_role("img")
        expect(shown).to_be_visible()
        shown.evaluate("(image) => image.decode()")
    assert bob.messages.nth(1).get_by_role("img").evaluate("(i) => [i.naturalWidth, i.naturalHeight]") == [480, 320]


@pytest.mark.alone
def test_a_picture_is_shown_before_the_server_has_it_and_stays_the_same_element(pair: Pair) -> None:
    desk = pair.desk
    slow_down(desk.page, 60_000)
    pick(desk, chosen("beach.png", "image/png", picture(900, 600) + os.urandom(90_000)))
    desk.composer.press("Enter")
    bubble = desk.messages.first
    expect(bubble).to_have_attribute("data-state", "pending", timeout=1_000)
    image = bubble.locator("img")
    expect(image).to_be_visible(timeout=1_000)
    bubble.evaluate("(e) => { e.tmsSame = true; }")
    image.evaluate("(e) => { e.tmsSame = true; }")
    size = bubble.get_by_test_id("image").bounding_box()
    assert size
    assert abs(size["width"] / size["height"] - 1.5) < 0.02
    expect(bubble).to_have_attribute("data-state", "sent")
    assert bubble.evaluate("(e) => e.tmsSame") is True
    now = bubble.get_by_test_id("image").bounding_box()
    assert now
    assert (now["width"], now["height"]) == (size["width"], size["height"])


def test_progress_is_shown_and_a_cancelled_upload_is_gone_while_the_next_one_goes(pair: Pair) -> None:
    desk = pair.desk
    slow_down(desk.page, 300_000)
    pick(desk, chosen("big.txt", "text/plain", b"x" * 3_000_000), chosen("small.txt", "text/plain", b"x" * 20_000))
    desk.composer.press("Enter")
    desk.write("Both are coming")
    bars = desk.page.get_by_role("progressbar")
    expect(bars).to_have_count(2)
    first = desk.page.get_by_role("progressbar", name="Uploading big.txt")
    desk.page.wait_for_function("(bar) => bar.value > 0.1 && bar.value < 0.9", arg=first.element_handle())
    expect(desk.messages.nth(0).get_by_test_id("upload")).to_contain_text("%")
    expect(desk.messages.nth(1).get_by_test_id("upload")).to_contain_text("Waiting")
    desk.button("Cancel the upload of big.txt").click()
    expect(desk.messages).to_have_count(2)
    expect(desk.messages.nth(0)).to_have_attribute("data-state", "sent")
    expect(desk.messages.nth(1)).to_have_attribute("data-state", "sent")
    assert stored(pair) == [("FILE", "small.txt"), ("TEXT", "Both are coming")]
    expect(bars).to_have_count(0)


def test_what_a_cut_connection_stopped_can_be_tried_again_or_thrown_away(pair: Pair) -> None:
    desk = pair.desk
    desk.problems.provoke(CUT_OFF)
    desk.page.route(UPLOADS, lambda route: route.abort())
    pick(desk, chosen("a.txt", "text/plain", b"first"), chosen("b.txt", "text/plain", b"second"))
    desk.composer.press("Enter")
    for n in range(2):
        expect(desk.messages.nth(n)).to_have_attribute("data-state", "failed")
        expect(desk.messages.nth(n).get_by_role("alert")).to_contain_text("Not sent")
        expect(desk.messages.nth(n).get_by_role("button", name="Edit")).to_have_count(0)
    desk.page.unroute(UPLOADS)
    desk.messages.nth(1).get_by_role("button", name="Delete").click()
    desk.messages.nth(0).get_by_role("button", name="Retry").click()
    expect(desk.messages).to_have_count(1)
    expect(desk.messages).to_have_attribute("data-state", "sent")
    assert stored(pair) == [("FILE", "a.txt")]


def test_a_retry_of_a_file_that_the_server_has_already_gives_one_message(
    tms: TmsServer, team: Team, open_desk: OpenDesk
) -> None:
    """Neither the answer nor the event came back, so the page cannot know."""
    ana, bob = team.add("Ana Reyes"), team.add("Bob Stone")
    desk = open_desk(tms.base_url)
    desk.problems.provoke(r"net::ERR_CONNECTION_RESET .*/messages/upload")
    pair = Pair(ana, bob, ana.direct(bob), desk)

    def lose_events(page_side: WebSocketRoute) -> None:
        server_side = page_side.connect_to_server()
        server_side.on_message(lambda frame: None if "new_message" in str(frame) else page_side.send(frame))

    desk.page.route_web_socket("**/socket.io/**", lose_events)
    desk.sign_in(ana, pair.conversation_id)
    lost = lose_answers(desk.page)
    pick(desk, chosen("once.txt", "text/plain", b"only once"))
    desk.composer.press("Enter")
    failed = desk.messages.first
    expect(failed).to_have_attribute("data-state", "failed")
    assert len(lost) == 1
    assert stored(pair) == [("FILE", "once.txt")]
    failed.get_by_role("button", name="Retry").click()
    expect(failed).to_have_attribute("data-state", "sent")
    expect(desk.messages).to_have_count(1)
    assert stored(pair) == [("FILE", "once.txt")]


def test_too_big_empty_and_programs_are_told_before_anything_is_uploaded(pair: Pair, tmp_path: Path) -> None:
    desk = pair.desk
    asked: list[str] = []
    desk.page.on("request", lambda request: asked.append(request.url) if "upload" in request.url else None)
    huge = tmp_path / "film.mp4"
    with huge.open("wb") as file:
        file.truncate(100_000_001)
    desk.page.get_by_test_id("file-input").set_input_files(huge)
    notes = desk.page.get_by_role("alert")
    expect(notes).to_have_text("film.mp4 is too big: a file may have at most 100 MB.")
    pick(desk, chosen("Setup.EXE", "application/octet-stream", b"MZ"), chosen("empty.txt", "text/plain", b""))
    expect(notes).to_have_count(3)
    expect(notes.nth(1)).to_have_text("Setup.EXE is a program. Programs cannot be sent.")
    expect(notes.nth(2)).to_have_text("empty.txt is empty.")
    expect(desk.button("Send")).to_be_disabled()
    desk.composer.press("Enter")
    desk.button("Dismiss the note about Setup.EXE").click()
    expect(notes).to_have_count(2)
    desk.write("Only text")
    expect(desk.message("Only text")).to_have_attribute("data-state", "sent")
    expect(notes).to_have_count(0)
    assert asked == []


def test_what_only_the_content_shows_the_server_refuses_in_words(pair: Pair) -> None:
    desk = pair.desk
    desk.problems.provoke(r"415 .*/messages/upload")
    pick(desk, chosen("harmless.txt", "text/plain", b"MZ\x90\x00" + bytes(200)))
    desk.composer.press("Enter")
    failed = desk.messages.first
    expect(failed).to_have_attribute("data-state", "failed")
    expect(failed.get_by_role("alert")).to_contain_text("Not sent: Programs and scripts are not taken here")
    expect(failed.get_by_role("button", name="Retry")).to_have_count(0)
    failed.get_by_role("button", name="Delete").click()
    expect(desk.messages).to_have_count(0)
