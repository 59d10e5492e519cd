"""What the tests of this folder do at the host and in the chat, and what they count on the way."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page, Request, Route, WebSocket, expect

from tests.browser.desk import Desk
from tests.host.host import PASSWORD, Colleague, Host
from tests.host.office import JWT_SECRET, Office, claims_of
from tests.support.people import Person
from tests.unit.signing import sign
from tms_chat.identity.tokens import OWN_TYPE

#: What people call the host.
ACME = "Acme"
SSO = "/api/v1/auth/sso"
#: What the console says of a session that is over: the browser itself reports every refused request.
REFUSED = r"status of (401|403) .*/api/v1/"

#: A token of the host with so many seconds left is in the tolerance for clocks, and really over soon after.
NEARLY_OVER = -9
#: As nearly, with the time to come in and to begin a sentence on a busy machine.
SOON_OVER = -3
#: The tolerance itself, and how often the server looks at its sockets.
LEEWAY, SWEEP = 15, 2

#: As if one had looked at another tab for so long. Headless pages are visible all the time.
LOOK_AWAY = """(seconds) => {
  const show = (state) => {
    Object.defineProperty(document, "visibilityState", {value: state, configurable: true});
    document.dispatchEvent(new Event("visibilitychange"));
  };
  show("hidden");
  const now = Date.now;
  Date.now = () => now() + seconds * 1000;
  show("visible");
}"""

#: A command that asks for an acknowledgement, with its number.
SENT = re.compile(r"> 42(\d+)\[")

STORED = "() => JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"


@dataclass(frozen=True)
class Site:
    """Where the page is, where its server is, and where browsers find the host."""

    office: Office
    page: str
    host: str


@dataclass(frozen=True)
class Visit:
    """Ana has her conversation with Bob open; Bob is somebody with an HTTP client."""

    desk: Desk
    ana: Colleague
    bob: Person
    conversation_id: str


class Traffic:
    """What a browser context asked for: addresses, sockets, and how often it went to the host."""

    def __init__(self, context: BrowserContext) -> None:
        self.requests: list[Request] = []
        self.sockets: list[WebSocket] = []
        self.frames: list[str] = []
        context.on("request", lambda request: self.requests.append(request))
        context.on("page", self._watch)
        for page in context.pages:
            self._watch(page)

    def _watch(self, page: Page) -> None:
        page.on("websocket", self._opened)

    def _opened(self, socket: WebSocket) -> None:
        self.sockets.append(socket)
        socket.on("framesent", lambda frame: self.frames.append(f"> {frame!s}"))
        socket.on("framereceived", lambda frame: self.frames.append(f"< {frame!s}"))

    @property
    def trips(self) -> int:
        """How often the page was sent to the host, by itself or by a button; redirects of the host do not count."""
        return sum(r.redirected_from is None and r.url.partition("?")[0].endswith(SSO) for r in self.requests)

    def asked(self, path: str) -> int:
        """How often something with this in its path was asked for, without what browsers ask beforehand (CORS)."""
        return sum(path in r.url.partition("?")[0] and r.method != "OPTIONS" for r in self.requests)

    def said(self, event: str) -> list[str]:
        """The frames of the sockets that carry this event."""
        return [frame for frame in self.frames if f'["{event}"' in frame]

    def acknowledged(self, command: str) -> dict[str, Any] | None:
        """What the server answered to the first one of these; None as long as it has not."""
        sent = next((SENT.match(frame) for frame in self.said(command) if frame.startswith("> ")), None)
        if sent is None:
            return None
        answers = [frame for frame in self.frames if frame.startswith(f"< 43{sent[1]}[")]
        answer: dict[str, Any] | None = json.loads(answers[0].partition("[")[2][:-1]) if answers else None
        return answer

    def until(self, page: Page, condition: Callable[[], bool], *, what: str, seconds: float = 30) -> None:
        """Returns as soon as it holds. Playwright tells events only while it is waiting itself."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
            page.wait_for_timeout(50)


def go(desk: Desk, conversation_id: str | None = None) -> None:
    desk.page.goto(f"/c/{conversation_id}" if conversation_id else "/")


def at_host(desk: Desk, person: Colleague) -> None:
    """Fills the host's sign-in page in, which the browser is at or on its way to."""
    page = desk.page
    expect(page).to_have_title("Sign in")
    page.get_by_label("E-mail").fill(person.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def come_in(desk: Desk, person: Colleague, conversation_id: str | None = None) -> None:
    """Into the chat, through the host's sign-in page."""
    go(desk, conversation_id)
    at_host(desk, person)
    inside(desk, conversation_id)


def inside(desk: Desk, conversation_id: str | None = None) -> None:
    """Returns when the chat is there, at this conversation, and live."""
    (desk.composer if conversation_id else desk.button("Settings")).wait_for()
    if conversation_id:
        expect(desk.page).to_have_url(re.compile(rf"/c/{conversation_id}$"))
    expect(desk.banner).to_have_count(0)


def title(desk: Desk) -> Locator:
    """What the page without a session says first."""
    return desk.page.get_by_test_id("sign-in").get_by_role("heading", level=1)


def button(desk: Desk) -> Locator:
    return desk.button(f"Sign in with {ACME}")


def kept_draft(desk: Desk) -> Locator:
    return desk.page.get_by_test_id("kept-draft")


def stays(desk: Desk, traffic: Traffic, trips: int) -> None:
    """Nothing goes on: the network falls silent, and the page was sent to the host so often and not again."""
    desk.page.wait_for_load_state("networkidle")
    assert traffic.trips == trips
    expect(desk.page.get_by_test_id("sign-in")).to_be_visible()


def forget_host(desk: Desk, at: str) -> None:
    """The host's session ends at the host, in another tab, without a word to the chat."""
    tab = desk.another_tab().page
    answer = tab.goto(f"{at}/sign-out")
    assert answer is not None
    assert answer.ok
    tab.close()


def shortened(left: float, times: int = 1) -> Callable[[Route], None]:
    """For `page.route` on /auth/session: the first answers carry a token that is over in so many seconds.

    It is a token of the same session as the server signs it, from fifteen minutes before its end.
    """
    remaining = [times]

    def handle(route: Route) -> None:
        answer = route.fetch()
        if not answer.ok or remaining[0] == 0:
            route.fulfill(response=answer)
            return
        remaining[0] -= 1
        body: dict[str, Any] = answer.json()
        claims = claims_of(body["token"])
        claims |= {"iat": int(time.time() + left - 900), "exp": int(time.time() + left)}
        route.fulfill(
            response=answer, json={**body, "token": sign({"alg": "HS256", "typ": OWN_TYPE}, claims, JWT_SECRET)}
        )

    return handle


def visit_to(office: Office, host: Host, desk: Desk) -> Visit:
    ana, bob = host.add("Ana Reyes"), office.add("Bob Stone")
    conversation_id = bob.direct(office.enter(ana))
    bob.send(conversation_id, "Hello Ana")
    desk.problems.provoke(REFUSED)
    return Visit(desk, ana, bob, conversation_id)
