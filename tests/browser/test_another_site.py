"""The built client on a static host: another site than the server, in a browser that blocks third-party cookies."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenDesk
from tests.browser.desk import mail
from tests.browser.stopwatch import message_shown
from tests.conftest import StartServer
from tests.support.server import TmsServer
from tests.support.static_host import StaticHost


@pytest.fixture
def host() -> Iterator[StaticHost]:
    with StaticHost({}) as host:
        yield host


@pytest.fixture
def server(start_server: StartServer, host: StaticHost) -> TmsServer:
    """Accepts pages of the host, which knows where the server is."""
    server = start_server(ALLOWED_ORIGINS=host.origin)
    host.config = {"NEXT_PUBLIC_API_URL": server.base_url}
    return server


@pytest.mark.alone
def test_a_page_of_another_site_sets_up_signs_in_chats_live_and_stays_signed_in(
    server: TmsServer, host: StaticHost, open_desk_without_third_party_cookies: OpenDesk
) -> None:
    ana, bob = (open_desk_without_third_party_cookies(host.origin) for _ in range(2))
    ana.make_account(server.setup_link.replace(server.base_url, host.origin), "Ana Reyes", button="Create account")
    link = ana.invite()
    assert link.startswith(f"{host.origin}/join#"), "people must get to the page, not to the server behind it"
    bob.make_account(link, "Bob Stone", button="Join")

    ana.start_direct("Bob Stone")
    bob.row(ana.conversation_id).click()
    for sender, reader, text in ((ana, bob, "Hello Bob"), (bob, ana, "Hello Ana")):
        watch = message_shown(sender.page, reader.page, text)
        sender.write(text)
        assert watch.milliseconds() < 1_000

    ana.page.reload()
    expect(ana.message("Hello Ana")).to_be_visible()
    watch = message_shown(bob.page, ana.page, "Still there?")
    bob.write("Still there?")
    assert watch.milliseconds() < 1_000
    assert ana.context.cookies() == [], "this browser blocks the server's cookie, so something else kept the session"

    ana.button("Settings").click()
    ana.button("Sign out").click()
    ana.page.reload()
    ana.fill_sign_in(mail("Ana Reyes"))
    expect(ana.page.get_by_test_id("conversation-row").filter(has_text="Bob Stone")).to_be_visible()


def test_another_tab_of_another_site_asks_for_the_password_again(
    server: TmsServer, host: StaticHost, open_desk_without_third_party_cookies: OpenDesk
) -> None:
    """The token of such a page lives in its tab only, where no later visitor of the browser finds it."""
    ana = open_desk_without_third_party_cookies(host.origin)
    ana.make_account(server.setup_link.replace(server.base_url, host.origin), "Ana Reyes", button="Create account")
    other = ana.another_tab()
    other.page.goto("/")
    expect(other.button("Sign in")).to_be_visible()
    expect(ana.button("Settings")).to_be_visible()
