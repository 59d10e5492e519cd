"""Which processes there are, and what of theirs was lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tms_chat.realtime.nodes import GONE_SECONDS, GRACE_SECONDS, MAX_MISSING, Nodes

LATER = GRACE_SECONDS + 0.1


def test_what_is_heard_twice_is_known_as_such() -> None:
    nodes = Nodes()
    expected = {5: True, 6: True, 8: True, 7: True}
    assert {count: nodes.heard("a", count, 0.0) for count in expected} == expected
    assert not any(nodes.heard("a", count, 0.0) for count in expected)


def test_a_gap_that_closes_is_no_loss() -> None:
    nodes = Nodes()
    for count in (1, 3, 2):
        nodes.heard("a", count, 0.0)
    assert not nodes.take_lost(LATER)


def test_a_gap_that_stays_is_a_loss_once() -> None:
    nodes = Nodes()
    for count in (1, 3):
        nodes.heard("a", count, 0.0)
    assert [nodes.take_lost(at) for at in (0.0, LATER, LATER)] == [False, True, False]


def test_a_gap_too_large_to_remember_is_a_loss_at_once() -> None:
    nodes = Nodes()
    nodes.heard("a", 1, 0.0)
    assert nodes.heard("a", MAX_MISSING + 10, 0.0)
    assert nodes.take_lost(0.0)


def test_who_is_silent_is_gone_and_who_says_goodbye_at_once() -> None:
    nodes = Nodes()
    for name in ("a", "b", "c"):
        nodes.heard(name, 1, 0.0)
    nodes.left("c")
    nodes.heard("b", 2, GONE_SECONDS)
    assert nodes.take_gone(GONE_SECONDS + 0.1) == ["a"]
    assert [name in nodes for name in ("a", "b", "c")] == [False, True, False]


def test_nobody_is_gone_because_we_heard_nothing() -> None:
    nodes = Nodes()
    nodes.heard("a", 1, 0.0)
    nodes.forgive(60.0)
    assert nodes.take_gone(61.0) == []


@given(st.permutations(range(2, 40)), st.sets(st.integers(2, 38)))
def test_each_message_counts_once_and_every_loss_is_noticed(order: list[int], lost: set[int]) -> None:
    nodes = Nodes()
    nodes.heard("a", 1, 0.0)
    came = [count for count in order if count not in lost]
    assert all(nodes.heard("a", count, 0.0) for count in came)
    assert not any(nodes.heard("a", count, 0.0) for count in came)
    assert nodes.take_lost(LATER) == bool(lost)
