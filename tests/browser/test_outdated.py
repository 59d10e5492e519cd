"""A tab that stayed open while the server got a new version, whose files have other names."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Pair

PART = "**/assets/Dialogs-*.js"


def test_a_part_that_is_not_there_any_more_brings_the_new_page(pair: Pair) -> None:
    desk = pair.desk
    desk.composer.fill("Half a sentence")
    desk.page.route(PART, lambda route: route.fulfill(status=404, body="Not found"))
    desk.problems.provoke(r"status of 404 .*/assets/Dialogs", "dynamically imported module")
    with desk.page.expect_event("load"):
        desk.button("Settings").click()
    desk.page.unroute(PART)
    expect(desk.composer).to_have_value("Half a sentence")
    desk.button("Settings").click()
    expect(desk.dialog).to_be_visible()


def test_a_part_that_stays_away_is_said_and_the_page_does_not_go_round(pair: Pair) -> None:
    desk = pair.desk
    desk.page.route(PART, lambda route: route.fulfill(status=404, body="Not found"))
    desk.problems.provoke(r"status of 404 .*/assets/Dialogs", "dynamically imported module")
    with desk.page.expect_event("load"):
        desk.button("Settings").click()
    desk.button("Settings").click()
    expect(desk.page.get_by_test_id("fatal-error")).to_be_visible()
