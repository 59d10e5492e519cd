"""What a host may send a browser back with: an error, rubbish, nothing, a one-time code. Never a circle."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenDesk
from tests.browser.desk import Desk
from tests.browser.host.site import REFUSED, Traffic, at_host, button, come_in, forget_host, go, inside, stays, title
from tests.host.conftest import OpenOffice
from tests.host.host import Host
from tests.host.office import SSO_HEADER, Office
from tests.support.people import checked


def arrives(desk: Desk, query: str) -> Traffic:
    """Sent to the callback page by the host, with this behind the question mark."""
    desk.problems.provoke(REFUSED, r"status of 400 .*/auth/sso/exchange")
    traffic = Traffic(desk.context)
    desk.page.goto(f"/auth/callback{query}")
    return traffic


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("?error=AccessDenied", "You may not use the chat with this account."),
        ("?error=Teapot", "The reason it gives: Teapot."),
        ("?error=%3Cb%3Ebold%20claims%3C%2Fb%3E", "It gives no reason."),
        ("?error=", "It gives no reason."),
    ],
)
def test_an_error_is_told_and_the_button_works(
    office: Office, host: Host, open_desk: OpenDesk, query: str, says: str
) -> None:
    desk = open_desk(office.server.base_url)
    traffic = arrives(desk, query)
    expect(title(desk)).to_have_text("Signing in with Acme did not work")
    expect(desk.page.get_by_text(says)).to_be_visible()
    stays(desk, traffic, trips=0)
    expect(desk.page).to_have_url(f"{office.server.base_url}/")
    button(desk).click()
    at_host(desk, host.add("Ana Reyes"))
    inside(desk)
    assert traffic.trips == 1


@pytest.mark.parametrize("query", ["?gcgc_token=nonsense", "?gcgc_token=", "", "?code=nonsense"])
def test_rubbish_and_nothing_end_with_a_sentence_and_the_button(
    office: Office, host: Host, open_desk: OpenDesk, query: str
) -> None:
    desk = open_desk(office.server.base_url)
    traffic = arrives(desk, query)
    expect(button(desk)).to_be_visible()
    stays(desk, traffic, trips=0)
    expect(desk.page).to_have_url(f"{office.server.base_url}/")
    button(desk).click()
    at_host(desk, host.add("Ana Reyes"))
    inside(desk)


def test_a_host_whose_tokens_are_never_good_ends_the_trip_after_one(
    open_office: OpenOffice, host: Host, open_desk: OpenDesk
) -> None:
    """As when the two do not share the secret: the host signs people in at once, and the chat refuses at once."""
    office = open_office(NEXTAUTH_SECRET="not the secret that the host signs with 0123456789", HOST_NAME="Acme")
    desk = open_desk(office.server.base_url)
    desk.problems.provoke(REFUSED)
    traffic = Traffic(desk.context)
    go(desk)
    at_host(desk, host.add("Ana Reyes"))
    expect(button(desk)).to_be_visible()
    stays(desk, traffic, trips=1)
    # By the button as often as one likes, and each time it ends here.
    with desk.page.expect_response("**/api/v1/auth/session"):
        button(desk).click()
    expect(button(desk)).to_be_visible()
    stays(desk, traffic, trips=2)


def test_a_one_time_code_is_a_way_in_once(office: Office, host: Host, open_desk: OpenDesk) -> None:
    ana = host.add("Ana Reyes")
    made = office.anonymous.post("/auth/sso/code", headers={SSO_HEADER: host.token(ana)})
    code = checked(made, 200)["code"]
    desk, thief = (open_desk(office.server.base_url) for _ in range(2))
    traffic = arrives(desk, f"?code={code}")
    inside(desk)
    assert traffic.trips == 0
    addresses = [e["url"] for e in desk.context.new_cdp_session(desk.page).send("Page.getNavigationHistory")["entries"]]
    assert not [address for address in addresses if code in address]
    desk.page.reload()
    inside(desk)
    traffic = arrives(thief, f"?code={code}")
    expect(title(thief)).to_have_text("Signing in with Acme did not work")
    stays(thief, traffic, trips=0)


def test_a_link_with_somebody_else_s_way_in_changes_nothing(office: Office, host: Host, open_desk: OpenDesk) -> None:
    """What a stranger may send in a mail: a way in, for an account of the stranger's."""
    ana, mallory = host.add("Ana Reyes"), host.add("Mallory Gray")
    conversation_id = office.add("Bob Stone").direct(office.enter(ana))
    desk = open_desk(office.server.base_url)
    desk.problems.provoke(REFUSED)
    come_in(desk, ana, conversation_id)
    traffic = Traffic(desk.context)
    desk.page.goto(f"/auth/callback?gcgc_token={host.token(mallory)}")
    inside(desk)
    expect(desk.row(conversation_id)).to_be_visible()
    assert traffic.trips == 1, "the host says who it is"
    desk.button("Settings").click()
    desk.button("Sign out").click()
    expect(title(desk)).to_have_text("You are signed out")
    desk.page.goto(f"/auth/callback?gcgc_token={host.token(mallory)}")
    expect(title(desk)).to_have_text("You are signed out")
    stays(desk, traffic, trips=1)
    expect(desk.page).to_have_url(f"{office.server.base_url}/")


def test_a_link_of_the_host_s_menu_leads_in_with_one_click(office: Office, host: Host, open_desk: OpenDesk) -> None:
    desk = open_desk(office.server.base_url)
    traffic = arrives(desk, f"?gcgc_token={host.token(host.add('Ana Reyes'))}")
    inside(desk)
    assert traffic.trips == 0


def test_an_old_callback_address_does_not_disturb_who_is_signed_in(
    office: Office, host: Host, open_desk: OpenDesk
) -> None:
    """From a bookmark, or with the arrow back: the session that lives is not worse for it."""
    ana = host.add("Ana Reyes")
    desk = open_desk(office.server.base_url)
    desk.problems.provoke(REFUSED)
    come_in(desk, ana)
    desk.page.goto("/auth/callback")
    inside(desk)
    desk.page.goto(f"/auth/callback?gcgc_token={host.token(ana)}")
    inside(desk)
    expect(desk.page).to_have_url(f"{office.server.base_url}/")


def test_a_host_without_a_session_asks_again_and_nothing_is_lost(
    office: Office, host: Host, open_desk: OpenDesk
) -> None:
    """Both sessions are over: the page goes to the host by itself once, where one signs in and comes back."""
    ana, bob = host.add("Ana Reyes"), office.add("Bob Stone")
    conversation_id = bob.direct(office.enter(ana))
    desk = open_desk(office.server.base_url)
    desk.problems.provoke(REFUSED)
    come_in(desk, ana, conversation_id)
    desk.composer.fill("Half a sentence")
    forget_host(desk, host.url)
    desk.context.clear_cookies(name="tms_session")
    traffic = Traffic(desk.context)
    desk.page.reload()
    at_host(desk, ana)
    inside(desk, conversation_id)
    expect(desk.composer).to_have_value("Half a sentence")
    assert traffic.trips == 1
