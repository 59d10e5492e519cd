"""A session: what it queues is bounded and in order, what it is told is done one by one, and it ends once."""

from __future__ import annotations

import asyncio
import json
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.engine.stage import REQUEST, Carrier, Stage, settle
from tms_chat.realtime.engine.connection import MAX_WAITING_CHARACTERS, MAX_WAITING_PACKETS
from tms_chat.realtime.engine.outbox import MAX_PACKETS_BEFORE_VOLATILE, Outbox, Prepared

#: A packet (size, whether it may be lost), or how many packets the carrier takes from now on, or the end of a tick.
PACKETS = st.tuples(st.sampled_from([10, 1000, 5000, 300_000]), st.booleans())
STEPS = st.lists(PACKETS | PACKETS | PACKETS | st.integers(0, 50) | st.just("tick"), max_size=400)


def numbered(number: int, size: int, *, is_volatile: bool = False) -> Prepared:
    return Prepared(f"{number:06}".encode().ljust(size, b"."), is_volatile=is_volatile)


@given(STEPS)
@settings(max_examples=60)
async def test_a_queue_is_bounded_and_in_order_whatever_its_carrier_takes(
    steps: list[tuple[int, bool] | int | str],
) -> None:
    async with Stage() as stage:
        await stage.let_in()
        stage.carrier.packets.clear()
        outbox, lasting = stage.connection.outbox, []
        for number, step in enumerate(steps):
            if isinstance(step, tuple):
                before = len(outbox.items)
                stage.connection.send(numbered(number, step[0], is_volatile=step[1]))
                if not step[1]:
                    lasting.append(number)
                elif before >= MAX_PACKETS_BEFORE_VOLATILE:
                    assert len(outbox.items) == before
            elif isinstance(step, int):
                stage.carrier.takes = step
            else:
                await asyncio.sleep(0)
            assert len(outbox.items) <= Outbox.MAX_PACKETS
            assert outbox.size == sum(item.size for item in outbox.items) <= Outbox.MAX_BYTES
        stage.carrier.takes = None
        stage.connection.flush()
        heard = [int(packet[:6]) for packet in stage.carrier.packets]
        assert all(one < other for one, other in pairwise(heard))
        if stage.carrier.ends:
            assert stage.carrier.ends == ["slow"]
            assert stage.app.log == ["in", "gone"]
            lasting = [number for number in lasting if heard and number <= heard[-1]]  # what it heard has no gap
        assert [number for number in heard if number in lasting] == lasting


async def test_256_packets_wait_and_one_more_is_too_many() -> None:
    async with Stage() as stage:
        await stage.let_in()
        stage.carrier.packets.clear()
        stage.carrier.takes = 0
        for number in range(256):
            stage.connection.send(numbered(number, 6))
        await settle()
        assert stage.carrier.ends == []
        stage.connection.send(numbered(256, 6))
        stage.connection.send(numbered(257, 6))
        await settle()
        assert stage.carrier.ends == ["slow"]
        assert stage.carrier.packets == []  # nothing of it: the client catches up
        assert stage.app.log == ["in", "gone"]


async def test_a_busy_tick_does_not_make_a_client_slow() -> None:
    async with Stage() as stage:
        await stage.let_in()
        stage.carrier.packets.clear()
        for number in range(5000):
            stage.connection.send(numbered(number, 1000))
        await settle()
        assert [int(packet[:6]) for packet in stage.carrier.packets] == list(range(5000))


async def test_everything_of_one_tick_leaves_in_one_piece() -> None:
    flushes = []

    class Counting(Carrier):
        def flush(self, outbox: Outbox) -> None:
            flushes.append(len(outbox.items))
            super().flush(outbox)

    async with Stage() as stage:
        await stage.let_in()
        stage.connection.carrier = Counting()
        for number in range(20):
            stage.connection.send(numbered(number, 6))
        await settle()
        assert flushes == [20]


async def test_a_carrier_that_fails_keeps_nobody_else_waiting() -> None:
    class Broken(Carrier):
        def flush(self, outbox: Outbox) -> None:
            raise RuntimeError

    async with Stage() as stage:
        await stage.let_in()
        other = stage.engine.open(carrier := Carrier(), REQUEST)
        stage.connection.carrier = broken = Broken()
        for connection in (stage.connection, other):
            connection.send(Prepared(b"x"))
        await settle()
        assert (carrier.packets, broken.ends) == (["x"], ["lost"])


async def test_events_are_done_one_by_one_and_answered_in_their_order() -> None:
    async with Stage() as stage:
        stage.app.on_event = lambda: asyncio.sleep(0)
        stage.connection.receive("40")
        for number in range(100):  # some before it is let in
            stage.connection.receive(f'42{number}["event {number}"]')
            if number % 10 == 0:
                await asyncio.sleep(0)
        for _ in range(5):
            await settle()
        assert stage.app.log == ["in", *(f"event {number}" for number in range(100))]
        answers = [packet for packet in stage.carrier.packets if packet.startswith("43")]
        assert answers == [f'43{number}[{{"ok":true}}]' for number in range(100)]


