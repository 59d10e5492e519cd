"""The first hour of a team, from the printed link to a group, on both databases."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenDesk
from tests.browser.desk import Desk, mail
from tests.browser.stopwatch import message_shown
from tests.conftest import StartServer
from tests.support.postgres import Postgres


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Callable[[], str | None]:
    if request.param == "sqlite":
        return lambda: None
    pg: Postgres = request.getfixturevalue("pg")
    return pg.fresh_database


def sees_within_a_second(sender: Desk, reader: Desk, text: str) -> None:
    watch = message_shown(sender.page, reader.page, text)
    sender.write(text)
    assert watch.milliseconds() < 1_000
    for desk in (sender, reader):
        expect(desk.message(text)).to_have_count(1)
    expect(sender.message(text)).to_have_attribute("data-state", "sent")


@pytest.mark.alone
def test_two_people_chat_from_the_printed_link_on_and_a_third_sees_what_is_unread(
    start_server: StartServer, database_url: str | None, open_desk: OpenDesk
) -> None:
    server = start_server(DATABASE_URL=database_url)
    ana, bob, cleo = (open_desk(server.base_url) for _ in range(3))

    ana.make_account(server.setup_link, "Ana Reyes", button="Create account")
    expect(ana.page.get_by_role("heading", name="Welcome, Ana Reyes")).to_be_visible()
    for desk, name in ((bob, "Bob Stone"), (cleo, "Cleo Park")):
        link = ana.invite()
        assert link.startswith(f"{server.base_url}/join#")
        desk.make_account(link, name, button="Join")

    ana.start_direct("Bob Stone")
    bob.row(ana.conversation_id).click()
    for sender, reader, text in (
        (ana, bob, "Hello Bob"),
        (bob, ana, "Hello Ana"),
        (ana, bob, "How are you?"),
        (bob, ana, "Fine, and you?"),
    ):
        sees_within_a_second(sender, reader, text)
    expect(ana.page.get_by_label("Conversation", exact=True).get_by_text("Online")).to_be_visible()
    expect(ana.row(ana.conversation_id)).to_contain_text("online")

    bob.composer.press_sequentially("I am thinking")
    expect(ana.typing_line).to_have_text("Bob Stone is typing", timeout=1_000)
    bob.composer.press("Enter")
    expect(ana.typing_line).to_have_text("")

    ana.start_group("Launch team", "Bob Stone", "Cleo Park")
    group = ana.conversation_id
    expect(cleo.row(group)).to_contain_text("Launch team")
    expect(cleo.badge(group)).to_have_count(0)
    expect(cleo.page).to_have_title("TMS Chat")
    ana.write("Welcome, everybody")
    expect(cleo.badge(group)).to_have_text("1", timeout=1_000)
    expect(cleo.page).to_have_title("(1) TMS Chat")
    ana.write("The plan is in the wiki")
    expect(cleo.badge(group)).to_have_text("2", timeout=1_000)
    cleo.row(group).click()
    expect(cleo.message("The plan is in the wiki")).to_be_visible()
    expect(cleo.badge(group)).to_have_count(0)
    expect(cleo.page).to_have_title("TMS Chat")

    bob.context.close()
    direct = ana.page.get_by_test_id("conversation-row").filter(has_text="Bob Stone")
    expect(direct).not_to_contain_text("online")


def test_a_reload_keeps_the_session_and_signing_out_ends_it(start_server: StartServer, open_desk: OpenDesk) -> None:
    server = start_server()
    ana = open_desk(server.base_url)
    ana.make_account(server.setup_link, "Ana Reyes", button="Create account")
    ana.page.reload()
    expect(ana.page.get_by_text("Welcome, Ana Reyes")).to_be_visible()

    ana.button("Settings").click()
    ana.button("Sign out").click()
    expect(ana.button("Sign in")).to_be_visible()
    ana.page.reload()
    expect(ana.button("Sign in")).to_be_visible()
    ana.fill_sign_in(mail("Ana Reyes"))
    expect(ana.page.get_by_text("Welcome, Ana Reyes")).to_be_visible()
    expect(ana.page).to_have_url(re.compile(r"/$"))
