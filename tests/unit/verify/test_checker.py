"""The checker: says nothing of a chat that keeps its promises, and finds and names each bug that is put into one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.verify.world import GUEST, World
from tms_chat.verify.checker import check
from tms_chat.verify.history import DELETION, EDIT, ENTER, MESSAGE, WELCOME, Answer, Event, Step, Stored
from tms_chat.verify.verdict import KINDS, Verdict

seeds = st.integers(0, 1_000_000)


def told(verdict: Verdict) -> str:
    return "\n".join(f"{found.kind}: {found.sentence} {found.examples}" for found in verdict.findings)


def kinds(verdict: Verdict) -> set[str]:
    return {found.kind for found in verdict.findings}


@settings(max_examples=60)
@given(seed=seeds, changes=st.integers(0, 120), clients=st.integers(1, 4))
def test_a_chat_that_keeps_its_promises_is_found_good(seed: int, changes: int, clients: int) -> None:
    world = World(seed, changes=changes, clients=clients)
    verdict = check(world.history)
    assert verdict.is_good, told(verdict)
    assert verdict.acknowledged == verdict.stored == len(world.sends)
    assert verdict.events == changes
    assert all(verdict.count(kind) == 0 for kind in KINDS)


def test_latency_is_measured_on_the_servers_clock_whatever_it_shows() -> None:
    latency = check(World(1, changes=400).history).latency
    assert latency is not None
    assert latency.p50 == pytest.approx(0.005, abs=0.002)  # half a minute that the clocks differ is not in it
    assert latency.longest < 0.01


# Each bug is put into a history that was good; `bug` says what it did, or None where there was nothing to spoil.


def lose_a_message(world: World) -> bool:
    send = world.sends[len(world.sends) // 2]
    del world.stored[send.answers[0].message_id]
    return True


def store_a_retry_twice(world: World) -> bool:
    message_id = world.sends[0].answers[0].message_id
    first = world.stored[message_id]
    world.stored["twin"] = replace(first, shown=replace(first.shown, number=len(world.stored) + 1))
    return True


def answer_a_retry_with_another_number(world: World) -> bool:
    first = world.sends[0].answers[0]
    world.sends[0].answers.append(replace(first, status=200, number=first.number + 1))
    return True


def store_what_was_refused(world: World) -> bool:
    send = world.sends[0]
    send.answers = [Answer(422, 0.0, 0.0)]
    return True


def invent_a_message(world: World) -> bool:
    shown = next(iter(world.stored.values())).shown
    world.stored["ghost"] = Stored(replace(shown, number=len(world.stored) + 1), "nobody's", 0.0)
    return True


def undo_an_acknowledged_deletion(world: World) -> bool:
    for change in world.changes:
        if change.what == DELETION:
            stored = world.stored[change.message_id]
            world.stored[change.message_id] = replace(stored, shown=replace(stored.shown, is_deleted=False))
            return True
    return False


def undo_an_acknowledged_edit(world: World) -> bool:
    for change in world.changes:
        stored = world.stored[change.message_id]
        if change.what == EDIT and not stored.shown.is_deleted:
            world.stored[change.message_id] = replace(stored, shown=replace(stored.shown, content="as it was"))
            return True
    return False


def skip_a_number(world: World) -> bool:
    del world.journal[len(world.journal) // 2]
    return True


def swap_two_in_the_journal(world: World) -> bool:
    world.journal[3], world.journal[4] = world.journal[4], world.journal[3]
    return True


def drop_one_delivery(world: World) -> bool:
    events = longest(world)
    del events[len(events) // 2]
    return True


def deliver_one_twice(world: World) -> bool:
    events = longest(world)
    events.append(events[-2])
    return True


def swap_two_deliveries(world: World) -> bool:
    events = longest(world)
    events[-2], events[-3] = events[-3], events[-2]
    return True


def leak_to_the_removed(world: World) -> bool:
    guest = world.clients[-1]
    if GUEST in world.inside:
        return False
    guest.lines[-1].events.append(Event(world.journal[-1].seq + 1, MESSAGE, "m"))
    return True


def let_the_removed_read(world: World) -> bool:
    world.clients[-1].intrusions.append("the history over REST")
    return True


def apply_one_twice(world: World) -> bool:
    world.clients[0].steps.append(Step(world.clients[0].steps[-1].seq))
    return True


def go_on_over_a_hole(world: World) -> bool:
    steps = world.clients[0].steps
    del steps[len(steps) // 2]
    return True


def never_arrive(world: World) -> bool:
    world.clients[0].converged_after = None
    return True


def longest(world: World) -> list[Event]:
    return max((client.lines[-1].events for client in world.clients[:-1]), key=len)


BUGS: list[tuple[Callable[[World], bool], str, str]] = [
    (lose_a_message, "lost", "Acknowledged messages are not in the history."),
    (store_a_retry_twice, "duplicated", "One client_id made more than one message."),
    (answer_a_retry_with_another_number, "duplicated", "name different messages or numbers"),
    (store_what_was_refused, "unasked", "A refused send was stored."),
    (invent_a_message, "unasked", "messages that nobody sent"),
    (undo_an_acknowledged_deletion, "lost", "Acknowledged deletions are not in the history."),
    (undo_an_acknowledged_edit, "lost", "Acknowledged edits are not in the history."),
    (skip_a_number, "gaps", "The journal has holes"),
    (swap_two_in_the_journal, "reordered", "The journal is not in the order of its numbers."),
    (drop_one_delivery, "gaps", "left out"),
    (deliver_one_twice, "duplicated", "delivered twice over one connection"),
    (swap_two_deliveries, "reordered", "Events overtake each other"),
    (leak_to_the_removed, "leaked", "People who are no members are told"),
    (let_the_removed_read, "leaked", "People who are no members are told"),
    (apply_one_twice, "duplicated", "Clients applied events twice."),
    (go_on_over_a_hole, "gaps", "went on without events that no catching up brought"),
    (never_arrive, "late", "do not show the end"),
]


@pytest.mark.parametrize(("bug", "kind", "sentence"), BUGS, ids=[bug.__name__ for bug, _, _ in BUGS])
@settings(max_examples=12)
@given(seed=seeds)
def test_each_bug_is_found_and_named(bug: Callable[[World], bool], kind: str, sentence: str, seed: int) -> None:
    world = World(seed, changes=150)
    if longest_is_short(world) or not bug(world):
        return
    verdict = check(world.history)
    assert kind in kinds(verdict), told(verdict)
    assert sentence in told(verdict)


def longest_is_short(world: World) -> bool:
    """Most worlds have a line of some length, on which something can be spoiled."""
    return len(longest(world)) < 8


# The bugs that the operator should be able to read off the report, one by one.


def test_one_delivery_in_a_hundred_thousand_is_found() -> None:
    world = World(7, changes=34_000, clients=2, guest_moves=False)
    line = max(world.clients[1].lines, key=lambda line: len(line.events))
    assert sum(len(line.events) for client in world.clients for line in client.lines) > 100_000
    events = line.events
    gone = next(event for event in events[len(events) // 2 :] if event.what == MESSAGE)
    events.remove(gone)
    verdict = check(world.history)
    assert verdict.count("gaps") == 1
    (finding,) = verdict.findings
    assert finding.sentence.startswith("Events are left out: 1 of ")
    assert finding.sentence.endswith(" deliveries of new messages did not come.")
    assert f"number {gone.seq:,} (new_message) to client user1, an open connection" in finding.examples


def test_skipped_deletions_are_called_by_their_name() -> None:
    world = World(3, changes=200, guest_moves=False)
    gone = without(world, lambda event: event.what == DELETION)
    verdict = check(world.history)
    assert verdict.count("gaps") == gone > 3
    assert "No deletion is delivered: deletions are skipped, every one of them." in told(verdict)


def test_deletions_that_come_and_do_nothing_are_seen_on_the_screens() -> None:
    world = World(3, changes=200)
    client = world.clients[0]
    history = world.history
    for message_id, shown in client.shown.items():
        if shown.is_deleted:
            client.shown[message_id] = replace(shown, is_deleted=False, content="still here")
    verdict = check(history)
    assert kinds(verdict) == {"diverged"}
    assert "Deletions do not reach the screens: deleted messages are still shown." in told(verdict)
    assert "still says “still here”" in told(verdict)


def test_screens_that_differ_are_told_apart() -> None:
    world = World(3, changes=200)
    history = world.history
    first, second, third, *_ = [key for key, shown in world.clients[0].shown.items() if not shown.is_deleted]
    shown = world.clients[0].shown
    shown[first] = replace(shown[first], content="another text")
    shown[second] = replace(shown[second], reactions=(("user0", "?"),))
    del shown[third]
    sentences = {finding.sentence: finding.count for finding in check(history).findings}
    assert sentences == {
        "Edits do not reach the screens: they show another text than a fresh fetch.": 1,
        "Screens show other reactions than a fresh fetch.": 1,
        "Screens lack messages that a fresh fetch shows.": 1,
    }


def test_what_a_removed_member_hears_says_who_and_what() -> None:
    world = next(world for world in (World(seed, changes=100) for seed in range(50)) if GUEST not in world.inside)
    leak_to_the_removed(world)
    verdict = check(world.history)
    assert kinds(verdict) == {"leaked"}
    assert f"number {world.journal[-1].seq + 1} (new_message) to client guest" in told(verdict)


def test_who_enters_needs_the_greeting_only() -> None:
    world = next(world for world in (World(seed, changes=200) for seed in range(50)) if GUEST in world.inside)
    entered = [line for line in world.clients[-1].lines for event in line.events if event.what == WELCOME]
    for line in entered:
        line.events[:] = [event for event in line.events if not (event.what == ENTER and GUEST in event.people)]
    verdict = check(world.history)
    assert entered
    assert verdict.is_good, told(verdict)


def test_a_member_who_is_shut_out_and_one_who_still_gets_in_are_wrong_alike() -> None:
    world = World(2, changes=100, guest_moves=False)
    history = world.history
    world.clients[0].fetched = None
    assert "client user0 cannot read the conversation" in told(check(history))


def without(world: World, which: Callable[[Event], bool]) -> int:
    """Take these out of every line, as long as something comes after them; how many that were."""
    gone = 0
    for client in world.clients:
        for line in client.lines:
            last = line.events[-1] if line.events else None
            kept = [event for event in line.events if not which(event) or event is last]
            gone += len(line.events) - len(kept)
            line.events[:] = kept
    return gone


def test_what_got_no_answer_may_be_there_or_not() -> None:
    world = World(5, changes=100, guest_moves=False)
    world.sends[0].answers = [Answer(0, 0.0, 1.0)]
    for change in world.changes:
        change.is_acknowledged = False
    verdict = check(world.history)
    assert verdict.is_good, told(verdict)
    assert verdict.unanswered == 1
