"""From outside into the chat and out again, through the host's sign-in page."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenDesk
from tests.browser.host.site import (
    REFUSED,
    STORED,
    Traffic,
    at_host,
    button,
    come_in,
    forget_host,
    go,
    inside,
    stays,
    title,
)
from tests.browser.stopwatch import message_shown
from tests.host.host import Host
from tests.host.office import SSO_HEADER, Office


def test_a_deep_link_survives_the_trip_and_the_token_is_nowhere(
    office: Office, host: Host, open_desk: OpenDesk
) -> None:
    ana, bob = host.add("Ana Reyes"), office.add("Bob Stone")
    known = office.enter(ana)
    conversation_id = bob.direct(known)
    bob.send(conversation_id, "Look here")
    desk = open_desk(office.server.base_url)
    desk.problems.provoke(REFUSED)
    traffic = Traffic(desk.context)
    go(desk, conversation_id)
    at_host(desk, ana)
    inside(desk, conversation_id)
    expect(desk.message("Look here")).to_be_visible()

    (callback,) = (r for r in traffic.requests if urlsplit(r.url).path == "/auth/callback")
    token = parse_qs(urlsplit(callback.url).query)["gcgc_token"][0]
    (exchange,) = (r for r in traffic.requests if r.all_headers().get(SSO_HEADER.lower()) == token)
    assert (exchange.method, urlsplit(exchange.url).path) == ("POST", "/api/v1/auth/session")
    answer = exchange.response()
    assert answer is not None
    ours = answer.json()["token"]

    history = desk.context.new_cdp_session(desk.page).send("Page.getNavigationHistory")["entries"]
    addresses = [entry["url"] for entry in history]
    assert addresses[-1] == f"{office.server.base_url}/c/{conversation_id}"
    others = [r.url for r in traffic.requests if r is not callback]
    told = [r.all_headers().get("referer", "") for r in traffic.requests]
    for secret in (token, ours):
        assert not [a for a in addresses + others + told if secret in a]
        assert secret not in desk.page.evaluate(STORED) + desk.database
        assert secret not in office.server.stdout + office.server.stderr
    assert traffic.trips == 1

    # A reload comes back by the cookie, which no script can read.
    desk.page.reload()
    inside(desk, conversation_id)
    assert traffic.trips == 1
    (cookie,) = (c for c in desk.context.cookies() if c["name"] == "tms_session")
    assert cookie["httpOnly"]


@pytest.mark.alone
def test_two_people_of_the_host_talk_live(office: Office, host: Host, open_desk: OpenDesk) -> None:
    people = {name: host.add(name) for name in ("Ana Reyes", "Bob Stone")}
    ana, bob = (open_desk(office.server.base_url) for _ in people)
    for desk, person in zip((ana, bob), people.values(), strict=True):
        desk.problems.provoke(REFUSED)
        come_in(desk, person)
    names = [person.name for person in people.values()]
    ana.start_direct(names[1])
    expect(ana.row(ana.conversation_id)).to_contain_text("online")
    ana.write("Hello Bob")
    bob.row(ana.conversation_id).click()
    expect(bob.message("Hello Bob")).to_be_visible()
    for sender, reader, text in ((bob, ana, "Hello Ana"), (ana, bob, "How are you?")):
        watch = message_shown(sender.page, reader.page, text)
        sender.write(text)
        assert watch.milliseconds() < 1_000
        expect(sender.message(text)).to_have_attribute("data-state", re.compile("sent|delivered|read"))


@pytest.mark.alone
def test_somebody_who_never_signed_in_is_found_and_reads_it_later(
    office: Office, host: Host, open_desk: OpenDesk
) -> None:
    ana, cleo = host.add("Ana Reyes"), host.add("Cleo Parkinson")
    desk, later = (open_desk(office.server.base_url) for _ in range(2))
    for each in (desk, later):
        each.problems.provoke(REFUSED)
    come_in(desk, ana)
    desk.page.get_by_test_id("new-conversation").click()
    desk.page.get_by_label("Search people").fill(cleo.name)
    desk.page.get_by_role("option").filter(has_text=cleo.name).click()
    desk.button("Start conversation").click()
    desk.composer.wait_for()
    desk.write("Welcome, whenever you come")
    expect(desk.message("Welcome, whenever you come")).to_have_attribute("data-state", "sent")

    come_in(later, cleo)
    expect(later.badge(desk.conversation_id)).to_have_text("1")
    later.row(desk.conversation_id).click()
    expect(later.message("Welcome, whenever you come")).to_be_visible()
    watch = message_shown(later.page, desk.page, "Here I am")
    later.write("Here I am")
    assert watch.milliseconds() < 1_000


def test_signing_out_stays_so_until_the_button_and_in_every_tab(
    office: Office, host: Host, open_desk: OpenDesk
) -> None:
    ana = host.add("Ana Reyes")
    desk = open_desk(office.server.base_url)
    desk.problems.provoke(REFUSED)
    come_in(desk, ana)
    other = desk.another_tab()
    go(other)
    inside(other)
    traffic = Traffic(desk.context)
    desk.button("Settings").click()
    desk.button("Sign out").click()
    for tab in (desk, other):
        expect(title(tab)).to_have_text("You are signed out")
        expect(button(tab)).to_be_visible()
    for tab in (desk, other):
        tab.page.reload()
        expect(button(tab)).to_be_visible()
        stays(tab, traffic, trips=0)
    # Still signed in at the host: no form there.
    button(desk).click()
    inside(desk)
    assert traffic.trips == 1
    # The sign-out is over, for the other tab as well.
    other.page.reload()
    inside(other)


@pytest.mark.parametrize("tab", [1, 2], ids=["in its own tab", "from another tab"])
def test_signing_in_again_after_a_sign_out_leaves_nothing_of_the_former_person(
    office: Office, host: Host, open_desk: OpenDesk, tab: int
) -> None:
    """Two people at one computer: the second one sees nothing of the first, in no tab."""
    ana, cleo, bob = host.add("Ana Reyes"), host.add("Cleo Park"), office.add("Bob Stone")
    conversation_id = bob.direct(office.enter(ana))
    desk = open_desk(office.server.base_url)
    desk.problems.provoke(REFUSED)
    come_in(desk, ana, conversation_id)
    desk.composer.fill("Only for Bob")
    second = desk if tab == 1 else desk.another_tab()
    desk.button("Settings").click()
    desk.button("Sign out").click()
    expect(button(desk)).to_be_visible()
    forget_host(desk, host.url)
    go(second)
    button(second).click()
    at_host(second, cleo)
    inside(second)
    expect(second.page.get_by_test_id("conversation-row")).to_have_count(0)
    assert "Only for Bob" not in second.page.evaluate(STORED)
