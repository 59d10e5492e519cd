"""What was read can be read without a network, by the person who read it (CLIENT.md N2, N10)."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import OpenDesk, Pair
from tests.browser.desk import Desk
from tests.browser.test_catching_up import AWAY, go_offline, go_online
from tests.support.people import Team
from tests.support.processes import wait_until
from tests.support.server import TmsServer


def is_stored(desk: Desk, text: str) -> bool:
    return text in desk.database


def test_a_conversation_read_before_can_be_read_offline_and_goes_on_when_the_network_is_back(
    tms: TmsServer, team: Team, open_desk: OpenDesk
) -> None:
    ana, bob, cleo = (team.add(name) for name in ("Ana Reyes", "Bob Stone", "Cleo Park"))
    first, second = bob.direct(ana), cleo.direct(ana)
    bob.send(first, "The plan is on the shelf")
    cleo.send(second, "Hello")
    desk = open_desk(tms.base_url)
    desk.problems.provoke(*AWAY)
    desk.sign_in(ana, first)
    expect(desk.message("The plan is on the shelf")).to_be_visible()
    wait_until(lambda: is_stored(desk, "on the shelf"), seconds=30, what="it is kept")
    # In this page load the first conversation is only a row of the list.
    desk.page.goto(f"/c/{second}")
    expect(desk.message("Hello")).to_be_visible()
    go_offline(desk)
    bob.send(first, "I moved it")
    desk.row(first).click()
    expect(desk.message("The plan is on the shelf")).to_be_visible()
    desk.write("Written in the train")
    expect(desk.message("Written in the train")).to_have_attribute("data-state", "pending")
    expect(desk.banner).to_contain_text("What you write is kept and will be sent.")
    go_online(desk)
    expect(desk.banner).to_have_count(0)
    expect(desk.message("I moved it")).to_be_visible()
    expect(desk.message("Written in the train")).to_have_attribute("data-state", "sent")


def test_signing_out_erases_it_and_another_person_never_sees_it(pair: Pair, team: Team) -> None:
    desk = pair.desk
    desk.problems.provoke(r"401 .*/auth/session")
    pair.bob.send(pair.conversation_id, "For your eyes only")
    expect(desk.message("For your eyes only")).to_be_visible()
    wait_until(lambda: is_stored(desk, "eyes only"), seconds=30, what="it is kept")
    desk.context.clear_cookies()
    desk.page.goto("/sign-in")
    desk.fill_sign_in(team.add("Dan Ito").email)
    desk.button("Settings").wait_for()
    wait_until(lambda: not is_stored(desk, "eyes only"), seconds=30, what="nothing is left of the former person")
    desk.context.clear_cookies()
    desk.page.goto("/sign-in")
    desk.fill_sign_in(pair.ana.email)
    desk.row(pair.conversation_id).click()
    expect(desk.message("For your eyes only")).to_be_visible()
    wait_until(lambda: is_stored(desk, "eyes only"), seconds=30, what="it is kept again")
    sign_out(desk)
    wait_until(lambda: not is_stored(desk, "eyes only"), seconds=30, what="it is erased")


def sign_out(desk: Desk) -> None:
    desk.button("Settings").click()
    desk.page.get_by_role("button", name="Sign out").click()
    desk.page.get_by_label("E-mail").wait_for()
