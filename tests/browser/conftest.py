"""Browsers for the tests of this folder, and the people who sit at them.

Playwright's sync style keeps an event loop running in the main thread, in which no asyncio test could run: so this
folder has none, and scripts/test.sh runs it by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from tests.browser.desk import Desk
from tests.support.browser import launch
from tests.support.people import Person, Team
from tests.support.server import TmsServer


class OpenDesk(Protocol):
    """A browser context on this origin; the options are Playwright's."""

    def __call__(self, origin: str, **options: Any) -> Desk: ...


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    # On a busy machine everything takes long. What has to be quick has a time limit of its own, or a stopwatch.
    expect.set_options(timeout=30_000)
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    with launch(playwright, third_party_cookies=True) as browser:
        yield browser


@pytest.fixture(scope="session")
def third_party_cookies_blocked_browser(playwright: Playwright) -> Iterator[Browser]:
    with launch(playwright, third_party_cookies=False) as browser:
        yield browser


@pytest.fixture(scope="module")
def database() -> Callable[[], str | None]:
    """SQLite: what a browser shows does not depend on the database. The whole story runs on both."""
    return lambda: None


@pytest.fixture
def open_desk(browser: Browser) -> Iterator[OpenDesk]:
    with clean_desks(browser) as open_desk:
        yield open_desk


@pytest.fixture
def open_desk_without_third_party_cookies(third_party_cookies_blocked_browser: Browser) -> Iterator[OpenDesk]:
    with clean_desks(third_party_cookies_blocked_browser) as open_desk:
        yield open_desk


@contextmanager
def clean_desks(browser: Browser) -> Iterator[OpenDesk]:
    """At the end no page may have reported an error: of a script, of CORS, of the content security policy."""
    desks: list[Desk] = []

    def open_desk(origin: str, **options: Any) -> Desk:
        desks.append(Desk.at(browser, origin, **options))
        return desks[-1]

    yield open_desk
    problems = [problem for desk in desks for problem in desk.problems.unexpected()]
    for desk in desks:
        desk.context.close()
    assert problems == []


@dataclass(frozen=True)
class Pair:
    """Ana sits at the desk with their conversation open; Bob is somebody with an HTTP client."""

    ana: Person
    bob: Person
    conversation_id: str
    desk: Desk


@pytest.fixture
def pair(tms: TmsServer, team: Team, open_desk: OpenDesk) -> Pair:
    """Two new people and their direct conversation."""
    ana, bob = team.add("Ana Reyes"), team.add("Bob Stone")
    conversation_id = ana.direct(bob)
    desk = open_desk(tms.base_url)
    desk.sign_in(ana, conversation_id)
    return Pair(ana, bob, conversation_id, desk)
