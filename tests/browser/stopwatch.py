"""Time as the pages themselves measure it. Clocks of two pages compare: both count from the same system clock."""

from __future__ import annotations

from playwright.sync_api import Page

KEY = """() => { addEventListener("keydown", (event) => {
  if (event.key === "Enter") window.tmsPressed = performance.timeOrigin + performance.now();
}, {capture: true, once: true}); }"""

CLICK = """() => { addEventListener("click", () => {
  window.tmsPressed = performance.timeOrigin + performance.now();
}, {capture: true, once: true}); }"""

# Waits at most ten seconds, so that a test that fails ends too.
WATCH = """([selector, text, wanted]) => { window.tmsSeen = new Promise((seen, failed) => {
  const there = () => [...document.querySelectorAll(selector)].some((e) => e.textContent.includes(text));
  const look = () => {
    if (there() !== wanted) return;
    observer.disconnect();
    seen(performance.timeOrigin + performance.now());
  };
  const observer = new MutationObserver(look);
  observer.observe(document, {childList: true, subtree: true, characterData: true, attributes: true});
  setTimeout(() => failed(new Error(`not within 10 s: ${selector} ${text} ${wanted}`)), 10000);
  look();
}); window.tmsSeen.catch(() => {}); }"""


class Stopwatch:
    """Runs from a key (Enter) or a click in one page until an element shows up in, or goes from, another one."""

    def __init__(self, here: Page, there: Page, selector: str, text: str = "", *, gone: bool = False) -> None:
        self._here, self._there = here, there
        here.evaluate(KEY)
        here.evaluate(CLICK)
        there.evaluate(WATCH, [selector, text, not gone])

    def milliseconds(self) -> float:
        seen: float = self._there.evaluate("window.tmsSeen")
        pressed: float = self._here.evaluate("window.tmsPressed")
        return seen - pressed


def message_shown(here: Page, there: Page, text: str) -> Stopwatch:
    return Stopwatch(here, there, "[data-testid=message]", text)
