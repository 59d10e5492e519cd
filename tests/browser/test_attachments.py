"""Files as they are shown: pictures in room that was kept for them, looked at large; cards; gone when deleted (C7)."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenDesk, Pair
from tests.browser.desk import Desk
from tests.browser.held import Held
from tests.browser.media import chosen, picture, upload
from tests.conftest import StartServer
from tests.support.people import Team, first_account, sign_up
from tests.support.server import TmsServer
from tests.support.static_host import StaticHost

FILE_BYTES = "**/api/v1/files/*?*"
TICKETS = "**/api/v1/files/*/ticket"
# The body, for a moment: that is where the browser's own bar would be.
INSIDE = "document.activeElement === document.body || document.activeElement.closest('dialog') !== null"
# A second of a square that changes its colour, recorded by the browser itself.
FILM = """async () => {
  const canvas = Object.assign(document.createElement("canvas"), {width: 160, height: 90});
  const context = canvas.getContext("2d");
  const recorder = new MediaRecorder(canvas.captureStream(25), {mimeType: "video/webm;codecs=vp8"});
  const chunks = [];
  recorder.ondataavailable = (event) => chunks.push(event.data);
  const done = new Promise((end) => { recorder.onstop = end; });
  recorder.start();
  for (let n = 0; n < 25; n++) {
    context.fillStyle = `hsl(${n * 14} 80% 50%)`;
    context.fillRect(0, 0, 160, 90);
    await new Promise((next) => setTimeout(next, 40));
  }
  recorder.stop();
  await done;
  const bytes = new Uint8Array(await new Blob(chunks).arrayBuffer());
  return btoa(String.fromCharCode(...bytes));
}"""
LOADED = "(image) => image.complete && image.naturalWidth > 0"


def shown(desk: Desk, name: str) -> Locator:
    """The picture itself, in the timeline."""
    return desk.page.get_by_role("log").get_by_alt_text(name)


def loaded(desk: Desk, name: str) -> Locator:
    image = shown(desk, name)
    expect(image).to_be_visible()
    desk.page.wait_for_function(LOADED, arg=image.element_handle())
    return image


def test_nothing_moves_when_a_picture_arrives(pair: Pair) -> None:
    desk = pair.desk
    pair.bob.send(pair.conversation_id, "Before")
    expect(desk.message("Before")).to_be_visible()
    held = Held(desk.page, FILE_BYTES)
    upload(pair.bob, pair.conversation_id, "wide.png", picture(1200, 600))
    pair.bob.send(pair.conversation_id, "After")
    expect(desk.message("After")).to_be_visible()
    room = desk.page.get_by_test_id("image")
    expect(room.locator("img")).to_have_count(1)
    held.wait()
    desk.settle()
    before = [desk.message(text).bounding_box() for text in ("Before", "After")]
    size = room.bounding_box()
    assert size
    assert abs(size["width"] / size["height"] - 2) < 0.02
    assert not room.locator("img").evaluate(LOADED)
    held.let_go()
    loaded(desk, "wide.png")
    desk.settle()
    assert [desk.message(text).bounding_box() for text in ("Before", "After")] == before


def test_pictures_are_looked_at_large_one_after_the_other_and_saved(pair: Pair, tmp_path: Path) -> None:
    desk = pair.desk
    # Larger than a small copy, so that the large one is another file.
    names = ["one.png", "two.png", "three.png"]
    for name, colour in zip(names, ("teal", "orange", "navy"), strict=True):
        upload(pair.bob, pair.conversation_id, name, picture(900, 500, colour))
    for name in names:
        loaded(desk, name)
    assert loaded(desk, "two.png").evaluate("(image) => image.naturalWidth") == 480
    opener = desk.page.get_by_role("log").get_by_role("button", name="two.png")
    opener.press("Enter")
    viewer = desk.page.get_by_role("dialog", name="Pictures")
    large = viewer.get_by_alt_text("two.png")
    desk.page.wait_for_function(LOADED, arg=large.element_handle())
    assert large.evaluate("(image) => image.naturalWidth") == 900
    expect(viewer).to_contain_text("2 of 3")
    desk.page.keyboard.press("ArrowRight")
    expect(viewer.get_by_alt_text("three.png")).to_be_visible()
    expect(viewer.get_by_role("button", name="Next picture")).to_be_disabled()
    desk.page.keyboard.press("ArrowLeft")
    desk.page.keyboard.press("ArrowLeft")
    expect(viewer.get_by_alt_text("one.png")).to_be_visible()
    for _ in range(8):
        desk.page.keyboard.press("Tab")
        assert desk.page.evaluate(INSIDE)
    with desk.page.expect_download() as download:
        viewer.get_by_role("button", name="Download one.png").click()
    assert download.value.suggested_filename == "one.png"
    download.value.save_as(tmp_path / "one.png")
    assert (tmp_path / "one.png").read_bytes().startswith(b"\x89PNG")
    desk.page.keyboard.press("Escape")
    expect(viewer).to_have_count(0)
    expect(opener).to_be_focused()


def test_other_files_are_cards_that_download_and_a_file_elsewhere_is_only_a_link(pair: Pair, tmp_path: Path) -> None:
    desk = pair.desk
    upload(pair.bob, pair.conversation_id, "Plan äöü.pdf", b"%PDF-1.7\n" + b"x" * 1_400_000)
    card = desk.page.get_by_role("button", name="Download Plan äöü.pdf")
    expect(card).to_contain_text("PDF · 1.4 MB")
    with desk.page.expect_download() as download:
        card.click()
    assert download.value.suggested_filename == "Plan äöü.pdf"
    # What older clients sent, or made up.
    elsewhere = {"fileName": "old.docx", "fileSize": 52_000, "fileUrl": "https://bucket.example/old.docx"}
    pair.bob.send(pair.conversation_id, "old.docx", type="FILE", metadata_json=elsewhere)
    pair.bob.send(pair.conversation_id, "lost.png", type="IMAGE", metadata_json={"fileUrl": "javascript:alert(1)"})
    pair.bob.send(pair.conversation_id, "odd", type="VOICE", metadata_json={"fileUrl": [1], "fileSize": "big"})
    link = desk.page.get_by_role("log").get_by_role("link", name="old.docx")
    expect(link).to_contain_text("Opens another site")
    assert link.get_attribute("href") == "https://bucket.example/old.docx"
    assert set((link.get_attribute("rel") or "").split()) >= {"noopener", "noreferrer", "nofollow"}
    for name in ("lost.png", "odd"):
        expect(desk.page.get_by_test_id("file").filter(has_text=name)).to_contain_text("Not available")


def test_a_film_plays_where_it_is(pair: Pair) -> None:
    desk = pair.desk
    film = base64.b64decode(desk.page.evaluate(FILM))
    message = upload(pair.bob, pair.conversation_id, "clip.webm", film)
    assert message["metadata"]["mimeType"] == "video/webm"
    video = desk.page.get_by_label("clip.webm")
    expect(video).to_be_visible()
    video.evaluate("(video) => { video.muted = true; return video.play(); }")
    desk.page.wait_for_function("(video) => video.currentTime > 0.1", arg=video.element_handle())
    assert video.evaluate("(video) => video.controls && [video.videoWidth, video.videoHeight]") == [160, 90]


def test_a_picture_that_cannot_be_loaded_says_so_and_is_tried_again(pair: Pair) -> None:
    desk = pair.desk
    desk.problems.provoke(r"net::ERR_FAILED .*/api/v1/files/")
    desk.page.route(TICKETS, lambda route: route.abort())
    upload(pair.bob, pair.conversation_id, "later.png", picture(300, 300))
    broken = desk.page.get_by_test_id("broken-image")
    expect(broken).to_contain_text("The picture cannot be shown.")
    desk.page.unroute(TICKETS)
    broken.get_by_role("button", name="Try again").click()
    loaded(desk, "later.png")


def test_a_deleted_picture_is_gone_from_every_screen(pair: Pair, tms: TmsServer, open_desk: OpenDesk) -> None:
    bob = open_desk(tms.base_url)
    bob.sign_in(pair.bob, pair.conversation_id)
    message = upload(pair.bob, pair.conversation_id, "secret.png", picture(900, 500))
    loaded(bob, "secret.png")
    loaded(pair.desk, "secret.png").click()
    viewer = pair.desk.page.get_by_role("dialog", name="Pictures")
    large = viewer.get_by_alt_text("secret.png")
    expect(large).to_be_visible()
    address = large.get_attribute("src") or ""
    assert httpx.get(address).status_code == 200, "the ticket in the page works by itself"
    answer = pair.bob.http.request("DELETE", f"/messages/{message['id']}", json={"delete_for_everyone": True})
    assert answer.status_code == 200
    expect(viewer).to_have_count(0)
    for desk in (bob, pair.desk):
        expect(desk.messages).to_contain_text("This message was deleted.")
        expect(shown(desk, "secret.png")).to_have_count(0)
    assert httpx.get(address).status_code == 404


def test_the_list_and_the_announcer_say_what_kind_of_message_it_is(pair: Pair) -> None:
    desk = pair.desk
    row = desk.row(pair.conversation_id)
    announced = desk.page.locator('[aria-live="polite"]')
    upload(pair.bob, pair.conversation_id, "IMG_0001.png", picture(20, 20))
    expect(row).to_contain_text("Photo")
    expect(announced).to_have_text("Bob Stone: Photo")
    upload(pair.bob, pair.conversation_id, "report.txt", b"words")
    expect(row).to_contain_text("report.txt")
    expect(announced).to_have_text("Bob Stone: report.txt")


@pytest.fixture
def host() -> Iterator[StaticHost]:
    with StaticHost({}) as host:
        yield host


def test_a_page_of_another_site_shows_sends_and_saves_files_without_third_party_cookies(
    start_server: StartServer, host: StaticHost, open_desk_without_third_party_cookies: OpenDesk
) -> None:
    server = start_server(ALLOWED_ORIGINS=host.origin)
    host.config = {"NEXT_PUBLIC_API_URL": server.base_url}
    ana = first_account(server, name="Ana Reyes")
    bob = sign_up(server, ana.invite(), name="Bob Stone")
    room = ana.direct(bob)
    upload(bob, room, "theirs.png", picture(900, 500))
    desk = open_desk_without_third_party_cookies(host.origin)
    desk.sign_in(ana, room)
    loaded(desk, "theirs.png").click()
    viewer = desk.page.get_by_role("dialog", name="Pictures")
    with desk.page.expect_download() as download:
        viewer.get_by_role("button", name="Download theirs.png").click()
    assert download.value.suggested_filename == "theirs.png"
    desk.page.keyboard.press("Escape")
    desk.page.get_by_test_id("file-input").set_input_files([chosen("mine.png", "image/png", picture(300, 200))])
    expect(desk.page.get_by_test_id("staged")).to_have_count(1)
    desk.composer.press("Enter")
    expect(desk.messages.nth(1)).to_have_attribute("data-state", "sent")
    desk.page.reload()
    loaded(desk, "mine.png")
    ana.close()
    bob.close()


def test_a_groups_picture_and_its_absence(tms: TmsServer, team: Team, open_desk: OpenDesk) -> None:
    """What cannot be loaded leaves the initials, not a torn picture."""
    bob = team.add("Bob Stone")
    room = team.admin.group("Launch team", bob)
    desk = open_desk(tms.base_url)
    desk.problems.provoke(r"404 .*/api/v1/files/")
    desk.sign_in(team.admin, room)
    answer = team.admin.http.post(f"/conversations/{room}/avatar", files={"file": ("a.png", picture(64, 64))})
    assert answer.status_code == 200
    image = desk.row(room).locator("img")
    expect(image).to_have_count(1)
    desk.page.wait_for_function(LOADED, arg=image.element_handle())
    gone = f"{tms.base_url}/api/v1/files/0197c0de-0000-7000-8000-000000000000"
    assert team.admin.http.put(f"/conversations/{room}", json={"avatar_url": gone}).status_code == 200
    expect(desk.row(room).locator("img")).to_have_count(0)
    expect(desk.row(room).locator("[data-initials=LT]")).to_be_visible()
