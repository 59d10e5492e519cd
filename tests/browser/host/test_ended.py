"""A session ends while somebody is in the middle of something: its time is over, or the account is."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenDesk
from tests.browser.host.site import (
    ACME,
    REFUSED,
    SOON_OVER,
    Traffic,
    Visit,
    button,
    come_in,
    inside,
    kept_draft,
    stays,
    title,
    visit_to,
)
from tests.browser.stopwatch import message_shown
from tests.host.conftest import running_office
from tests.host.host import Host
from tests.host.office import Office, Stopwatch
from tests.host.webhook import tell
from tests.support.people import checked


@pytest.fixture
def visit(office: Office, host: Host, open_desk: OpenDesk) -> Visit:
    return visit_to(office, host, open_desk(office.server.base_url))


@pytest.fixture(scope="module")
def looking(host: Host, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A server that reads connected people from the host again every second."""
    env = {"DIRECTORY_REFRESH_SECONDS": "1", "HOST_NAME": ACME}
    with running_office(host, tmp_path_factory.mktemp("looking"), **env) as office:
        yield office


@pytest.mark.alone
def test_a_session_that_is_over_while_one_types_keeps_the_draft(visit: Visit, host: Host) -> None:
    desk, conversation_id = visit.desk, visit.conversation_id
    with host.bad_day(token_seconds=SOON_OVER):
        come_in(desk, visit.ana, conversation_id)
    traffic = Traffic(desk.context)
    desk.composer.press_sequentially("I have been typing this for a while, and")
    expect(title(desk)).to_have_text("Your session ended")
    expect(desk.page.get_by_text("Sign in with Acme to go on where you were.")).to_be_visible()
    # One types on without looking, and presses Enter: nothing is lost, nothing is sent, nothing is pressed.
    expect(kept_draft(desk)).to_be_focused()
    desk.page.keyboard.type(" go on", delay=5)
    expect(kept_draft(desk)).to_have_value("I have been typing this for a while, and go on")
    stays(desk, traffic, trips=0)
    expect(desk.page).to_have_url(f"{desk.page.url.partition('/c/')[0]}/c/{conversation_id}")

    button(desk).click()
    inside(desk, conversation_id)
    expect(desk.composer).to_have_value("I have been typing this for a while, and go on")
    desk.composer.press("Enter")
    sent = desk.message("I have been typing this for a while, and go on")
    expect(sent).to_have_attribute("data-state", "sent")
    watch = message_shown(desk.page, desk.page, "Still here?")
    desk.composer.press("Enter")
    visit.bob.send(conversation_id, "Still here?")
    assert watch.milliseconds() < 2_000


@pytest.mark.alone
@pytest.mark.parametrize("how", ["webhook", "user API"])
def test_who_is_deactivated_is_told_so_within_five_seconds(
    how: str, office: Office, looking: Office, host: Host, open_desk: OpenDesk
) -> None:
    there = office if how == "webhook" else looking
    visit = visit_to(there, host, open_desk(there.server.base_url))
    desk = visit.desk
    come_in(desk, visit.ana, visit.conversation_id)
    desk.composer.fill("Half a sentence")
    traffic = Traffic(desk.context)
    watch = Stopwatch()
    if how == "webhook":
        checked(tell(there, {"id": visit.ana.id, "version": 1, "isActive": False}), 200)
        host.change(visit.ana.id, isActive=False)
    else:
        host.change(visit.ana.id, isActive=False)
    expect(title(desk)).to_have_text("This account is deactivated", timeout=10_000)
    assert watch.seconds < 5
    stays(desk, traffic, trips=0)
    # The session of the host still lives in this browser; it does not lead in, and not in a circle either.
    desk.page.reload()
    expect(title(desk)).to_have_text("This account is deactivated")
    stays(desk, traffic, trips=0)


@pytest.mark.alone
def test_being_signed_out_by_the_host_s_message_ends_the_chat_at_once(visit: Visit, office: Office) -> None:
    desk = visit.desk
    come_in(desk, visit.ana, visit.conversation_id)
    desk.composer.fill("Half a sentence")
    traffic = Traffic(desk.context)
    watch = Stopwatch()
    checked(tell(office, {"id": visit.ana.id, "version": 1, "signedOut": True}), 200)
    expect(title(desk)).to_have_text("Your session ended")
    assert watch.seconds < 5
    expect(kept_draft(desk)).to_have_value("Half a sentence")
    stays(desk, traffic, trips=0)
    button(desk).click()
    inside(desk, visit.conversation_id)
    expect(desk.composer).to_have_value("Half a sentence")


def test_a_host_that_does_not_answer_disturbs_nobody_it_knows(visit: Visit, host: Host, office: Office) -> None:
    """Somebody new has to wait, and gets in with the same trip as soon as the host answers again."""
    desk, conversation_id = visit.desk, visit.conversation_id
    come_in(desk, visit.ana, conversation_id)
    with host.bad_day(outage="500"):
        desk.page.reload()
        inside(desk, conversation_id)
        desk.write("The host sleeps")
        expect(desk.message("The host sleeps")).to_have_attribute("data-state", "sent")


def test_somebody_new_waits_for_a_host_that_does_not_answer(host: Host, office: Office, open_desk: OpenDesk) -> None:
    desk = open_desk(office.server.base_url)
    desk.problems.provoke(REFUSED, r"status of 503 .*/auth/session")
    token = host.token(host.add("Dan Okafor"))
    traffic = Traffic(desk.context)
    with host.bad_day(outage="500"):
        desk.page.goto(f"/auth/callback?gcgc_token={token}")
        expect(title(desk)).to_have_text("Acme does not answer")
        stays(desk, traffic, trips=0)
    # Having got no answer, the server itself asks the host again after fifteen seconds only.
    again, settings = desk.button("Try again"), desk.button("Settings")
    deadline = time.monotonic() + 40
    while settings.count() == 0 and time.monotonic() < deadline:
        with desk.page.expect_response("**/api/v1/auth/session"):
            again.click()
        expect(settings.or_(again.and_(desk.page.locator(":enabled"))).first).to_be_visible()
    inside(desk)
