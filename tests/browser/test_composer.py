"""The box to write in (CLIENT.md S8 to S14)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenDesk, Pair
from tests.browser.desk import Desk
from tests.support.people import Team
from tests.support.server import TmsServer

#: Distance of the last message's lower edge from the composer, and whether the box scrolls inside.
LAYOUT = """() => {
  const composer = document.querySelector("[data-testid=composer]");
  const box = composer.getBoundingClientRect();
  const last = [...document.querySelectorAll("[data-testid=message]")].at(-1).getBoundingClientRect();
  return {height: box.height, gap: box.top - last.bottom, scrolls: composer.scrollHeight > composer.clientHeight + 1,
    bottom: box.bottom <= innerHeight};
}"""


def layout(desk: Desk) -> dict[str, Any]:
    desk.settle()
    found: dict[str, Any] = desk.page.evaluate(LAYOUT)
    return found


def test_enter_sends_and_shift_enter_breaks_the_line(pair: Pair) -> None:
    desk = pair.desk
    desk.composer.press_sequentially("One line")
    desk.composer.press("Shift+Enter")
    desk.composer.press_sequentially("and another")
    expect(desk.composer).to_have_value("One line\nand another")
    expect(desk.messages).to_have_count(0)
    desk.composer.press("Enter")
    expect(desk.messages).to_contain_text("One line\nand another", use_inner_text=True)
    expect(desk.composer).to_have_value("")


def test_enter_that_ends_an_ime_composition_does_not_send(pair: Pair) -> None:
    desk = pair.desk
    keyboard = desk.context.new_cdp_session(desk.page)
    desk.composer.focus()
    keyboard.send("Input.imeSetComposition", {"text": "に", "selectionStart": 1, "selectionEnd": 1})
    desk.page.keyboard.press("Enter")
    expect(desk.composer).to_have_value(re.compile("に"))
    expect(desk.messages).to_have_count(0)
    keyboard.send("Input.insertText", {"text": "日本"})
    desk.page.keyboard.press("Enter")
    expect(desk.messages).to_have_count(1)
    expect(desk.messages).to_contain_text("日本")


def test_blank_text_is_not_sent(pair: Pair) -> None:
    desk = pair.desk
    desk.composer.fill("  \n ")
    expect(desk.button("Send")).to_be_disabled()
    desk.composer.press("Enter")
    expect(desk.messages).to_have_count(0)


def test_a_counter_appears_near_the_limit_and_nothing_is_cut_off(pair: Pair) -> None:
    desk = pair.desk
    pane = desk.page.get_by_label("Conversation", exact=True)
    desk.composer.fill("x" * 9_000)
    expect(pane.get_by_text("left")).to_have_count(0)
    desk.composer.fill("x" * 9_900)
    expect(pane.get_by_text("100 left")).to_be_visible()
    desk.composer.fill("x" * 10_003)
    expect(pane.get_by_text("3 too many")).to_be_visible()
    expect(desk.button("Send")).to_be_disabled()
    desk.composer.press("Enter")
    expect(desk.composer).to_have_value("x" * 10_003)
    expect(desk.messages).to_have_count(0)
    desk.composer.fill("x" * 10_000)
    desk.composer.press("Enter")
    expect(desk.messages).to_have_attribute("data-state", "sent")


def test_every_conversation_keeps_its_draft_over_a_reload_and_the_list_marks_it(pair: Pair, team: Team) -> None:
    desk = pair.desk
    other = pair.ana.group("Launch team", team.add("Cleo Park"))
    desk.composer.fill("Half a thought")
    desk.row(other).click()
    expect(desk.composer).to_have_value("")
    expect(desk.row(pair.conversation_id)).to_contain_text("Draft: Half a thought")
    desk.composer.fill("Another one")
    desk.page.reload()
    expect(desk.composer).to_have_value("Another one")
    desk.row(pair.conversation_id).click()
    expect(desk.composer).to_have_value("Half a thought")
    expect(desk.row(other)).to_contain_text("Draft: Another one")


def test_the_composer_grows_with_its_text_then_scrolls_and_the_messages_keep_their_place(pair: Pair) -> None:
    desk = pair.desk
    for n in range(40):
        pair.bob.send(pair.conversation_id, f"Line {n}")
    expect(desk.message("Line 39")).to_be_in_viewport(ratio=1)
    one = layout(desk)
    desk.composer.fill("a\nb\nc\nd")
    expect(desk.message("Line 39")).to_be_in_viewport(ratio=1)
    four = layout(desk)
    assert four["height"] > one["height"] + 40
    assert abs(four["gap"] - one["gap"]) <= 1, "the newest message stays right above the composer"
    desk.composer.fill("\n".join("many" for _ in range(60)))
    expect(desk.message("Line 39")).to_be_in_viewport(ratio=1)
    many = layout(desk)
    assert many["scrolls"]
    assert many["bottom"]
    assert many["height"] < 780 / 2
    desk.composer.fill("")
    expect(desk.message("Line 39")).to_be_in_viewport(ratio=1)
    assert layout(desk) == one


@pytest.mark.alone
def test_typing_is_shown_within_a_second_and_gone_six_seconds_after_the_last_key(
    pair: Pair, tms: TmsServer, open_desk: OpenDesk
) -> None:
    desk = pair.desk
    bob = open_desk(tms.base_url)
    bob.sign_in(pair.bob, pair.conversation_id)
    bob.composer.press_sequentially("Well")
    expect(desk.typing_line).to_have_text("Bob Stone is typing", timeout=1_000)
    expect(bob.typing_line).to_have_text("")
    expect(desk.typing_line).to_have_text("", timeout=6_000)
    bob.composer.press_sequentially(", no")
    expect(desk.typing_line).to_have_text("Bob Stone is typing", timeout=1_000)
    bob.composer.fill("")
    expect(desk.typing_line).to_have_text("", timeout=1_000)
