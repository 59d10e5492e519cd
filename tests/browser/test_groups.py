"""A group as its admins change it: everybody sees it at once (CLIENT.md F7), nobody but admins may."""

from __future__ import annotations

from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenDesk
from tests.browser.desk import Desk
from tests.support.people import Person, Team
from tests.support.server import TmsServer


def member(desk: Desk, person: Person) -> Locator:
    return desk.page.locator(f'[data-testid="member"][data-user-id="{person.id}"]')


def act(desk: Desk, person: Person, action: str) -> None:
    member(desk, person).get_by_role("button", name=f"Actions for {person.name}").click()
    desk.page.get_by_role("menuitem", name=action).click()


def choose(desk: Desk, action: str) -> None:
    desk.button("Conversation menu").click()
    desk.page.get_by_role("menuitem", name=action).click()


def test_three_people_see_every_change_of_their_group_at_once(tms: TmsServer, team: Team, open_desk: OpenDesk) -> None:
    ana, bob, cleo, dora = (team.add(name) for name in ("Ana Reyes", "Bob Stone", "Cleo Park", "Dora Quist"))
    room = ana.group("Launch team", bob, cleo)
    bob.send(room, "Before Dora came")
    admin, other, newcomer = open_desk(tms.base_url), open_desk(tms.base_url), open_desk(tms.base_url)
    admin.sign_in(ana, room)
    other.sign_in(bob, room)
    newcomer.sign_in(dora)

    # Whoever is no admin reads the same dialog.
    other.button("Members").click()
    expect(other.dialog).to_contain_text("Only group admins can change the group.")
    expect(other.dialog).to_contain_text("People who are added read only what is written afterwards.")
    expect(member(other, ana)).to_contain_text("Group admin")
    expect(other.page.get_by_label("Group name")).to_have_count(0)
    expect(other.page.get_by_role("button", name="Actions for")).to_have_count(0)

    admin.button("Members").click()
    admin.page.get_by_label("Group name").fill("Landing team")
    admin.button("Save").click()
    for desk in (admin, other):
        expect(desk.row(room)).to_contain_text("Landing team")
    expect(other.page.locator("h1", has_text="Landing team")).to_be_attached()
    admin.page.get_by_label("Everything that was ever written here").check()
    expect(other.dialog).to_contain_text("People who are added read everything that was ever written here.")

    admin.button("Add people").click()
    admin.page.get_by_role("option").filter(has_text="Dora Quist").click()
    expect(admin.page.get_by_role("option").filter(has_text="Bob Stone")).to_have_count(0)
    admin.button("Add 1 person").click()
    expect(member(admin, dora)).to_be_visible()
    expect(member(other, dora)).to_be_visible()
    newcomer.row(room).click()
    expect(newcomer.message("Before Dora came")).to_be_visible()

    act(admin, bob, "Make group admin")
    expect(member(other, bob)).to_contain_text("Group admin")
    expect(other.page.get_by_label("Group name")).to_be_visible()

    act(admin, dora, "Remove from the group")
    expect(member(admin, dora)).to_have_count(0)
    expect(member(other, dora)).to_have_count(0)
    expect(newcomer.page.get_by_text("You are no longer in this conversation")).to_be_visible()
    expect(newcomer.row(room)).to_have_count(0)


def test_leaving_says_what_happens_and_hands_over(tms: TmsServer, team: Team, open_desk: OpenDesk) -> None:
    ana, bob, cleo = (team.add(name) for name in ("Ana Reyes", "Bob Stone", "Cleo Park"))
    room = ana.group("Launch team", bob, cleo)
    bob.send(room, "Hello")
    leaver, heir = open_desk(tms.base_url), open_desk(tms.base_url)
    leaver.sign_in(ana, room)
    heir.sign_in(bob, room)
    # That Bob becomes admin is told just before one is gone, and then nobody is there to have read it.
    leaver.problems.provoke(r"404 .*/mark-(read|delivered)")
    choose(leaver, "Leave the group")
    expect(leaver.dialog).to_contain_text("You are its only admin")
    expect(leaver.button("Cancel")).to_be_focused()
    leaver.dialog.get_by_role("button", name="Leave the group").click()
    expect(leaver.row(room)).to_have_count(0)
    expect(leaver.page).to_have_url(f"{tms.base_url}/")
    expect(heir.page.get_by_text("2 members", exact=False)).to_be_visible()
    heir.button("Members").click()
    expect(member(heir, bob)).to_contain_text("Group admin")
    expect(heir.button("Add people")).to_be_visible()


def test_a_cleared_history_is_gone_for_oneself_only(tms: TmsServer, team: Team, open_desk: OpenDesk) -> None:
    ana, bob = team.add("Ana Reyes"), team.add("Bob Stone")
    room = ana.direct(bob)
    bob.send(room, "Old business")
    desk, theirs = open_desk(tms.base_url), open_desk(tms.base_url)
    desk.sign_in(ana, room)
    another = desk.another_tab()
    another.page.goto(f"/c/{room}")
    theirs.sign_in(bob, room)
    for tab in (desk, another, theirs):
        expect(tab.message("Old business")).to_be_visible()
    choose(desk, "Clear the history")
    expect(desk.dialog).to_contain_text("The others keep them")
    desk.button("Clear for me").click()
    for tab in (desk, another):
        expect(tab.message("Old business")).to_have_count(0)
        expect(tab.row(room)).to_contain_text("No messages yet")
    bob.send(room, "New business")
    expect(desk.message("New business")).to_be_visible()
    expect(theirs.message("Old business")).to_be_visible()


def test_a_big_group_shows_and_finds_all_its_members(tms: TmsServer, team: Team, open_desk: OpenDesk) -> None:
    ana = team.add("Ana Reyes")
    crowd = [team.add(f"Guest{n} Number") for n in range(60)]
    room = ana.group("Crowd", *crowd)
    desk = open_desk(tms.base_url)
    desk.sign_in(ana, room)
    desk.button("Members").click()
    expect(desk.page.get_by_test_id("member")).to_have_count(61)
    desk.page.get_by_label("Find a member").fill("guest57")
    expect(desk.page.get_by_test_id("member")).to_have_count(1)
    expect(member(desk, crowd[57])).to_be_visible()
    desk.page.get_by_label("Find a member").fill("nobody")
    expect(desk.dialog).to_contain_text("No member matches “nobody”.")
