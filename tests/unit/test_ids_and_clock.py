"""Ids and times sort as they were made: indexes, cursors and the client's lists rely on it."""

from __future__ import annotations

import re
import threading
import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tms_chat.core.clock import from_iso, from_timestamp, iso, now
from tms_chat.core.ids import uuid7

UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
WIRE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
# Without the first and the last day of the calendar: those leave it when they are turned into UTC.
MOMENTS = st.datetimes(
    min_value=datetime(1, 1, 2),  # noqa: DTZ001  (Hypothesis adds the zone)
    max_value=datetime(9999, 12, 30),  # noqa: DTZ001
    timezones=st.builds(timezone, st.timedeltas(timedelta(hours=-23), timedelta(hours=23))),
)


def test_an_id_has_the_form_of_a_uuid_version_7() -> None:
    assert all(UUID7.fullmatch(uuid7()) for _ in range(1000))


def test_ids_made_one_after_the_other_are_strictly_increasing() -> None:
    made = [uuid7() for _ in range(20_000)]
    assert made == sorted(set(made))


def test_ids_made_by_several_threads_at_once_are_all_different() -> None:
    made: list[str] = []

    def work() -> None:
        made.extend(uuid7() for _ in range(3000))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 12_000


def test_an_id_begins_with_the_milliseconds_at_which_it_was_made() -> None:
    before = time.time_ns() // 1_000_000
    made = int(uuid7().replace("-", "")[:12], 16)
    after = time.time_ns() // 1_000_000
    # The thread test may have run ahead of the clock by its repeats: far less than a second.
    assert before <= made <= after + 1000


@given(MOMENTS)
def test_a_time_on_the_wire_has_always_six_digits_and_z(moment: datetime) -> None:
    assert WIRE_TIME.fullmatch(iso(moment))


@given(MOMENTS)
def test_a_time_survives_the_way_over_the_wire(moment: datetime) -> None:
    assert from_iso(iso(moment)) == moment


@given(MOMENTS, MOMENTS)
def test_times_on_the_wire_sort_as_the_times_do(one: datetime, other: datetime) -> None:
    assert (iso(one) < iso(other)) == (one < other)


def test_a_full_second_is_written_with_its_zeros() -> None:
    assert iso(datetime(2026, 1, 31, 9, 5, tzinfo=UTC)) == "2026-01-31T09:05:00.000000Z"


@pytest.mark.parametrize("text", ["2026-01-31T09:05:00", "yesterday", "", "2026-13-01T00:00:00Z"])
def test_what_is_not_an_aware_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_iso(text)


def test_now_and_unix_seconds_are_aware_and_in_utc() -> None:
    assert now().utcoffset() == timedelta(0)
    assert iso(from_timestamp(0)) == "1970-01-01T00:00:00.000000Z"
