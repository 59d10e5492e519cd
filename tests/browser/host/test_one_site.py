"""Chat and host on one site: the cookie of a host that is really built with next-auth is the session."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenDesk
from tests.browser.desk import Desk
from tests.browser.held import Held
from tests.browser.host.site import (
    LOOK_AWAY,
    REFUSED,
    SSO,
    Traffic,
    button,
    go,
    inside,
    kept_draft,
    shortened,
    stays,
    title,
)
from tests.browser.stopwatch import message_shown
from tests.host.host import PASSWORD, Host
from tests.host.nextauth_host import NextAuthHost
from tests.host.office import Office
from tests.support.people import Person

#: Where the page gets and renews its token.
SESSION = "**/api/v1/auth/session"


@dataclass(frozen=True)
class Visit:
    """Ana is signed in at the host and nowhere else yet; Bob wrote to her."""

    desk: Desk
    email: str
    bob: Person
    conversation_id: str

    def sign_in(self, page: Page) -> None:
        """The page that next-auth itself makes."""
        page.get_by_label("E-mail").fill(self.email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in with Account").click()


@pytest.fixture
def visit(neighbours: Office, host: Host, nextauth: NextAuthHost, open_desk: OpenDesk) -> Visit:
    ana, bob = host.add("Ana Reyes"), neighbours.add("Bob Stone")
    conversation_id = bob.direct(neighbours.enter(ana))
    bob.send(conversation_id, "Hello Ana")
    visit = Visit(open_desk(neighbours.server.base_url), nextauth.add(ana.id, ana.name), bob, conversation_id)
    visit.desk.problems.provoke(REFUSED)
    page = visit.desk.page
    page.goto(f"{nextauth.url}/api/auth/signin?callbackUrl={nextauth.url}/")
    visit.sign_in(page)
    page.wait_for_url(f"{nextauth.url}/")
    return visit


def sign_out_at(nextauth: NextAuthHost, desk: Desk) -> None:
    """In another tab, by the host's own button."""
    tab = desk.another_tab().page
    tab.goto(f"{nextauth.url}/api/auth/signout?callbackUrl={nextauth.url}/")
    tab.get_by_role("button", name="Sign out").click()
    tab.wait_for_url(f"{nextauth.url}/")
    tab.close()


@pytest.mark.alone
def test_who_is_signed_in_at_the_host_is_in_without_a_trip(visit: Visit) -> None:
    desk, conversation_id = visit.desk, visit.conversation_id
    traffic = Traffic(desk.context)
    go(desk, conversation_id)
    inside(desk, conversation_id)
    expect(desk.message("Hello Ana")).to_be_visible()
    watch = message_shown(desk.page, desk.page, "Hello Bob")
    desk.write("Hello Bob")
    assert watch.milliseconds() < 1_000
    expect(desk.message("Hello Bob")).to_have_attribute("data-state", "sent")
    desk.page.reload()
    inside(desk, conversation_id)
    assert traffic.trips == 0
    assert len(traffic.sockets) == 2


def test_signing_out_at_the_host_ends_the_chat_when_one_looks_at_it_again(visit: Visit, nextauth: NextAuthHost) -> None:
    desk, conversation_id = visit.desk, visit.conversation_id
    go(desk, conversation_id)
    inside(desk, conversation_id)
    desk.composer.fill("I was about to")
    sign_out_at(nextauth, desk)
    traffic = Traffic(desk.context)
    desk.page.evaluate(LOOK_AWAY, 120)
    expect(title(desk)).to_have_text("Your session ended")
    expect(button(desk)).to_be_visible()
    expect(kept_draft(desk)).to_have_value("I was about to")
    stays(desk, traffic, trips=0)

    button(desk).click()
    visit.sign_in(desk.page)
    inside(desk, conversation_id)
    expect(desk.composer).to_have_value("I was about to")
    assert traffic.trips == 1


def test_signing_out_at_the_host_ends_the_chat_when_its_token_is_renewed(visit: Visit, nextauth: NextAuthHost) -> None:
    desk, conversation_id = visit.desk, visit.conversation_id
    # The server asks for a renewal two minutes before the end. It is held until the host's session is over: however
    # long the way there takes, it does not come too early.
    renewal = Held(desk.page, SESSION)
    desk.page.route(SESSION, shortened(left=121), times=1)
    go(desk, conversation_id)
    inside(desk, conversation_id)
    desk.composer.fill("I was about to")
    renewal.wait()
    sign_out_at(nextauth, desk)
    traffic = Traffic(desk.context)
    renewal.let_go()
    expect(title(desk)).to_have_text("Your session ended")
    expect(kept_draft(desk)).to_have_value("I was about to")
    stays(desk, traffic, trips=0)


def test_a_short_look_away_asks_nothing(visit: Visit) -> None:
    desk = visit.desk
    go(desk, visit.conversation_id)
    inside(desk, visit.conversation_id)
    traffic = Traffic(desk.context)
    desk.page.evaluate(LOOK_AWAY, 20)
    visit.bob.send(visit.conversation_id, "Back already?")
    expect(desk.message("Back already?")).to_be_visible()
    assert traffic.asked("/auth/session") == 0


def test_a_host_that_comes_back_with_its_cookie_alone(
    visit: Visit, nextauth: NextAuthHost, request: pytest.FixtureRequest
) -> None:
    """No token in the address: after the sign-in the cookie speaks for itself."""
    desk = visit.desk
    nextauth.come_back_with("cookie")
    request.addfinalizer(lambda: nextauth.come_back_with("token"))
    desk.context.clear_cookies()
    traffic = Traffic(desk.context)
    go(desk, visit.conversation_id)
    visit.sign_in(desk.page)
    inside(desk, visit.conversation_id)
    assert traffic.trips == 1
    assert not [r.url for r in traffic.requests if "gcgc_token" in r.url]
    assert any(SSO in r.url for r in traffic.requests)


def test_another_person_at_the_host_does_not_get_into_the_first_one_s_page(
    visit: Visit, host: Host, nextauth: NextAuthHost
) -> None:
    """The tab of Ana is still open when Cleo signs in at the host with the same browser."""
    desk = visit.desk
    cleo = host.add("Cleo Park")
    go(desk, visit.conversation_id)
    inside(desk, visit.conversation_id)
    desk.composer.fill("From Ana")
    sign_out_at(nextauth, desk)
    tab = desk.another_tab()
    tab.page.goto(f"{nextauth.url}/api/auth/signin?callbackUrl={nextauth.url}/")
    Visit(tab, nextauth.add(cleo.id, cleo.name), visit.bob, "").sign_in(tab.page)
    tab.page.wait_for_url(f"{nextauth.url}/")
    desk.page.evaluate(LOOK_AWAY, 120)
    expect(title(desk)).to_have_text("Your session ended")
    desk.problems.provoke(r"status of 404 .*/conversations/")
    go(tab)
    inside(tab)
    expect(tab.page.get_by_test_id("conversation-row")).to_have_count(0)
    # Her page goes on as Cleo's, by the button, with nothing of Ana's.
    button(desk).click()
    desk.button("Settings").wait_for()
    expect(desk.page.get_by_text("From Ana")).to_have_count(0)
    expect(desk.message("Hello Ana")).to_have_count(0)
