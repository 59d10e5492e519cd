"""Everything by keyboard, and the focus where one expects it (CLIENT.md A1)."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenDesk
from tests.browser.desk import Desk
from tests.support.people import PASSWORD, Team
from tests.support.server import TmsServer

# The name of what has the focus, and whether one sees that it has it.
FOCUSED = """() => {
  const element = document.activeElement, style = getComputedStyle(element);
  const around = element.parentElement ? getComputedStyle(element.parentElement) : style;
  const shown = [style, around].some((s) => s.outlineStyle !== "none" || s.boxShadow !== "none");
  const name = element.getAttribute("aria-label") ?? element.dataset.conversationId ?? element.textContent;
  return [element === document.body ? "" : name.trim(), shown, element.closest("dialog") !== null];
}"""


def tab_through(desk: Desk, most: int) -> list[tuple[str, bool, bool]]:
    """Tab after Tab until the focus leaves the page or was everywhere once."""
    stops: list[tuple[str, bool, bool]] = []
    for _ in range(most):
        desk.page.keyboard.press("Tab")
        name, shown, inside = desk.page.evaluate(FOCUSED)
        if (name, shown, inside) in stops:
            break
        stops.append((name, shown, inside))
    return stops


def tab_to(desk: Desk, label: str) -> None:
    field = desk.page.get_by_label(label)
    for _ in range(10):
        if field.evaluate("(e) => e === document.activeElement"):
            return
        desk.page.keyboard.press("Tab")
    expect(field).to_be_focused()


@pytest.fixture
def desk(tms: TmsServer, team: Team, open_desk: OpenDesk) -> Desk:
    desk = open_desk(tms.base_url)
    desk.sign_in(team.admin)
    return desk


def test_one_signs_in_finds_a_conversation_and_writes_without_a_mouse(
    tms: TmsServer, team: Team, open_desk: OpenDesk
) -> None:
    ana, bob = team.add("Ana Reyes"), team.add("Bob Stone")
    direct, group = ana.direct(bob), ana.group("Launch team", bob)
    bob.send(group, "In the group")
    bob.send(direct, "To you")
    desk = open_desk(tms.base_url)
    keys = desk.page.keyboard
    desk.page.goto("/")
    desk.button("Sign in").wait_for()
    tab_to(desk, "E-mail")
    keys.type(ana.email)
    keys.press("Tab")
    keys.type(PASSWORD)
    keys.press("Enter")
    desk.row(direct).wait_for()

    keys.press("Control+k")
    expect(desk.page.get_by_role("combobox", name="Jump to a conversation")).to_be_focused()
    keys.type("laun")
    keys.press("Enter")
    expect(desk.dialog).to_have_count(0)
    expect(desk.message("In the group")).to_be_visible()
    expect(desk.composer).to_be_focused()
    keys.type("Hello from the keyboard")
    keys.press("Enter")
    expect(desk.message("Hello from the keyboard")).to_have_attribute("data-state", "sent")

    # Having the newest message the group is now the first of the list.
    keys.press("Alt+ArrowDown")
    expect(desk.row(direct)).to_have_attribute("aria-current", "page")
    keys.press("Alt+ArrowUp")
    expect(desk.row(group)).to_have_attribute("aria-current", "page")
    expect(desk.composer).to_be_focused()


def test_tab_reaches_every_control_and_one_sees_where_it_is(desk: Desk, team: Team) -> None:
    other = team.add("Bob Stone")
    room = team.admin.direct(other)
    desk.row(room).wait_for()
    stops = tab_through(desk, 30)
    names = [name for name, _, _ in stops]
    for name in ("New group", "New message", "Search conversations", room, "Invite people", "Keys", "Settings"):
        assert name in names
    assert [name for name, shown, _ in stops if name and not shown] == []


@pytest.mark.parametrize("opener", ["New group", "New message", "Invite people", "Keys", "Settings"])
def test_a_dialog_keeps_the_focus_inside_and_gives_it_back_on_escape(desk: Desk, team: Team, opener: str) -> None:
    team.add("Bob Stone")
    button = desk.page.get_by_label("Conversations", exact=True).get_by_role("button", name=opener, exact=True)
    button.focus()
    desk.page.keyboard.press("Enter")
    expect(desk.dialog).to_be_visible()
    assert desk.page.evaluate("document.querySelector('dialog').contains(document.activeElement)")
    stops = tab_through(desk, 20)
    assert [name for name, _, inside in stops if name and not inside] == []
    desk.page.keyboard.press("Escape")
    expect(desk.dialog).to_have_count(0)
    expect(button).to_be_focused()


def test_the_keys_are_listed_and_the_composer_has_the_focus_again_afterwards(
    tms: TmsServer, team: Team, open_desk: OpenDesk
) -> None:
    ana = team.add("Ana Reyes")
    desk = open_desk(tms.base_url)
    desk.sign_in(ana, ana.direct(team.add("Bob Stone")))
    expect(desk.composer).to_be_focused()
    for keys, title in (("Control+/", "Keys"), ("Control+k", "Jump to a conversation")):
        desk.page.keyboard.press(keys)
        expect(desk.page.get_by_role("dialog", name=title)).to_be_visible()
        desk.page.keyboard.press("Escape")
        expect(desk.dialog).to_have_count(0)
        expect(desk.composer).to_be_focused()


def test_a_direct_conversation_is_started_by_keyboard(desk: Desk, team: Team) -> None:
    team.add("Dora Unique")
    desk.button("New message").focus()
    keys = desk.page.keyboard
    keys.press("Enter")
    expect(desk.page.get_by_role("combobox", name="Search people")).to_be_focused()
    keys.type("dora u")
    expect(desk.page.get_by_role("option")).to_have_count(1)
    keys.press("Enter")
    expect(desk.page.get_by_role("option")).to_have_attribute("aria-selected", "true")
    keys.press("Enter")
    expect(desk.page.get_by_role("heading", name="Dora Unique")).to_be_visible()
    expect(desk.composer).to_be_focused()
