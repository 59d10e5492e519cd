"""axe-core finds nothing on any screen, in light and in dark; the browser's policy forbids nothing we do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenDesk
from tests.browser.desk import Desk
from tests.browser.glimpse import highlighted
from tests.browser.media import chosen, picture, silence, upload
from tests.conftest import StartServer
from tests.support.people import Team
from tests.support.server import TmsServer

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
RUN = "async () => (await axe.run(document, {resultTypes: ['violations'], preload: false})).violations"

themes = pytest.mark.parametrize("theme", ["light", "dark"])


def violations(desk: Desk) -> list[str]:
    """What axe-core says about the page as it stands, motion ended."""
    desk.page.evaluate(AXE.read_text())
    found: list[dict[str, Any]] = desk.page.evaluate(RUN)
    return [f"{v['id']}: {node['target']} {node['failureSummary']}" for v in found for node in v["nodes"]]


@themes
def test_set_up_and_sign_in_have_no_violations(start_server: StartServer, open_desk: OpenDesk, theme: str) -> None:
    server = start_server()
    desk = open_desk(server.base_url, color_scheme=theme, reduced_motion="reduce")
    desk.page.goto(server.setup_link)
    desk.button("Create account").click()
    expect(desk.page.get_by_text("Tell people who you are.")).to_be_visible()
    assert violations(desk) == []
    desk.page.goto("/")
    desk.button("Sign in").wait_for()
    assert violations(desk) == []
    desk.make_account(server.setup_link, "Ana Reyes", button="Create account")
    expect(desk.page.get_by_role("heading", name="Welcome, Ana Reyes")).to_be_visible()
    assert violations(desk) == []


@themes
def test_list_conversation_and_dialogs_have_no_violations(
    tms: TmsServer, team: Team, open_desk: OpenDesk, theme: str
) -> None:
    bob = team.add("Bob Stone")
    room, other = team.admin.group(f"Launch team in {theme}", bob), team.admin.direct(bob)
    team.admin.send(room, "See https://example.org and tell me")
    bob.send(room, "I like it")
    bob.send(other, "Unread")
    desk = open_desk(tms.base_url, color_scheme=theme, reduced_motion="reduce")
    desk.sign_in(team.admin)
    expect(desk.badge(other)).to_be_visible()
    assert violations(desk) == []

    desk.row(room).click()
    desk.problems.provoke(r"net::ERR_FAILED .*/api/v1/messages/")
    desk.page.route("**/api/v1/messages/", lambda route: route.abort())
    desk.write("This one fails")
    expect(desk.message("This one fails")).to_have_attribute("data-state", "failed")
    assert violations(desk) == []

    for opener in ("Members", "New message", "New group", "Settings", "Keys", "Invite people"):
        desk.button(opener).click()
        expect(desk.dialog).to_be_visible()
        if opener in ("New message", "New group"):
            desk.page.get_by_role("option").first.click()
        if opener == "Invite people":
            desk.button("Create link").click()
            desk.page.get_by_test_id("invite-link").wait_for()
        assert violations(desk) == [], opener
        desk.page.keyboard.press("Escape")
        expect(desk.dialog).to_have_count(0)
    for action in ("Clear the history", "Leave the group"):
        desk.button("Conversation menu").click()
        assert violations(desk) == [], "the menu"
        desk.page.get_by_role("menuitem", name=action).click()
        expect(desk.dialog).to_be_visible()
        assert violations(desk) == [], action
        desk.page.keyboard.press("Escape")
        expect(desk.dialog).to_have_count(0)
    desk.button("Members").click()
    desk.button("Add people").click()
    expect(desk.page.get_by_role("combobox")).to_be_visible()
    assert violations(desk) == []
    desk.page.keyboard.press("Escape")
    desk.page.keyboard.press("Control+k")
    desk.page.get_by_role("combobox").wait_for()
    desk.page.keyboard.type("bob")
    expect(desk.page.get_by_role("option").first).to_be_visible()
    assert violations(desk) == []
    desk.page.keyboard.press("Escape")

    desk.button("Search in this conversation").click()
    desk.page.get_by_role("combobox", name="Search for").fill("like")
    expect(desk.page.get_by_test_id("search-hit")).to_have_count(1)
    desk.button("Filters").click()
    assert violations(desk) == []
    mark = highlighted(desk.page, "I like it")
    desk.page.get_by_test_id("search-hit").click()
    mark.wait()
    assert violations(desk) == []
    desk.button("Close the search").click()
    desk.page.get_by_role("button", name="Profile of Bob Stone").first.click()
    expect(desk.button("Block Bob Stone")).to_be_visible()
    assert violations(desk) == []
    desk.button("Block Bob Stone").click()
    expect(desk.button("Unblock Bob Stone")).to_be_visible()
    desk.page.keyboard.press("Escape")
    expect(desk.messages.get_by_text("Message from somebody you blocked")).to_be_visible()
    assert violations(desk) == []
    desk.row(other).click()
    expect(desk.page.get_by_test_id("blocked-bar")).to_be_visible()
    assert violations(desk) == []


@themes
def test_files_before_and_after_they_are_sent_have_no_violations(
    tms: TmsServer, team: Team, open_desk: OpenDesk, theme: str
) -> None:
    bob = team.add("Bob Stone")
    room = bob.direct(team.add("Ana Reyes"))
    for name, data in (("one.png", picture(300, 200)), ("two.png", picture(200, 300)), ("plan.txt", b"words")):
        upload(bob, room, name, data)
    upload(bob, room, "voice.wav", silence(seconds=1), duration="12")
    bob.send(room, "old.docx", type="FILE", metadata_json={"fileName": "old.docx", "fileUrl": "https://a.example/b"})
    bob.send(room, "lost.png", type="IMAGE", metadata_json={"fileName": "lost.png"})
    desk = open_desk(tms.base_url, color_scheme=theme, reduced_motion="reduce", permissions=[])
    desk.sign_in(bob, room)
    expect(desk.page.get_by_test_id("player")).to_be_visible()
    desk.page.route("**/api/v1/messages/upload", lambda route: None)
    pick = desk.page.get_by_test_id("file-input")
    pick.set_input_files([chosen("three.png", "image/png", picture(90, 60)), chosen("a.txt", "text/plain", b"a")])
    pick.set_input_files([chosen("a.exe", "application/octet-stream", b"a")])
    expect(desk.page.get_by_test_id("staged")).to_have_count(2)
    assert violations(desk) == []
    desk.composer.press("Enter")
    expect(desk.page.get_by_role("progressbar")).to_have_count(2)
    assert violations(desk) == []
    desk.page.get_by_role("log").get_by_role("button", name="two.png").click()
    expect(desk.dialog).to_be_visible()
    expect(desk.dialog.get_by_role("img")).to_have_count(1)
    assert violations(desk) == []
    desk.page.keyboard.press("Escape")
    desk.button("Record a voice message").click()
    expect(desk.page.get_by_test_id("voice-bar").get_by_role("alert")).to_be_visible()
    assert violations(desk) == []


@themes
def test_messages_and_what_hangs_on_them_have_no_violations(
    tms: TmsServer, team: Team, open_desk: OpenDesk, theme: str
) -> None:
    ana, bob = team.add("Ana Reyes"), team.add("Bob Stone")
    room = ana.group("Launch team", bob)
    first = bob.send(room, "Hello @Ana Reyes, and @all: see https://example.org")
    ana.send(room, "Seen", reply_to_id=first["id"])
    gone = bob.send(room, "Gone")
    bob.http.request("DELETE", f"/messages/{gone['id']}", json={"delete_for_everyone": True}).raise_for_status()
    for who in (ana, bob):
        who.http.post(f"/messages/{first['id']}/reactions", json={"emoji": "👍"}).raise_for_status()
    options = [{"option_text": text, "position": n} for n, text in enumerate(("Canteen", "Noodles"))]
    poll = ana.http.post("/polls/", json={"conversation_id": room, "question": "Lunch?", "options": options})
    chosen = poll.raise_for_status().json()["poll"]["options"][0]["id"]
    bob.http.post(f"/polls/{poll.json()['poll']['id']}/vote", json={"option_ids": [chosen]}).raise_for_status()

    desk = open_desk(tms.base_url, color_scheme=theme, reduced_motion="reduce")
    desk.sign_in(ana, room)
    expect(desk.page.get_by_test_id("poll")).to_be_visible()
    answer = desk.messages.nth(1)
    answer.hover()
    assert violations(desk) == []
    answer.hover()
    answer.get_by_role("button", name="React", exact=True).click()
    expect(desk.page.get_by_test_id("emoji-picker")).to_be_visible()
    assert violations(desk) == []
    desk.page.keyboard.press("Escape")
    for entry in ("Seen by", "Delete…"):
        answer.hover()
        answer.get_by_role("button", name="More", exact=True).click()
        expect(desk.page.get_by_role("menu")).to_be_visible()
        assert violations(desk) == [], "menu"
        desk.page.get_by_role("menuitem", name=entry).click()
        expect(desk.dialog).to_be_visible()
        assert violations(desk) == [], entry
        desk.page.keyboard.press("Escape")
        expect(desk.dialog).to_have_count(0)
    desk.button("New poll").click()
    expect(desk.dialog).to_be_visible()
    desk.button("Ask").click()
    assert violations(desk) == [], "poll"
    desk.page.keyboard.press("Escape")
    answer.hover()
    answer.get_by_role("button", name="Edit", exact=True).click()
    desk.composer.fill("Hello @")
    expect(desk.page.get_by_role("listbox")).to_be_visible()
    assert violations(desk) == [], "suggestions"


def test_a_strict_policy_is_in_force_and_would_be_noticed_here(tms: TmsServer, team: Team, open_desk: OpenDesk) -> None:
    """Every test ends by looking for errors in the console, so a page that breaks the policy breaks a test."""
    policy = httpx.get(f"{tms.base_url}/").headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    desk = open_desk(tms.base_url)
    desk.problems.provoke(r"Content Security Policy")
    desk.sign_in(team.admin)
    seen_before = desk.problems.provoked
    desk.page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: '1'}))")
    expect(desk.button("Settings")).to_be_visible()
    assert seen_before == []
    assert len(desk.problems.provoked) == 1


def test_a_new_message_is_announced_once_and_history_never(tms: TmsServer, team: Team, open_desk: OpenDesk) -> None:
    ana, bob = team.add("Ana Reyes"), team.add("Bob Stone")
    room = ana.direct(bob)
    bob.send(room, "Old news")
    desk = open_desk(tms.base_url)
    desk.sign_in(ana, room)
    expect(desk.message("Old news")).to_be_visible()
    announced = desk.page.locator('[aria-live="polite"]')
    expect(announced).to_have_text("")
    bob.send(room, "Fresh news")
    expect(announced).to_have_text("Bob Stone: Fresh news")
