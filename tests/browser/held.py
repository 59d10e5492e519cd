"""A request of a page in the hands of the test."""

from __future__ import annotations

import re

from playwright.sync_api import APIResponse, Page, Route

from tests.support.processes import wait_until


class Held:
    """The next real request to an address, or its real answer, held on its way; the ones after it pass.

    What a page shows says nothing about its requests: a message is on the screen before its request has left, and
    counts as sent, by its event, before its answer has come back. So everything here waits until something is held.
    """

    def __init__(self, page: Page, address: str | re.Pattern[str], *, answers: bool = False) -> None:
        self._page = page
        self._held: list[tuple[Route, APIResponse | None]] = []
        page.route(address, self._hold_answer if answers else self._hold_request, times=1)

    def wait(self) -> None:
        """Returns once it is held."""
        wait_until(self._is_here, seconds=30, what="the request reached the test")

    def let_go(self) -> None:
        route, answer = self._taken()
        if answer is None:
            route.continue_()
        else:
            route.fulfill(response=answer)

    def cut(self) -> None:
        """The connection breaks."""
        self._taken()[0].abort()

    def _taken(self) -> tuple[Route, APIResponse | None]:
        self.wait()
        return self._held.pop()

    def _is_here(self) -> bool:
        # Handlers of requests run while the page is asked something.
        return bool(self._page.evaluate("true") and self._held)

    def _hold_request(self, route: Route) -> None:
        self._held.append((route, None))

    def _hold_answer(self, route: Route) -> None:
        self._held.append((route, route.fetch()))
