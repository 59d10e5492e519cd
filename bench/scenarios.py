"""What is measured: the scenarios that servers are compared in, and how our own costs grow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bench.measures import (
    Measure,
    conversation_list,
    fan_out,
    history,
    idle,
    last_member,
    sends,
    silent_sends,
)
from bench.servers.launch import ALL, OURS


@dataclass(frozen=True, slots=True)
class Number:
    """One of the numbers of a measurement: its key there, its unit, and what it is."""

    key: str
    unit: str
    title: str = ""


@dataclass(frozen=True)
class Scenario:
    """`main` is what is compared; `also` get lines of their own. `parts` of the world have to be there."""

    name: str
    title: str
    part: str
    measure: Measure
    main: Number
    also: tuple[Number, ...] = ()
    servers: tuple[str, ...] = ALL


SENDS = Number("sends_per_s", "/s")
DELIVERIES = Number("deliveries_per_s", "/s")
CONNECTS = Number("connects_per_s", "/s")
READS = Number("reads_per_s", "/s")
SCREEN_P50 = Number("screen_p50_ms", "ms", "send to screen, p50")
SCREEN_P99 = Number("screen_p99_ms", "ms", "send to screen, p99")
ANSWER_P99 = Number("answer_p99_ms", "ms", "answer, p99")
MEMORY = Number("kib_per_socket", "KiB", "memory of one")
IDLE = Number("idle_core", "of a core", "what they cost while idle")
EVENTS = Number("events_per_s", "/s", "events, notifications included")
EVENT_SIZE = Number("bytes_per_event", "bytes", "size of one")
PAGE_SIZE = Number("bytes_per_read", "bytes", "size of one")


def _compared() -> Iterator[Scenario]:
    for n in (1, 16, 64):
        title = f"persisted sends, {n} sender{'s' * (n > 1)}"
        yield Scenario(f"sends-{n}", title, "sends", sends(n), SENDS, (SCREEN_P50, SCREEN_P99))
    for n in (100, 1000):
        title = f"fan-out to {n:,} members under load"
        yield Scenario(f"fan-out-{n}", title, f"members-{n}", fan_out(n), DELIVERIES, (EVENTS, EVENT_SIZE))
    title = "last of 1,000 members, single message, p50"
    yield Scenario("last-1000", title, "members-1000", last_member(1000), SCREEN_P50, (SCREEN_P99,))
    for n in (1000, 5000):
        yield Scenario(f"idle-{n}", f"connects, {n:,} sockets", "idle", idle(n), CONNECTS, (MEMORY, IDLE))
    title = "history pages, 50 of 100,000"
    yield Scenario("history", title, "history-100000", history(), READS, (ANSWER_P99, PAGE_SIZE))
    title = "list of conversations, 50 of 200"
    yield Scenario("list", title, "list", conversation_list(), READS, (ANSWER_P99, PAGE_SIZE))


def _growth() -> Iterator[Scenario]:
    retryable = sends(16, client_ids=True)
    yield _ours("client-ids", "persisted sends with a client_id, 16 senders", "sends", retryable, SENDS)
    for n in (2, 10, 100, 1000):
        yield _ours(
            f"silent-{n}", f"sends into a group of {n:,}, nobody online", f"members-{n}", silent_sends(n), SENDS
        )
    for n in (2, 10, 100, 1000):
        yield _ours(
            f"fan-out-{n}", f"deliveries in a group of {n:,}, all online", f"members-{n}", fan_out(n), DELIVERIES
        )
    for n in (1000, 10_000, 100_000, 1_000_000):
        yield _ours(f"history-{n}", f"history pages, 50 of {n:,}", f"history-{n}", history(), READS)
    for n in (10, 50):
        yield _ours(f"crowd-{n}", f"history pages, 50 of 100,000, {n} members", f"crowd-{n}", history(), READS)
    for n in (0, 1000, 5000):
        yield _ours(f"idle-{n}", f"{n:,} idle sockets", "idle", idle(n), IDLE)


def _ours(name: str, title: str, part: str, measure: Measure, main: Number) -> Scenario:
    return Scenario(f"growth-{name}", title, part, measure, main, servers=OURS)


COMPARED = tuple(_compared())
SCENARIOS = {scenario.name: scenario for scenario in (*COMPARED, *_growth())}
