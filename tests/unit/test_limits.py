"""How fast is too fast: rates as the settings write them, and two counters that refuse together."""

from __future__ import annotations

from typing import get_args

import pytest

from tms_chat.core.errors import ChatError
from tms_chat.core.limits import Limits, What, parse_rate
from tms_chat.core.rate import Rate


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("10/s burst 30", Rate(30, 3)),
        ("20/min", Rate(20, 60)),
        ("1/s burst 5", Rate(5, 5)),
        ("  2 / S   BURST 1 ", Rate(1, 0.5)),
        ("100/h", Rate(100, 3600)),
        ("999999/h burst 1", Rate(1, 3600 / 999_999)),
    ],
)
def test_rates_as_people_write_them(text: str, rate: Rate) -> None:
    assert parse_rate(text) == rate


@pytest.mark.parametrize(
    "text",
    ["", "10", "10/day", "0/s", "-1/s", "10/s burst", "10/s burst 0", "10 s", "1.5/s", "10/s, 30", "1e3/s", "1٣/s"],
)
def test_what_is_no_rate_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="burst 30"):
        parse_rate(text)


def limits(burst: int, *, per_address: int = 10, enforced: bool = True) -> Limits:
    rates: dict[What, Rate] = {what: Rate(burst, 3600) for what in get_args(What)}
    return Limits(rates, failed_handshakes=Rate(burst, 3600), per_address=per_address, enforced=enforced)


def test_each_person_and_each_kind_has_its_own() -> None:
    made = limits(2)
    for _ in range(2):
        made.take("sends", "ana", "office")
    with pytest.raises(ChatError) as refused:
        made.take("sends", "ana", "elsewhere")  # another address is still the same person
    assert (refused.value.code, refused.value.status) == ("rate_limited", 429)
    assert refused.value.retry_after == 1800
    assert "1800 s" in refused.value.detail
    made.take("sends", "bob", "office")
    made.take("changes", "ana", "office")


def test_an_address_has_a_multiple_for_the_office_behind_it() -> None:
    made = limits(2, per_address=3)
    assert [made.allows("sends", f"person {number}", "office") for number in range(7)] == [True] * 6 + [False]
    assert made.allows("sends", "person 7", "elsewhere")


def test_what_is_refused_is_not_counted_anywhere() -> None:
    made = limits(2, per_address=2)
    for _ in range(2):
        made.take("sends", "ana", "office")
    for _ in range(50):
        assert not made.allows("sends", "ana", "office")
    assert made.allows("sends", "bob", "office")  # of the office's four, ana used two


def test_an_office_comes_back_together() -> None:
    made = limits(2)
    assert all(made.allows("handshakes", f"person {number}", "office") for number in range(1000))
    made.take("handshakes", "ana", "office")
    made.take("handshakes", "ana", "office")
    assert not made.allows("handshakes", "ana", "office")


def test_failed_handshakes_are_counted_for_the_address() -> None:
    made = limits(2)
    made.take_failed_handshake("office")
    made.take_failed_handshake("office")
    with pytest.raises(ChatError, match="rate_limited"):
        made.take_failed_handshake("office")
    made.take_failed_handshake("elsewhere")


def test_switched_off_it_counts_and_refuses_nothing() -> None:
    made = limits(1, enforced=False)
    assert all(made.allows("sends", "ana", "office") for _ in range(50))
    made.enforced = True
    assert not made.allows("sends", "ana", "office")
