"""What a page shows for a moment only. A test that looks now and then can miss it; the page itself does not."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import Page

# Looked at after every change and in every frame: the value of a slider is no change of the document.
WATCH = """(() => {{
  const holds = {condition}, argument = {argument};
  return {{seen: new Promise((seen) => {{
    let done = false;
    const look = () => {{
      if (done || !holds(argument)) return;
      done = true;
      changes.disconnect();
      seen(true);
    }};
    const changes = new MutationObserver(look);
    changes.observe(document, {{childList: true, subtree: true, characterData: true, attributes: true}});
    const frame = () => {{ look(); if (!done) requestAnimationFrame(frame); }};
    frame();
  }})}};
}})()"""

WAIT = """({seen}, milliseconds) => Promise.race([
  seen, new Promise((late) => setTimeout(() => late(false), milliseconds))])"""


class Glimpse:
    """From here on the page notes whether the condition (a function in JavaScript) ever held."""

    def __init__(self, page: Page, condition: str, argument: Any = None, *, what: str) -> None:
        self._watch = page.evaluate_handle(WATCH.format(condition=condition, argument=json.dumps(argument)))
        self._what = what

    def wait(self, seconds: float = 30) -> None:
        """Returns once it has held, however long ago that was."""
        assert self._watch.evaluate(WAIT, seconds * 1000), f"not seen within {seconds:g} s: {self._what}"


def shown(page: Page, selector: str) -> Glimpse:
    return Glimpse(page, "(selector) => document.querySelector(selector) !== null", selector, what=selector)


def highlighted(page: Page, text: str) -> Glimpse:
    """The message with this text is marked, as one that somebody was sent to."""
    condition = """(text) => [...document.querySelectorAll("[data-testid=message][data-highlighted=true]")]
      .some((message) => message.textContent.includes(text))"""
    return Glimpse(page, condition, text, what=f"the mark on “{text}”")
