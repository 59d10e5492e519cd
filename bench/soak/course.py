"""The course of a soak: rounds of calm and storm, what is watched meanwhile, and what is left in the end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from bench import generator
from bench.generator import Failed, Line
from bench.processes import GENERATOR_CORE, on_core
from bench.servers.launch import ROOT, Running
from bench.soak import verdicts
from bench.soak.crowd import Crowd
from bench.soak.hostile import ATTACKS
from bench.soak.verdicts import MIB, Sample, Verdict
from tests.support.processes import bound_to_us

SETTLE, QUIET, STORM = range(3)
#: Seconds of a round of a minute. While it settles, those who were slow come back and what they missed is fetched.
LENGTHS = (10.0, 15.0, 35.0)
MIN_ROUNDS = 3
TIME_TO_BE_SLOW = 20.0  # of a storm, for everybody who is slow to be closed in
SAMPLE_SECONDS = 1.0
GONE_SECONDS = 60.0  # a heartbeat that is missed is noticed after 45
PATIENCE_SECONDS = 120.0


class Course:
    """`rate` in messages a second. `numbers` are for whoever wants to look closer."""

    def __init__(self, server: Running, crowd: Crowd, rate: float, minutes: float) -> None:
        self.acknowledged = 0
        self.numbers: dict[str, Any] = {}
        self._server = server
        self._crowd = crowd
        rounds = max(MIN_ROUNDS, round(minutes))
        self._lengths = [length * minutes / rounds for length in LENGTHS]
        self._seconds = sum(self._lengths) * rounds
        self._rate = rate
        self._phase = SETTLE
        self._rounds: list[dict[str, float]] = []
        self._samples: list[Sample] = []
        self._stopped = threading.Event()

    def run(self) -> list[Verdict]:
        """From the first who comes to the last who leaves. Raises Failed."""
        self._sockets_once_there_are(0)
        alone = self._files()
        with self._troublemakers() as trouble:
            found = self._among(trouble)
        found.append(verdicts.same("sockets when all have left", 0, self._sockets_once_there_are(0)))
        return [*found, verdicts.files("all have left", alone, self._files())]

    def _among(self, trouble: subprocess.Popen[str]) -> list[Verdict]:
        with self._watch(), self._sending(trouble) as load:
            self._stopped.set()
            result = load.result
            self.acknowledged = result["sent_in_all"] - result["refused"]
            people = len(self._crowd.ordinary) + len(self._crowd.slow)
            sockets, files = self._sockets_once_there_are(people), self._files()
            counts = _tell(trouble, "calm")
        self.numbers = {"result": result, "counts": counts, "rounds": self._rounds}
        has_time = self._lengths[STORM] >= TIME_TO_BE_SLOW
        return [
            verdicts.pace(self._rate, result["sends_per_s"], result["phases"][QUIET]["screen_us"]),
            verdicts.memory(self._samples, self._seconds),
            verdicts.others(result["phases"][QUIET]["screen_us"], result["phases"][STORM]["screen_us"]),
            verdicts.same("messages refused, or not at everybody", 0, result["refused"] + result["undelivered"]),
            *verdicts.troublemakers(counts, len(self._crowd.slow) if has_time else 0),
            verdicts.same("sockets when the hostile have gone", people, sockets),
            verdicts.files("the hostile have gone", int(self._rounds[0]["files"]), files),
        ]

    @contextmanager
    def _sending(self, trouble: subprocess.Popen[str]) -> Iterator[generator.Load]:
        now: dict[str, float] = {}
        used = 0.0

        def heard(line: Line) -> None:
            nonlocal used
            before, used = used, (self._server.cpu() + self._server.database_cpu()).total
            if line["event"] != "phase":
                return
            self._phase = line["phase"]
            p95, core = line["screen_us"]["p95"] / 1000, (used - before) / self._lengths[self._phase]
            if self._phase == QUIET:
                now.update(quiet_p95_ms=p95, quiet_core=core, sockets=self._sockets(), files=self._files())
                _tell(trouble, "storm")
            elif self._phase == STORM:
                counts = _tell(trouble, "calm")
                self._rounds.append(now | {"storm_p95_ms": p95, "storm_core": core, "mib": self._server.memory() / MIB})
                self._say(self._rounds[-1], counts)
            self._phase = (self._phase + 1) % len(LENGTHS)

        options = [*self._crowd.options, "--rate", f"{self._rate:.3f}", "--hold", "1", "--warm-up", "1"]
        options += ["--seconds", f"{self._seconds}", "--phases", ",".join(map(str, self._lengths))]
        with generator.started(
            self._server, "sends", options, seconds=self._seconds + PATIENCE_SECONDS, heard=heard
        ) as load:
            yield load

    def _say(self, found: dict[str, float], counts: dict[str, int]) -> None:
        attacks = sum(counts.get(name, 0) for name in ATTACKS)
        wrong = sum(count for name, count in counts.items() if name.startswith("!"))
        print(
            "round {round}: {mib:.1f} MiB, {sockets} sockets and {files} open files at rest; "
            "p95 {quiet_p95_ms:.1f} ms, {quiet_core:.0%} of a core when quiet, "
            "{storm_p95_ms:.1f} ms, {storm_core:.0%} in the storm; ".format(round=len(self._rounds), **found)
            + f"so far {counts.get('closed as slow', 0)} closed as slow, {attacks} attacks, {wrong} surprises",
            flush=True,
        )

    @contextmanager
    def _troublemakers(self) -> Iterator[subprocess.Popen[str]]:
        command = [sys.executable, "-m", "bench.soak.trouble", str(self._server.port), *self._crowd.troublemakers]
        with on_core(GENERATOR_CORE):
            process = subprocess.Popen(
                bound_to_us(command, signal="KILL"),
                cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            )  # fmt: skip
        try:
            yield process
        finally:
            process.kill()
            process.communicate()

    @contextmanager
    def _watch(self) -> Iterator[None]:
        """Weighs the server now and then, beside everything else."""

        def weigh() -> None:
            began = time.monotonic()
            while not self._stopped.wait(SAMPLE_SECONDS):
                memory = self._server.memory()
                self._samples.append(Sample(time.monotonic() - began, memory, self._phase == QUIET))

        watcher = threading.Thread(target=weigh)
        watcher.start()
        try:
            yield
        finally:
            self._stopped.set()
            watcher.join()

    def _sockets_once_there_are(self, count: int) -> int:
        """As many as there are then, or when it has taken too long."""
        deadline = time.monotonic() + GONE_SECONDS
        while (sockets := self._sockets()) != count and time.monotonic() < deadline:
            time.sleep(SAMPLE_SECONDS)
        time.sleep(2 * SAMPLE_SECONDS)  # the connection is closed a moment later than its session
        return sockets

    def _sockets(self) -> int:
        answer = httpx.get(f"http://127.0.0.1:{self._server.port}/health/websocket", timeout=30)
        count: int = answer.raise_for_status().json()["active_connections"]
        return count

    def _files(self) -> int:
        return len(os.listdir(f"/proc/{self._server.pid}/fd"))


def _tell(trouble: subprocess.Popen[str], word: str) -> dict[str, int]:
    """What the slow and the hostile have counted."""
    assert trouble.stdin is not None
    assert trouble.stdout is not None
    print(word, file=trouble.stdin, flush=True)
    answer = trouble.stdout.readline()
    if not answer:
        raise Failed("the process of the slow and the hostile has ended; what it said is above")
    counts: dict[str, int] = json.loads(answer)
    return counts
