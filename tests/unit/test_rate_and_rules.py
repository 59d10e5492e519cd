"""The rate limiter under a clock of ours, and the decisions that need no database."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tms_chat.core.errors import CODES, ChatError
from tms_chat.core.rate import Limiter, Rate
from tms_chat.core.rules import Rights, check_may_invite, message_status


class Clock:
    """Moves only when told."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def limiter(burst: int, seconds: float) -> tuple[Limiter, Clock]:
    clock = Clock()
    return Limiter(Rate(burst, seconds), clock=clock), clock


def take(limit: Limiter, key: str) -> int | None:
    """One attempt: counted when it is within the rate, else told how long to wait."""
    wait = limit.wait(key)
    if wait is None:
        limit.count(key)
    return wait


def test_the_burst_is_let_through_and_the_next_one_is_told_how_long_to_wait() -> None:
    limit, _ = limiter(10, 900)
    assert [take(limit, "ana") for _ in range(10)] == [None] * 10
    assert take(limit, "ana") == 90


def test_whoever_waits_as_long_as_told_gets_through_and_not_a_second_earlier() -> None:
    limit, clock = limiter(10, 900)
    for _ in range(10):
        take(limit, "ana")
    wait = take(limit, "ana")
    assert wait is not None
    clock.seconds += wait - 1
    assert take(limit, "ana") == 1
    clock.seconds += 1
    assert take(limit, "ana") is None


def test_refused_attempts_do_not_make_the_wait_longer() -> None:
    limit, _ = limiter(2, 10)
    take(limit, "ana")
    take(limit, "ana")
    assert {take(limit, "ana") for _ in range(50)} == {5}


def test_one_key_does_not_spend_what_belongs_to_another() -> None:
    limit, _ = limiter(1, 60)
    assert take(limit, "ana") is None
    assert take(limit, "ana") is not None
    assert take(limit, "bob") is None


def test_asking_counts_nothing() -> None:
    limit, _ = limiter(1, 60)
    assert {limit.wait("ana") for _ in range(100)} == {None}


def test_what_is_counted_beyond_the_rate_makes_nobody_wait_longer_than_for_one() -> None:
    limit, _ = limiter(2, 60)
    for _ in range(100):
        limit.count("ana")
    assert limit.wait("ana") == 30


def test_after_the_whole_time_the_whole_burst_is_there_again() -> None:
    limit, clock = limiter(5, 50)
    for _ in range(5):
        take(limit, "ana")
    clock.seconds += 50
    assert [take(limit, "ana") is None for _ in range(6)] == [True] * 5 + [False]


@given(st.integers(1, 20), st.floats(0.5, 1000), st.lists(st.floats(0, 50), min_size=1, max_size=150))
def test_in_no_stretch_of_time_more_get_through_than_the_rate_allows(
    burst: int, seconds: float, pauses: list[float]
) -> None:
    limit, clock = limiter(burst, seconds)
    passed: list[float] = []
    for pause in pauses:
        clock.seconds += pause
        if take(limit, "ana") is None:
            passed.append(clock.seconds)
    for start, begin in enumerate(passed):
        for end in range(start, len(passed)):
            allowed = burst + (passed[end] - begin) / (seconds / burst)
            assert end - start + 1 <= allowed + 1e-6


def test_keys_that_have_recovered_are_forgotten_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Limiter, "MAX_KEYS", 10)
    limit, clock = limiter(1, 60)
    for number in range(9):
        take(limit, f"gone{number}")
    clock.seconds += 61
    take(limit, "busy")
    take(limit, "one more")
    assert len(limit._full_at) <= 10
    assert take(limit, "busy") is not None  # forgetting the others did not forget this one


@pytest.mark.parametrize("role", ["MEMBER", "LEADER", "", "admin"])
def test_only_an_administrator_manages_invitations(role: str) -> None:
    check_may_invite("ADMIN")
    with pytest.raises(ChatError) as refused:
        check_may_invite(role)
    assert (refused.value.code, refused.value.status) == ("forbidden", 403)


@pytest.mark.parametrize("role", ["ADMIN", "leader", "Member"])
def test_a_role_of_the_host_is_known_in_any_case(role: str) -> None:
    assert Rights().role(role) == role.upper()


@pytest.mark.parametrize("role", ["root", "ADMINISTRATOR", " ADMIN", "", None])
def test_a_role_that_nobody_knows_has_the_least_rights(role: str | None) -> None:
    assert Rights().role(role) == "MEMBER"


@given(st.integers(1, 50), st.integers(0, 50), st.integers(0, 50))
def test_a_message_is_read_delivered_or_sent_by_the_positions_alone(number: int, delivered: int, read: int) -> None:
    expected = "read" if number <= read else "delivered" if number <= delivered else "sent"
    assert message_status(number, delivered, read) == expected


def test_every_code_has_a_client_or_server_status_and_a_sentence() -> None:
    for code, (status, sentence) in CODES.items():
        assert 400 <= status <= 503, code
        assert sentence[0].isupper(), code
        assert sentence.endswith("."), code
