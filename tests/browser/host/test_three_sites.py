"""Page, chat server and host on three sites, in a browser that blocks third-party cookies."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenDesk
from tests.browser.desk import Desk
from tests.browser.host.site import (
    LEEWAY,
    NEARLY_OVER,
    SOON_OVER,
    SWEEP,
    Site,
    Traffic,
    Visit,
    at_host,
    button,
    come_in,
    forget_host,
    inside,
    kept_draft,
    shortened,
    stays,
    title,
    visit_to,
)
from tests.browser.stopwatch import message_shown
from tests.host.host import Host


@pytest.fixture
def visit(apart: Site, host: Host, open_desk_without_third_party_cookies: OpenDesk) -> Visit:
    return visit_to(apart.office, host, open_desk_without_third_party_cookies(apart.page))


def ours(desk: Desk, apart: Site) -> list[str]:
    """The cookies of the chat server in this browser."""
    return [cookie["name"] for cookie in desk.context.cookies(apart.office.server.base_url)]


@pytest.mark.alone
def test_signed_in_once_a_reload_comes_back_silently_through_the_host(visit: Visit, apart: Site) -> None:
    desk, conversation_id = visit.desk, visit.conversation_id
    traffic = Traffic(desk.context)
    come_in(desk, visit.ana, conversation_id)
    expect(desk.message("Hello Ana")).to_be_visible()
    desk.composer.fill("Half a sentence")
    assert (traffic.trips, ours(desk, apart)) == (1, [])
    for reloads in (1, 2):
        desk.page.reload()
        inside(desk, conversation_id)
        expect(desk.composer).to_have_value("Half a sentence")
        assert traffic.trips == 1 + reloads, "a reload comes back through the host, with one trip"
    assert ours(desk, apart) == []
    history = desk.context.new_cdp_session(desk.page).send("Page.getNavigationHistory")["entries"]
    assert not [entry["url"] for entry in history if "gcgc_token" in entry["url"]]
    watch = message_shown(desk.page, desk.page, "Half a sentence")
    desk.composer.press("Enter")
    assert watch.milliseconds() < 1_000
    # Another tab is in as silently.
    other = desk.another_tab()
    other.page.goto(f"/c/{conversation_id}")
    inside(other, conversation_id)
    assert traffic.trips == 4


def test_a_reload_without_a_session_at_the_host_ends_at_its_sign_in_page(visit: Visit, apart: Site) -> None:
    desk, conversation_id = visit.desk, visit.conversation_id
    come_in(desk, visit.ana, conversation_id)
    desk.composer.fill("Half a sentence")
    forget_host(desk, apart.host)
    traffic = Traffic(desk.context)
    desk.page.reload()
    expect(desk.page).to_have_title("Sign in")
    desk.page.wait_for_load_state("networkidle")
    assert traffic.trips == 1
    # Not interested: back in the chat by its address, there is no second trip by itself in this minute.
    desk.page.goto(f"/c/{conversation_id}")
    expect(title(desk)).to_have_text("Your session ended")
    stays(desk, traffic, trips=1)
    button(desk).click()
    at_host(desk, visit.ana)
    inside(desk, conversation_id)
    expect(desk.composer).to_have_value("Half a sentence")


def test_a_session_that_is_over_ends_with_a_sentence_and_the_draft(visit: Visit, apart: Site, host: Host) -> None:
    desk, conversation_id = visit.desk, visit.conversation_id
    with host.bad_day(token_seconds=SOON_OVER):
        come_in(desk, visit.ana, conversation_id)
    desk.composer.fill("Half a sentence")
    forget_host(desk, apart.host)
    traffic = Traffic(desk.context)
    expect(title(desk)).to_have_text("Your session ended", timeout=40_000)
    expect(kept_draft(desk)).to_have_value("Half a sentence")
    stays(desk, traffic, trips=0)
    button(desk).click()
    at_host(desk, visit.ana)
    inside(desk, conversation_id)
    expect(desk.composer).to_have_value("Half a sentence")
    assert traffic.trips == 1


@pytest.mark.alone
def test_the_live_socket_is_renewed_and_outlives_its_first_token(visit: Visit) -> None:
    desk, conversation_id = visit.desk, visit.conversation_id
    # For the page it has fifteen minutes; the server is about to close the socket, and says so at once.
    desk.page.route("**/api/v1/auth/session", shortened(left=NEARLY_OVER))
    traffic = Traffic(desk.context)
    come_in(desk, visit.ana, conversation_id)
    closes_at = time.time() + NEARLY_OVER + LEEWAY + 2 * SWEEP
    desk.composer.fill("Half a sentence")
    traffic.until(desk.page, lambda: traffic.acknowledged("auth") is not None, what="the socket is renewed")
    assert len(traffic.said("auth_expiring")) == 1
    answer = traffic.acknowledged("auth")
    assert answer is not None
    assert answer["ok"] is True
    assert answer["expires_in"] == pytest.approx(15 * 60, abs=20)

    traffic.until(desk.page, lambda: time.time() > closes_at, what="the first token is over", seconds=15)
    watch = message_shown(desk.page, desk.page, "Half a sentence")
    desk.composer.press("Enter")
    assert watch.milliseconds() < 1_000
    visit.bob.send(conversation_id, "And the other half")
    expect(desk.message("And the other half")).to_be_visible()
    expect(desk.banner).to_have_count(0)
    assert len(traffic.sockets) == 1, "it connected again"
    assert not traffic.sockets[0].is_closed()
    assert traffic.trips == 1
    assert traffic.asked("/auth/session") == 2, "once from the host, once to renew"


def test_a_renewal_that_brings_no_longer_life_does_not_spin(visit: Visit, host: Host) -> None:
    """The host's own session is over in a minute: the page asks a few times and then waits for the end."""
    desk = visit.desk
    traffic = Traffic(desk.context)
    with host.bad_day(token_seconds=60):
        come_in(desk, visit.ana, visit.conversation_id)
    traffic.until(desk.page, lambda: traffic.acknowledged("auth") is not None, what="the socket is renewed")
    desk.page.wait_for_load_state("networkidle")
    assert traffic.asked("/auth/session") <= 3
    assert len(traffic.sockets) == 1


def test_signing_out_in_one_tab_signs_out_in_all_and_no_trip_follows(visit: Visit) -> None:
    desk = visit.desk
    come_in(desk, visit.ana)
    other = desk.another_tab()
    other.page.goto("/")
    inside(other)
    traffic = Traffic(desk.context)
    other.button("Settings").click()
    other.button("Sign out").click()
    for tab in (desk, other):
        expect(title(tab)).to_have_text("You are signed out")
        tab.page.reload()
        expect(title(tab)).to_have_text("You are signed out")
        stays(tab, traffic, trips=0)
    button(desk).click()
    inside(desk)
