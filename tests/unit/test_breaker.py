"""The circuit breaker: how many failures open it, how long it stays open, what one trial decides."""

from __future__ import annotations

from tms_chat.core.breaker import Breaker


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def broken(clock: Clock) -> Breaker:
    breaker = Breaker(3, 15.0, clock=clock)
    for _ in range(3):
        assert breaker.admits()
        breaker.failed()
    return breaker


def test_it_opens_after_so_many_failures_in_a_row() -> None:
    breaker = broken(Clock())
    assert breaker.is_open
    assert not breaker.admits()


def test_a_success_in_between_begins_anew() -> None:
    breaker = Breaker(3, 15.0, clock=Clock())
    for failed in (True, True, False, True, True):
        if failed:
            breaker.failed()
        else:
            breaker.succeeded()
    assert not breaker.is_open


def test_after_the_pause_a_failed_trial_opens_it_again_at_once() -> None:
    clock = Clock()
    breaker = broken(clock)
    clock.now += 14.9
    assert not breaker.admits()
    clock.now += 0.2
    assert breaker.admits()
    breaker.failed()
    assert not breaker.admits()


def test_after_the_pause_a_successful_trial_closes_it() -> None:
    clock = Clock()
    breaker = broken(clock)
    clock.now += 15.1
    assert breaker.admits()
    breaker.succeeded()
    breaker.failed()
    assert not breaker.is_open
    assert breaker.admits()


def test_while_the_trial_is_on_its_way_nobody_else_asks() -> None:
    clock = Clock()
    breaker = broken(clock)
    clock.now += 15.1
    assert [breaker.admits() for _ in range(5)] == [True, False, False, False, False]
    # The trial never told its outcome: one more pause, one more trial.
    clock.now += 15.1
    assert [breaker.admits() for _ in range(2)] == [True, False]
