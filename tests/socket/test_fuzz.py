"""Nonsense of every kind, a lot of it: the process lives, other clients notice nothing, its memory returns."""

from __future__ import annotations

import asyncio
import json
import random
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect as open_websocket
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from tests.socket.device import Device
from tests.socket.host import Host, running_host
from tests.socket.http import async_http
from tests.socket.raw import no_more_sockets_than, open_sockets, raw_socket
from tms_chat.realtime.commands import TABLE

SEED = 20_260_131
#: Frames that are nearly right: what is changed about them is what a parser trips over.
SEEDS = (
    '4217["keepalive"]',
    '42["typing_start",{"conversation_id":"x"}]',
    '4217["send_message",{"conversation_id":"x","content":"hello"}]',
    '40{"token":"a.b.c"}',
    "40/chat,{}",
    "41",
    '4317[{"ok":true}]',
    '451-["binary",{"_placeholder":true,"num":0}]',
    "2probe",
    "3",
    "5",
    "6",
    "1",
)
FRAGMENTS = (
    "[",
    "]",
    "{",
    "}",
    '"',
    ",",
    ":",
    "-",
    "0",
    "9" * 40,
    "\\ud800",
    "\x00",
    "\n",
    "null",
    "1e999",
    "é",
    "💥",
    "4",
    "42",
)
QUEUE_KB = 24 * 1024  # what the server may be larger afterwards: its own caches and the allocator's slack


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """A server of its own, with its rate limits off: all of this comes from one address."""
    with running_host(tmp_path_factory.mktemp("fuzz"), None) as host:
        yield host


def mutated(rng: random.Random) -> str | bytes:
    """A frame that is nearly right, or not at all."""
    frame = rng.choice(SEEDS)
    for _ in range(rng.randint(0, 6)):
        at = rng.randint(0, len(frame))
        kind = rng.randint(0, 3)
        if kind == 0:
            frame = frame[:at] + rng.choice(FRAGMENTS) + frame[at:]
        elif kind == 1:
            frame = frame[:at] + frame[at + rng.randint(1, 4) :]
        elif kind == 2:
            frame = frame[:at] + frame[at:] * 2
        else:
            frame = frame[:at] + chr(rng.choice((0x20, 0x7F, 0x2028, 0xFFFD, 0x10FFFF))) + frame[at + 1 :]
    return frame.encode("utf-8", "replace") if rng.random() < 0.1 else frame


def some_json(rng: random.Random, depth: int = 0) -> Any:
    """Any JSON value, the odd ones more often."""
    kind = rng.randint(0, 9 if depth < 4 else 6)
    if kind <= 3:
        return rng.choice((None, True, False, 0, -1, 1.5, 2**63, -(2**70), "", "x", "\x00", "x" * 300, "\u202e", []))
    if kind <= 6:
        return rng.choice(("conversation_id", "TEXT", "{}", "01a21600-25f5-705c-b2d3-a32911e82987", "💥" * 20))
    if kind == 7:
        return [some_json(rng, depth + 1) for _ in range(rng.randint(0, 4))]
    names = ("conversation_id", "content", "type", "token", "metadata_json", "sequence_number", "client_id", "x")
    return {rng.choice(names): some_json(rng, depth + 1) for _ in range(rng.randint(0, 5))}


def resident_kb(pid: int) -> int:
    """What the process holds in memory."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1])


async def volley(host: Host, rng: random.Random, tokens: list[str], connections: int) -> None:
    """So many connections, a few at a time, each with some nonsense before or after it is greeted."""
    at_once = asyncio.Semaphore(10)
    address = f"ws{host.server.base_url.removeprefix('http')}/socket.io/?EIO=4&transport=websocket"

    async def one(frames: list[str | bytes], token: str | None, is_abrupt: bool) -> None:
        async with at_once:
            with suppress(ConnectionClosed, InvalidHandshake, TimeoutError, OSError):
                async with open_websocket(address, compression=None, max_size=None, close_timeout=1) as connection:
                    await connection.recv()
                    if token is not None:
                        await connection.send("40" + json.dumps({"token": token}))
                    for frame in frames:
                        await connection.send(frame)
                    if is_abrupt:
                        connection.transport.abort()

    await asyncio.gather(
        *(
            one(
                [mutated(rng) for _ in range(rng.randint(1, 12))],
                rng.choice(tokens) if rng.random() < 0.5 else None,
                rng.random() < 0.3,
            )
            for _ in range(connections)
        )
    )


async def test_frames_that_are_nearly_right(target: Host) -> None:
    ana, bob = target.add("Ana"), target.add("Bob")
    conversation_id = ana.direct(bob)
    tokens = [target.add("Eve").token for _ in range(8)]
    rng = random.Random(SEED)
    await volley(target, rng, tokens, 60)  # fills caches that stay
    async with Device(target.server, bob.token) as bystander:
        await no_more_sockets_than(target.server, 1)
        before, tracebacks = resident_kb(target.server.pid), target.server.stderr.count("Traceback")
        storm = asyncio.create_task(volley(target, rng, tokens, 300))
        waits = []
        while not storm.done():
            started = time.perf_counter()
            await bystander.settle()
            waits.append(time.perf_counter() - started)
            await asyncio.sleep(0.02)
        await storm
        await asyncio.to_thread(ana.send, conversation_id, "after the storm")
        await bystander.hears("new_message", content="after the storm")
        await no_more_sockets_than(target.server, 1)
        assert sorted(waits)[len(waits) * 95 // 100] < 2, "others waited"
        assert resident_kb(target.server.pid) - before < QUEUE_KB
        # A traceback is for our mistakes; written for a client's, it lets anybody fill the disk.
        assert target.server.stderr.count("Traceback") == tracebacks


@pytest.mark.parametrize("command", TABLE)
async def test_payloads_of_every_shape_are_answered(target: Host, command: str) -> None:
    rng = random.Random(f"{SEED}{command}")
    tracebacks = target.server.stderr.count("Traceback")
    async with raw_socket(target.server, target.add("Eve").token) as raw:
        for number in range(100, 140):
            if command == "auth" and number == 115:
                return  # twenty refused tokens a minute end a socket, which has a test of its own
            payload = json.dumps([command, *(some_json(rng) for _ in range(rng.randint(0, 2)))])
            await raw.send(f"42{number}{payload}")
            ack = await raw.ack(number)
            assert ack is not None, payload
            assert ack["ok"] is True or ack["detail"].endswith("."), payload
        assert await raw.answers()
    assert target.server.stderr.count("Traceback") == tracebacks


async def test_polls_of_every_shape(target: Host) -> None:
    rng = random.Random(SEED)
    before = await open_sockets(target.server)
    async with async_http(target.server) as http:
        for _ in range(60):
            opened = await http.get("/socket.io/?EIO=4&transport=polling")
            sid = json.loads(opened.text[1:])["sid"]
            body = "\x1e".join(str(mutated(rng)) for _ in range(rng.randint(1, 5)))
            answer = await http.post(f"/socket.io/?EIO=4&transport=polling&sid={sid}", content=body.encode())
            assert answer.status_code in (200, 400, 404, 413), answer.text
        for query in ("EIO=3&transport=polling", "EIO=4&transport=carrier-pigeon", "EIO=4&sid=unknown", ""):
            answer = await http.get(f"/socket.io/?{query}")
            assert 400 <= answer.status_code < 500, query
        # None of them showed a token, so none is a socket of anybody.
        assert await open_sockets(target.server) == before
