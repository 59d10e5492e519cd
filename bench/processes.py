"""What the kernel knows of a process: where it runs, how much processor time and memory it has used."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

SERVER_CORE = 0
GENERATOR_CORE = 1
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Cpu:
    """Seconds of processor time, in the program itself and in the kernel for it."""

    user: float = 0.0
    system: float = 0.0

    def __add__(self, other: Cpu) -> Cpu:
        return Cpu(self.user + other.user, self.system + other.system)

    def __sub__(self, other: Cpu) -> Cpu:
        return Cpu(self.user - other.user, self.system - other.system)

    @property
    def total(self) -> float:
        """Both together."""
        return self.user + self.system


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """What is started in here runs on this core only, and so does everything that it starts."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core} if core in before else before)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def give_way() -> None:
    """This process gets what nobody else wants of its core: whoever is only there for the others to be measured.

    Its nice value alone counts within its session (sched(7), autogroup): towards the threads of the kernel that write
    what the server waits for, it would be as good as any.
    """
    os.setsid()
    os.nice(19)
    with suppress(OSError):  # a kernel without it
        Path("/proc/self/autogroup").write_text("19")


def cpu_of(pid: int) -> Cpu:
    """Of one process, all its threads included (proc_pid_stat(5)); nothing when it is gone."""
    fields = _stat(pid)
    return Cpu(int(fields[11]) / TICKS, int(fields[12]) / TICKS) if fields else Cpu()


def cpu_of_family(pid: int) -> Cpu:
    """Of a process and its living children, such as PostgreSQL's."""
    total = cpu_of(pid)
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            fields = _stat(int(entry.name))
            if fields and int(fields[1]) == pid:
                total += cpu_of(int(entry.name))
    return total


def memory_of(pid: int) -> int:
    """Bytes of memory, shared pages by share (PSS), as `smaps_rollup` has it."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"the kernel does not say how much memory process {pid} has")


def _stat(pid: int) -> list[str]:
    """The fields from the third on: the second is a name in parentheses, which may hold anything."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []
