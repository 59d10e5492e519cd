"""The compiled generator: builds it, runs it on its own core and reads what it says."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.processes import GENERATOR_CORE, Cpu, on_core
from bench.servers.launch import Running
from tests.support.processes import bound_to_us

Line = dict[str, Any]

PROGRAM = Path(__file__).parent / "build" / "generator"
#: Above this share of its core the generator may be what is measured.
BUSY = 0.9


class Failed(Exception):
    """A measurement that does not count: something happened that must not."""


@dataclass(frozen=True, slots=True)
class Load:
    """What the generator measured, and the processor time that the server and its database used meanwhile."""

    result: dict[str, Any]
    server: Cpu
    database: Cpu

    @property
    def server_share(self) -> float:
        """How much of its core the server had, database included."""
        share: float = (self.server.total + self.database.total) / self.result["seconds"]
        return share


def run(server: Running, what: str, options: Sequence[str], *, seconds: float = 300) -> Load:
    """Runs it to its end. Raises Failed."""
    with started(server, what, options, seconds=seconds) as load:
        return load


@contextmanager
def started(
    server: Running,
    what: str,
    options: Sequence[str],
    *,
    seconds: float = 300,
    heard: Callable[[Line], None] | None = None,
) -> Iterator[Load]:
    """Runs it until it has a result; sockets that it holds stay open to the end of the block. Raises Failed.

    `heard` gets every line before the result when it comes: `measuring`, `phase`, `measured`.
    """
    command = [str(PROGRAM), what, "--port", str(server.port), *options]
    with on_core(GENERATOR_CORE):
        process = subprocess.Popen(
            bound_to_us(command, signal="KILL"),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
    patience = threading.Timer(seconds, process.kill)
    patience.start()
    try:
        yield _listen(process, server, heard)
    finally:
        patience.cancel()
        try:
            process.communicate(timeout=10)  # closes its input, which ends it
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def _listen(process: subprocess.Popen[str], server: Running, heard: Callable[[Line], None] | None) -> Load:
    used: dict[str, tuple[Cpu, Cpu]] = {}
    assert process.stdout is not None
    for line in process.stdout:
        said = json.loads(line)
        if said["event"] == "result":
            (server_before, database_before), (server_after, database_after) = used["measuring"], used["measured"]
            return Load(said, server_after - server_before, database_after - database_before)
        used[said["event"]] = server.cpu(), server.database_cpu()
        if heard is not None:
            heard(said)
    raise Failed(f"the generator ended with {process.wait()}; what it said is above")
