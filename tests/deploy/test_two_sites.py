"""Two people on https://client.example.com whose server is https://chat.example.com, in a real browser over TLS."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.conftest import OpenDesk, clean_desks
from tests.browser.desk import Desk
from tests.browser.stopwatch import message_shown
from tests.deploy.certificate import Certificate
from tests.deploy.conftest import BY_ADDRESS, Deploy, Site
from tests.deploy.page import CHAT, CHAT_ORIGIN, CLIENT, CLIENT_ORIGIN
from tests.support.browser import ARGS, find_chromium


@pytest.fixture(scope="module")
def site(deploy: Deploy) -> Site:
    return deploy("nginx", **BY_ADDRESS)


@pytest.fixture(scope="module")
def browser(site: Site, certificate: Certificate) -> Iterator[Browser]:
    """Finds the two names here and no other name anywhere; takes this one certificate, and warns of any other."""
    names = ", ".join(f"MAP {name} 127.0.0.1:{site.proxy.port}" for name in (CHAT, CLIENT))
    rules = f"--host-resolver-rules={names}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    trust = f"--ignore-certificate-errors-spki-list={certificate.fingerprint}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=[*ARGS, rules, trust])
        yield browser
        browser.close()


@pytest.fixture
def open_desk(browser: Browser) -> Iterator[OpenDesk]:
    with clean_desks(browser) as open_desk:
        yield open_desk


def chats(sender: Desk, reader: Desk, text: str) -> None:
    watch = message_shown(sender.page, reader.page, text)
    sender.write(text)
    assert watch.milliseconds() < 1_000
    expect(sender.message(text)).to_have_attribute("data-state", "sent")


def test_two_people_chat_over_tls_with_the_client_on_one_origin_and_the_server_on_another(
    site: Site, open_desk: OpenDesk
) -> None:
    ana, bob = open_desk(CLIENT_ORIGIN), open_desk(CLIENT_ORIGIN)
    sockets: list[str] = []
    ana.page.on("websocket", lambda socket: sockets.append(socket.url))
    token = site.server.setup_link.partition("#")[2]
    ana.make_account(f"{CLIENT_ORIGIN}/setup#{token}", "Ana Reyes", button="Create account")
    link = ana.invite()
    assert link.startswith(f"{CLIENT_ORIGIN}/join#")
    bob.make_account(link, "Bob Stone", button="Join")

    ana.start_direct("Bob Stone")
    bob.row(ana.conversation_id).click()
    chats(ana, bob, "Hello Bob")
    chats(bob, ana, "Hello Ana")
    assert sockets
    assert all(address.startswith(f"wss://{CHAT}/socket.io/?") for address in sockets)

    # The same person on the server's own origin, which serves the client too.
    own = open_desk(CHAT_ORIGIN)
    own.page.goto("/")
    own.fill_sign_in("ana@corp.local")
    own.page.get_by_test_id("conversation-row").filter(has_text="Bob Stone").click()
    chats(bob, own, "Which address are you at?")
    expect(ana.message("Which address are you at?")).to_be_visible()
    found = {(cookie["name"], cookie["domain"], cookie["secure"]) for cookie in own.context.cookies()}
    assert found == {("tms_session", CHAT, True), ("tms_files", CHAT, True)}
    own.page.reload()
    expect(own.message("Which address are you at?")).to_be_visible()
