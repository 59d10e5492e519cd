"""Somebody at a browser. A desk is a browser context of its own; what goes wrong in its pages is written down."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, WebError

from tests.support.people import PASSWORD, Person

#: Everything in the browser's database, as text.
DATABASE = """() => new Promise((done, failed) => {
  const open = indexedDB.open("tms");
  open.onerror = () => failed(open.error);
  open.onsuccess = () => {
    const names = [...open.result.objectStoreNames];
    const all = names.map((name) => new Promise((ok) => {
      const asked = open.result.transaction(name).objectStore(name).getAll();
      asked.onsuccess = () => ok(asked.result);
    }));
    Promise.all(all).then((found) => { open.result.close(); done(JSON.stringify(found)); });
  };
})"""


# Done when the messages, and the box to write in, have kept their places for ten frames. A message is to be seen a
# frame or more before the list has got to its end, and on a busy machine a frame is long.
SETTLED = """async () => {
  const found = () => [...document.querySelectorAll("[data-testid=message], [data-testid=composer]")];
  const places = () => JSON.stringify(found().map((element) => element.getBoundingClientRect()));
  for (let n = 0, still = 0, last = ""; still < 10; n++) {
    if (n > 600) throw new Error("the messages keep moving");
    const now = places();
    still = now === last ? still + 1 : 0;
    last = now;
    await new Promise(requestAnimationFrame);
  }
}"""


class Problems:
    """The errors in the console and the uncaught ones, except those a test provokes and names beforehand."""

    def __init__(self, context: BrowserContext) -> None:
        self._seen: list[str] = []
        self._patterns: list[re.Pattern[str]] = []
        context.on("console", self._console)
        context.on("weberror", self._error)

    def provoke(self, *patterns: str) -> None:
        self._patterns += [re.compile(pattern) for pattern in patterns]

    def unexpected(self) -> list[str]:
        return [text for text in self._seen if not self._is_provoked(text)]

    @property
    def provoked(self) -> list[str]:
        return [text for text in self._seen if self._is_provoked(text)]

    def _is_provoked(self, text: str) -> bool:
        return any(pattern.search(text) for pattern in self._patterns)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "assert"):
            self._seen.append(f"{message.text} ({message.location.get('url', '')})")

    def _error(self, error: WebError) -> None:
        self._seen.append(f"uncaught: {error.error}")


class Desk:
    """One tab of one person, with the few things that people do in it."""

    def __init__(self, context: BrowserContext, problems: Problems) -> None:
        self.context = context
        self.problems = problems
        self.page: Page = context.new_page()

    @classmethod
    def at(cls, browser: Browser, origin: str, **options: Any) -> Desk:
        # What a service worker answers no test could route: those about it ask for it.
        usual: dict[str, Any] = {"viewport": {"width": 1200, "height": 780}, "service_workers": "block"}
        context = browser.new_context(base_url=origin, **{**usual, **options})
        # As long as `expect` waits.
        context.set_default_timeout(30_000)
        return cls(context, Problems(context))

    def another_tab(self) -> Desk:
        """The same person in the same browser."""
        return Desk(self.context, self.problems)

    @property
    def composer(self) -> Locator:
        return self.page.get_by_test_id("composer")

    @property
    def messages(self) -> Locator:
        return self.page.get_by_test_id("message")

    @property
    def banner(self) -> Locator:
        return self.page.get_by_test_id("connection-banner")

    @property
    def typing_line(self) -> Locator:
        return self.page.get_by_test_id("typing-line")

    @property
    def dialog(self) -> Locator:
        return self.page.get_by_role("dialog")

    @property
    def database(self) -> str:
        """Everything that the page keeps in IndexedDB, as text."""
        text: str = self.page.evaluate(DATABASE)
        return text

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def message(self, text: str) -> Locator:
        return self.messages.filter(has=self.page.get_by_text(text, exact=True))

    def row(self, conversation_id: str) -> Locator:
        return self.page.locator(f'[data-testid="conversation-row"][data-conversation-id="{conversation_id}"]')

    def badge(self, conversation_id: str) -> Locator:
        return self.row(conversation_id).get_by_test_id("unread-badge")

    def settle(self) -> None:
        """Returns when nothing in the conversation moves any more: before its places are compared."""
        self.page.evaluate(SETTLED)

    def make_account(self, link: str, name: str, *, button: str) -> None:
        """Follows a set-up or an invitation link and fills its form in."""
        self.page.goto(link)
        self.page.get_by_label("Name").fill(name)
        self.page.get_by_label("E-mail").fill(mail(name))
        self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        self.button(button).click()
        self.button("Settings").wait_for()

    def sign_in(self, person: Person, conversation_id: str | None = None) -> None:
        """Through the form, at the address of a conversation if one is given: it opens afterwards."""
        self.page.goto(f"/c/{conversation_id}" if conversation_id else "/")
        self.fill_sign_in(person.email)
        (self.composer if conversation_id else self.button("Settings")).wait_for()

    def fill_sign_in(self, email: str) -> None:
        self.page.get_by_label("E-mail").fill(email)
        self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        self.button("Sign in").click()

    def invite(self) -> str:
        """An invitation link, made in the dialog and left open nowhere."""
        self.button("Invite people").first.click()
        self.button("Create link").click()
        link = self.page.get_by_test_id("invite-link").input_value()
        self.page.keyboard.press("Escape")
        self.dialog.wait_for(state="detached")
        return link

    def start_direct(self, name: str) -> None:
        self.page.get_by_test_id("new-conversation").click()
        self.page.get_by_role("option").filter(has_text=name).click()
        self.button("Start conversation").click()
        self.composer.wait_for()

    def start_group(self, title: str, *names: str) -> None:
        self.button("New group").click()
        self.page.get_by_label("Group name").fill(title)
        for name in names:
            self.page.get_by_role("option").filter(has_text=name).click()
        self.button("Create group").click()
        self.page.get_by_role("heading", name=title, exact=True).wait_for()

    def write(self, text: str) -> None:
        self.composer.fill(text)
        self.composer.press("Enter")

    @property
    def conversation_id(self) -> str:
        """Of the conversation in the address bar."""
        self.page.wait_for_url("**/c/*")
        return self.page.url.rpartition("/")[2]


def mail(name: str) -> str:
    return f"{name.split()[0].lower()}@corp.local"