@pytest.mark.parametrize("goodbye", ["1", "41", "lost"])
async def test_what_was_said_before_a_goodbye_is_done(goodbye: str) -> None:
    # `emit("message_read"); close()` arrives in one piece.
    async with Stage() as stage:
        await stage.let_in()
        for number in range(3):
            stage.connection.receive(f'42["event {number}"]')
        if goodbye != "lost":
            stage.connection.receive(goodbye)
        stage.connection.end("lost")
        stage.connection.receive('42["never"]')
        await settle()
        assert stage.app.log == ["in", "event 0", "event 1", "event 2", "gone"]


@pytest.mark.parametrize("reason", ["slow", "timeout", "stopping", "protocol"])
async def test_what_was_said_before_the_server_ends_it_is_not_done_any_more(reason: str) -> None:
    async with Stage() as stage:
        await stage.let_in()
        stage.app.gate.clear()
        for number in range(3):
            stage.connection.receive(f'42["event {number}"]')
        await settle()
        stage.connection.end(reason)
        stage.app.gate.set()
        await settle()
        assert stage.app.log == ["in", "gone", "event 0"]  # which had begun


async def test_an_event_that_is_none_waits_for_its_turn_and_ends_the_session_then() -> None:
    async with Stage() as stage:
        await stage.let_in()
        for packet in ('42["one"]', "42{}", '42["two"]'):
            stage.connection.receive(packet)
        await settle()
        assert stage.app.log == ["in", "one", "gone"]
        assert stage.carrier.ends == ["protocol"]


async def test_a_pong_does_not_wait_behind_an_event() -> None:
    async with Stage() as stage:
        await stage.let_in()
        stage.app.gate.clear()
        stage.connection.receive('42["slow"]')
        await settle()
        stage.connection.beat()
        stage.connection.receive("3")
        stage.connection.beat()
        assert stage.carrier.ends == []


@pytest.mark.parametrize("text", ["x", "x" * 10_000])
async def test_a_flood_holds_the_carrier_until_it_is_worked_off(text: str) -> None:
    async with Stage() as stage:
        await stage.let_in()
        stage.app.gate.clear()
        sent = 0
        while not stage.carrier.holds:
            stage.connection.receive("42" + json.dumps(["event", text]))
            sent += 1
            assert sent <= MAX_WAITING_PACKETS
            assert sent * len(text) <= MAX_WAITING_CHARACTERS + len(text)
        for _ in range(5):  # came in one piece with the last one
            stage.connection.receive('42["event"]')
        assert (stage.carrier.holds, stage.carrier.releases) == (1, 0)
        stage.app.gate.set()
        await settle()
        assert (stage.carrier.holds, stage.carrier.releases) == (1, 1)
        assert stage.app.log == ["in", *["event"] * (sent + 5)]


async def test_somebody_who_says_a_lot_does_not_keep_the_others_waiting() -> None:
    async with Stage() as stage:
        await stage.let_in()
        for _ in range(1000):
            stage.connection.receive('42["event"]')
        for _ in range(3):
            await asyncio.sleep(0)
        assert len(stage.app.log) < 100


async def test_a_command_that_breaks_does_not_leave_a_deaf_socket() -> None:
    async with Stage() as stage:
        await stage.let_in()

        def breaks() -> None:
            raise RuntimeError

        stage.app.on_event = breaks
        for _ in range(2):
            stage.connection.receive('42["event"]')
        await settle()
        assert stage.carrier.ends == ["lost"]
        assert stage.app.log == ["in", "event", "gone"]


SAID = ["40", '42["x"]', "41", "1", "4x", "3"]
DONE = ["beat", "lost", "slow", "disconnect", "open", "shut", "tick", "send"]


@given(st.lists(st.sampled_from([*SAID, *DONE]), max_size=30), st.booleans())
@settings(max_examples=200)
async def test_the_end_is_told_once_whatever_leads_to_it(moves: list[str], is_refused: bool) -> None:
    async with Stage() as stage:
        connection, app = stage.connection, stage.app
        app.refusal = "token_invalid" if is_refused else None
        for move in moves:
            match move:
                case "beat":
                    connection.beat()
                case "lost" | "slow":
                    connection.end(move)
                case "disconnect":
                    connection.disconnect()
                case "open":
                    app.gate.set()
                case "shut":
                    app.gate.clear()
                case "tick":
                    await asyncio.sleep(0)
                case "send":
                    connection.send(Prepared(b"x"))
                case _:
                    connection.receive(move)
        app.gate.set()
        await settle()
        connection.end("timeout")
        await settle()
        assert app.log.count("gone") == app.log.count("in") <= 1
        assert "in" not in app.log or app.log.index("in") < app.log.index("gone")
        assert len(stage.carrier.ends) == 1
        assert not connection.is_connected
        assert len(stage.engine) == 0
