"""Muting, do not disturb, blocking; notifications once, and only when wanted (CLIENT.md F7, P1, P2, P4)."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import expect

from tests.browser.conftest import OpenDesk
from tests.browser.desk import Desk
from tests.browser.test_groups import choose
from tests.support.people import Person, Team
from tests.support.processes import wait_until
from tests.support.server import TmsServer

# Writes down what the page tells, instead of telling it; the other tabs of the browser do the same.
RECORD = """
  window.told = [];
  class Recorded {
    static permission = "granted";
    static requestPermission = async () => "granted";
    constructor(title, options) {
      window.told.push({title, body: options.body});
      window.tmsLastNotice = this;
    }
    close() {}
  }
  window.Notification = Recorded;
  window.sounds = 0;
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (...rest) { window.sounds += 1; return start.apply(this, rest); };
"""


def told(*tabs: Desk) -> list[dict[str, str]]:
    return [one for tab in tabs for one in tab.page.evaluate("window.told")]


def sounds(*tabs: Desk) -> int:
    return sum(tab.page.evaluate("window.sounds") for tab in tabs)


def recording(desk: Desk) -> Desk:
    desk.context.add_init_script(RECORD)
    return desk


def quietly(desk: Desk) -> None:
    """Long enough for a notice that must not come."""
    desk.page.wait_for_timeout(1_200)


def prefer(person: Person, **values: Any) -> None:
    person.http.put("/notifications/preferences", json=values).raise_for_status()


def test_a_notice_is_told_once_not_for_what_is_in_view_and_leads_there(
    tms: TmsServer, team: Team, open_desk: OpenDesk
) -> None:
    ana, bob = team.add("Ana Reyes"), team.add("Bob Stone")
    direct, group = bob.direct(ana), bob.group("Launch team", ana)
    desk = recording(open_desk(tms.base_url))
    desk.sign_in(ana, direct)
    other = desk.another_tab()
    other.page.goto(f"/c/{direct}")
    expect(other.composer).to_be_visible()
    # Both tabs believe that they have the focus, and show the direct conversation: nothing is told of it.
    bob.send(direct, "You see this anyway")
    expect(desk.message("You see this anyway")).to_be_visible()
    quietly(desk)
    assert told(desk, other) == []

    bob.send(group, "You do not see this")
    wait_until(lambda: len(told(desk, other)) == 1, seconds=30, what="one of the tabs tells it")
    quietly(desk)
    assert told(desk, other) == [{"title": "Bob Stone in Launch team", "body": "You do not see this"}]
    wait_until(lambda: sounds(desk, other) >= 2, seconds=30, what="the chime is heard")
    assert sounds(desk, other) == 2, "one chime has two notes"

    teller = desk if told(desk) else other
    teller.page.evaluate("window.tmsLastNotice.onclick()")
    expect(teller.message("You do not see this")).to_be_visible()
    expect(teller.page).to_have_url(f"{tms.base_url}/c/{group}")


def test_the_browser_is_asked_for_permission_only_after_a_click_that_explains(
    tms: TmsServer, team: Team, open_desk: OpenDesk
) -> None:
    ana = team.add("Ana Reyes")
    desk = open_desk(tms.base_url)
    desk.context.add_init_script(
        RECORD.replace('permission = "granted"', 'permission = "default"').replace(
            'async () => "granted"', 'async () => { window.asked = (window.asked ?? 0) + 1; return "granted"; }'
        )
    )
    desk.sign_in(ana)
    desk.button("Settings").click()
    expect(desk.page.get_by_text("The browser will ask you once")).to_be_visible()
    assert desk.page.evaluate("window.asked ?? 0") == 0
    desk.button("Allow in this browser").click()
    expect(desk.page.get_by_text("The browser will ask you once")).to_have_count(0)
    assert desk.page.evaluate("window.asked") == 1


def test_preferences_are_kept_and_do_not_disturb_is_obeyed(tms: TmsServer, team: Team, open_desk: OpenDesk) -> None:
    ana, bob = team.add("Ana Reyes"), team.add("Bob Stone")
    direct = bob.direct(ana)
    desk = recording(open_desk(tms.base_url))
    desk.context.new_cdp_session(desk.page).send("Emulation.setTimezoneOverride", {"timezoneId": "Asia/Tokyo"})
    desk.sign_in(ana)
    desk.button("Settings").click()
    desk.page.get_by_role("switch", name="Reactions to my messages").click()
    desk.page.get_by_role("switch", name="Do not disturb").click()
    desk.page.get_by_label("From", exact=True).fill("00:00")
    desk.page.get_by_label("To", exact=True).fill("23:59")
    expect(desk.page.get_by_text("(Asia/Tokyo)")).to_be_visible()
    desk.page.get_by_label("Volume").fill("20")
    kept = {
        "enable_reaction_notifications": False,
        "dnd_enabled": True,
        "dnd_start": "00:00",
        "dnd_end": "23:59",
        "timezone": "Asia/Tokyo",
        "sound_volume": 20,
    }

    def is_kept() -> bool:
        now = ana.http.get("/notifications/preferences").raise_for_status().json()
        return {key: now[key] for key in kept} == kept

    wait_until(is_kept, seconds=30, what="the server has every change")
    desk.page.keyboard.press("Escape")
    bob.send(direct, "Psst")
    expect(desk.badge(direct)).to_have_text("1")
    quietly(desk)
    assert told(desk) == []
    prefer(ana, dnd_enabled=False)
    bob.send(direct, "Hello!")
    wait_until(lambda: len(told(desk)) == 1, seconds=30, what="it is told again")


def test_a_muted_conversation_is_dim_in_every_tab_and_says_nothing(
    tms: TmsServer, team: Team, open_desk: OpenDesk
) -> None:
    ana, bob = team.add("Ana Reyes"), team.add("Bob Stone")
    room, other_room = bob.group("Chatter", ana), bob.direct(ana)
    desk = recording(open_desk(tms.base_url))
    desk.sign_in(ana, room)
    there = desk.another_tab()
    there.page.goto(f"/c/{other_room}")
    expect(there.composer).to_be_visible()
    choose(desk, "Mute for 8 hours")
    for tab in (desk, there):
        expect(tab.row(room)).to_have_attribute("data-muted", "true")
        expect(tab.row(room)).to_contain_text("muted")
    desk.row(other_room).click()
    bob.send(room, "Blah")
    for tab in (desk, there):
        expect(tab.badge(room)).to_have_text("1")
        expect(tab.page).to_have_title("TMS Chat")
    quietly(desk)
    assert told(desk, there) == []

    desk.row(room).click()
    choose(desk, "Unmute")
    expect(there.row(room)).not_to_have_attribute("data-muted", "true")


def test_somebody_blocked_is_folded_in_groups_and_cannot_be_written_to(
    tms: TmsServer, team: Team, open_desk: OpenDesk
) -> None:
    ana, bob, cleo = (team.add(name) for name in ("Ana Reyes", "Bob Stone", "Cleo Park"))
    group, direct = ana.group("Launch team", bob, cleo), ana.direct(bob)
    bob.send(group, "Something rude")
    desk, theirs = open_desk(tms.base_url), open_desk(tms.base_url)
    desk.sign_in(ana, group)
    theirs.sign_in(bob, direct)
    desk.page.get_by_role("button", name="Profile of Bob Stone").click()
    expect(desk.dialog).to_contain_text(bob.email)
    desk.button("Block Bob Stone").click()
    expect(desk.button("Unblock Bob Stone")).to_be_visible()
    desk.page.keyboard.press("Escape")
    expect(desk.messages.get_by_text("Message from somebody you blocked")).to_be_visible()
    expect(desk.message("Something rude")).to_have_count(0)
    desk.button("Show").click()
    expect(desk.message("Something rude")).to_be_visible()

    # Whoever is blocked hears that it was not delivered, and not why.
    theirs.problems.provoke(r"403 .*/api/v1/messages/")
    theirs.write("Are you there?")
    expect(theirs.page.get_by_role("alert")).to_contain_text("This message cannot be delivered.")

    desk.row(direct).click()
    expect(desk.page.get_by_test_id("blocked-bar")).to_contain_text("You blocked Bob Stone.")
    expect(desk.composer).to_have_count(0)
    desk.button("Settings").click()
    desk.page.get_by_role("button", name="Unblock Bob Stone").click()
    expect(desk.page.get_by_text("You have blocked nobody.")).to_be_visible()
    desk.page.keyboard.press("Escape")
    expect(desk.composer).to_be_visible()
    theirs.button("Retry").click()
    expect(desk.message("Are you there?")).to_be_visible()


def test_the_sheet_of_keys_is_true(tms: TmsServer, team: Team, open_desk: OpenDesk) -> None:
    ana, bob = team.add("Ana Reyes"), team.add("Bob Stone")
    rooms = [ana.group(f"Room {n}", bob) for n in range(4)]
    for room in rooms:
        bob.send(room, "Hello")
    for room in rooms[1:3]:
        ana.http.post(f"/conversations/{room}/mark-read").raise_for_status()
    desk = open_desk(tms.base_url)
    desk.sign_in(ana)
    desk.row(rooms[0]).wait_for()
    keys = desk.page.keyboard
    keys.press("Control+/")
    listed: list[str] = json.loads(
        desk.dialog.evaluate("(e) => JSON.stringify([...e.querySelectorAll('dt')].map((t) => t.textContent))")
    )
    assert len(listed) == len(set(listed)) >= 10
    keys.press("Escape")
    expect(desk.dialog).to_have_count(0)

    def is_open(room: str) -> None:
        expect(desk.page).to_have_url(f"{tms.base_url}/c/{room}")

    desk.row(rooms[2]).click()
    is_open(rooms[2])
    for key, room in (
        ("Alt+ArrowDown", rooms[1]),
        ("Alt+ArrowUp", rooms[2]),
        ("Alt+Shift+ArrowDown", rooms[0]),
        ("Alt+Shift+ArrowUp", rooms[3]),
    ):
        keys.press(key)
        is_open(room)
        expect(desk.badge(room)).to_have_count(0)
        if key == "Alt+ArrowUp":
            expect(desk.badge(rooms[0])).to_have_text("1")
    keys.press("Control+f")
    expect(desk.page.get_by_role("combobox", name="Search for")).to_be_focused()
    expect(desk.page.get_by_label("in Room 3")).to_be_checked()
    keys.press("Escape")
    keys.press("Control+Shift+f")
    expect(desk.page.get_by_label("Everywhere")).to_be_checked()
    keys.press("Escape")
    keys.press("Control+k")
    expect(desk.dialog).to_be_visible()
