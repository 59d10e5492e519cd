"""Who is notified of what, as a table: each row is one sentence somebody could ask about."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tms_chat.core.ids import UserId
from tms_chat.core.notify import Decision, Kind, Notice, Wishes, decide, is_disturbing

NOON = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
ALL_ON = Wishes()
NO_MESSAGES = Wishes(enable_message_notifications=False)
NO_MENTIONS = Wishes(enable_mention_notifications=False)
NO_REACTIONS = Wishes(enable_reaction_notifications=False)
NO_ACTIVITY = Wishes(enable_member_activity_notifications=False)
NOTHING = Wishes(
    enable_message_notifications=False,
    enable_mention_notifications=False,
    enable_reaction_notifications=False,
    enable_member_activity_notifications=False,
)
DND = Wishes(dnd_enabled=True)

ROWS: dict[str, tuple[Kind, Wishes, str, str | None]] = {
    "a message": ("message", ALL_ON, "", "message"),
    "a mention": ("mention", ALL_ON, "", "mention"),
    "@all": ("mention_all", ALL_ON, "", "mention"),
    "a reply": ("reply", ALL_ON, "", "reply"),
    "a reaction": ("reaction", ALL_ON, "", "reaction"),
    "somebody joined": ("member_activity", ALL_ON, "", "member_activity"),
    "a message, messages off": ("message", NO_MESSAGES, "", None),
    "a mention, messages off": ("mention", NO_MESSAGES, "", "mention"),
    "@all, messages off": ("mention_all", NO_MESSAGES, "", "mention"),
    "a reply, messages off": ("reply", NO_MESSAGES, "", "reply"),
    "a mention, mentions off, is a message": ("mention", NO_MENTIONS, "", "message"),
    "@all, mentions off, is a message": ("mention_all", NO_MENTIONS, "", "message"),
    "a reply, mentions off, is a message": ("reply", NO_MENTIONS, "", "message"),
    "a reaction, reactions off": ("reaction", NO_REACTIONS, "", None),
    "somebody joined, activity off": ("member_activity", NO_ACTIVITY, "", None),
    "a mention, everything off": ("mention", NOTHING, "", None),
    "a message, muted": ("message", ALL_ON, "muted", None),
    "a mention breaks a mute": ("mention", ALL_ON, "muted", "mention"),
    "a reply breaks a mute": ("reply", ALL_ON, "muted", "reply"),
    "@all breaks no mute": ("mention_all", ALL_ON, "muted", None),
    "a mention, muted, mentions off": ("mention", NO_MENTIONS, "muted", None),
    "a reply, muted, mentions off": ("reply", NO_MENTIONS, "muted", None),
    "a reaction, muted": ("reaction", ALL_ON, "muted", None),
    "somebody joined, muted": ("member_activity", ALL_ON, "muted", None),
    "a message, not to be disturbed": ("message", DND, "", None),
    "a mention, not to be disturbed": ("mention", DND, "", None),
    "a reply, not to be disturbed": ("reply", DND, "", None),
    "a reaction, not to be disturbed": ("reaction", DND, "", None),
    "one's own message": ("message", ALL_ON, "own", None),
    "one's own mention of oneself": ("mention", ALL_ON, "own", None),
    "one's own reply to oneself": ("reply", ALL_ON, "own", None),
    "one's own reaction": ("reaction", ALL_ON, "own", None),
    "a message of somebody blocked": ("message", ALL_ON, "blocked", None),
    "a mention by somebody blocked": ("mention", ALL_ON, "blocked", None),
    "a reply of somebody blocked": ("reply", ALL_ON, "blocked", None),
    "a reaction of somebody blocked": ("reaction", ALL_ON, "blocked", None),
}


@pytest.mark.parametrize("row", ROWS)
def test_who_is_notified_of_what(row: str) -> None:
    kind, wishes, circumstance, told_as = ROWS[row]
    decision = decide(
        kind,
        wishes,
        NOON,
        is_muted=circumstance == "muted",
        is_own=circumstance == "own",
        is_blocked=circumstance == "blocked",
    )
    assert decision == (Decision(told_as, sound=True, browser=True) if told_as else None)


@pytest.mark.parametrize("sound", [True, False])
@pytest.mark.parametrize("browser", [True, False])
def test_sound_and_browser_are_decided_apart(sound: bool, browser: bool) -> None:
    wishes = replace(ALL_ON, sound_enabled=sound, browser_notifications_enabled=browser)
    assert decide("message", wishes, NOON) == Decision("message", sound, browser)


WINDOWS: dict[str, tuple[str | None, str | None, str, str, bool]] = {
    "inside": ("09:00", "17:00", "UTC", "12:00", True),
    "at the start": ("12:00", "17:00", "UTC", "12:00", True),
    "at the end it is over": ("09:00", "12:00", "UTC", "12:00", False),
    "the last minute": ("09:00", "12:01", "UTC", "12:00", True),
    "before": ("13:00", "17:00", "UTC", "12:00", False),
    "over midnight, late": ("22:00", "07:00", "UTC", "23:30", True),
    "over midnight, early": ("22:00", "07:00", "UTC", "06:59", True),
    "over midnight, at the end": ("22:00", "07:00", "UTC", "07:00", False),
    "over midnight, by day": ("22:00", "07:00", "UTC", "12:00", False),
    "in a zone ahead": ("22:00", "07:00", "Asia/Tokyo", "13:30", True),
    "in a zone ahead, by its day": ("22:00", "07:00", "Asia/Tokyo", "23:30", False),
    "in a zone behind": ("22:00", "07:00", "America/New_York", "11:59", True),
    "in a zone behind, by its day": ("22:00", "07:00", "America/New_York", "12:00", False),
    "half an hour off": ("17:30", "17:31", "Asia/Kolkata", "12:00", True),
    "the same time twice is around the clock": ("08:00", "08:00", "UTC", "12:00", True),
    "no times are around the clock": (None, None, "UTC", "12:00", True),
    "a start alone is around the clock": ("22:00", None, "UTC", "12:00", True),
    "an end alone is around the clock": (None, "07:00", "UTC", "12:00", True),
}


@pytest.mark.parametrize("row", WINDOWS)
def test_do_not_disturb_by_the_clock_of_the_persons_zone(row: str) -> None:
    start, end, zone, clock, expected = WINDOWS[row]
    hour, minute = map(int, clock.split(":"))
    at = NOON.replace(hour=hour, minute=minute)
    wishes = Wishes(dnd_enabled=True, dnd_start=start, dnd_end=end, timezone=zone)
    assert is_disturbing(wishes, at) is expected
    assert is_disturbing(replace(wishes, dnd_enabled=False), at) is False


def test_summer_time_moves_the_window_with_the_clock() -> None:
    wishes = Wishes(dnd_enabled=True, dnd_start="22:00", dnd_end="23:00", timezone="Europe/Berlin")
    assert is_disturbing(wishes, datetime(2026, 1, 31, 21, 30, tzinfo=UTC))
    assert not is_disturbing(wishes, datetime(2026, 7, 31, 21, 30, tzinfo=UTC))
    assert is_disturbing(wishes, datetime(2026, 7, 31, 20, 30, tzinfo=UTC))


def test_what_a_message_is_to_each_person() -> None:
    ana, bob, cleo, dan = map(UserId, ("ana", "bob", "cleo", "dan"))
    notice = Notice("message", ana, mentioned=[bob], mentions_all=True, replied_to=cleo)
    assert [notice.kind_for(person) for person in (bob, cleo, dan)] == ["mention", "reply", "mention_all"]
    assert replace(notice, mentions_all=False).kind_for(dan) == "message"
    assert replace(notice, replied_to=bob).kind_for(bob) == "mention"
    assert Notice("reaction", ana, only=bob).kind_for(bob) == "reaction"
