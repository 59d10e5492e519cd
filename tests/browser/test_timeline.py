"""How a conversation is laid out (CLIENT.md R8 and R9)."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenDesk
from tests.support.people import Team
from tests.support.server import TmsServer
from tms_chat.core.clock import iso

AUTHOR = re.compile(r"^(Bob Stone|You)$", re.MULTILINE)


class Past:
    """Five days ago: only the database can put messages there, the server always says the present."""

    def __init__(self, server: TmsServer) -> None:
        self._path = server.folder / "data" / "tms-chat.sqlite3"
        # 03:00 in UTC is the afternoon of that day in Auckland and the evening before in Los Angeles.
        self._start = (datetime.now(UTC) - timedelta(days=5)).replace(hour=3, minute=0, second=0, microsecond=0)

    def move(self, message_id: str, minutes: int) -> None:
        with closing(sqlite3.connect(self._path, timeout=10)) as database, database:
            at = iso(self._start + timedelta(minutes=minutes))
            moved = database.execute("UPDATE messages SET created_at = ? WHERE id = ?", (at, message_id))
            assert moved.rowcount == 1


@pytest.mark.parametrize(("zone", "day_starts_at"), [("Pacific/Auckland", ["a"]), ("America/Los_Angeles", ["a", "f"])])
def test_messages_are_grouped_by_author_and_minutes_and_separated_by_local_days(
    tms: TmsServer, team: Team, open_desk: OpenDesk, zone: str, day_starts_at: list[str]
) -> None:
    ana, bob = team.add("Ana Reyes"), team.add("Bob Stone")
    room, past = ana.direct(bob), Past(tms)
    said = [(bob, "a", 0), (bob, "b", 2), (ana, "c", 3), (bob, "d", 4), (bob, "e", 20), (bob, "f", 6 * 60)]
    for who, text, minutes in said:
        past.move(who.send(room, text)["id"], minutes)

    desk = open_desk(tms.base_url, timezone_id=zone)
    desk.sign_in(ana, room)
    expect(desk.messages).to_have_count(len(said))
    expect(desk.messages.last).to_be_visible()
    named = [text for _, text, _ in said if AUTHOR.search(desk.message(text).inner_text())]
    assert named == ["a", "c", "d", "e", "f"], "who writes on within minutes is not named again"

    rows = desk.page.get_by_role("log").get_by_role("heading", level=2).or_(desk.messages)
    kinds = [row.get_attribute("data-testid") for row in rows.all()]
    starts = [said[kinds[:n].count("message")][1] for n, kind in enumerate(kinds) if kind is None]
    assert starts == day_starts_at


def test_messages_of_today_and_yesterday_say_so(tms: TmsServer, team: Team, open_desk: OpenDesk) -> None:
    ana, bob = team.add("Ana Reyes"), team.add("Bob Stone")
    room = ana.direct(bob)
    old, _ = bob.send(room, "Old"), bob.send(room, "New")
    Past(tms).move(old["id"], 4 * 24 * 60)
    desk = open_desk(tms.base_url, timezone_id="UTC")
    desk.sign_in(ana, room)
    expect(desk.page.get_by_role("log").get_by_role("heading", level=2)).to_have_text(["Yesterday", "Today"])
