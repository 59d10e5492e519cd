"""Child processes that cannot outlive the tests."""

from __future__ import annotations

import fcntl
import os
import pwd
import secrets
import socket
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from signal import SIGCONT, SIGSTOP
from typing import TextIO

#: Where Debian puts its tools; the environment of a child is otherwise only what a test gives it.
PATH = os.environ.get("PATH", "/usr/local/bin:/usr/bin:/bin")


def bound_to_us(command: Sequence[str], *, signal: str, user: str | None = None) -> list[str]:
    """The command such that it gets the signal when our thread ends, even by SIGKILL, which runs no finaliser.

    The kernel watches the thread, not the process: start children from the main thread.
    With a user the command runs as that user; only root can ask for one.
    """
    prefix = ["setpriv", "--pdeathsig", signal]
    if user is not None:
        entry = pwd.getpwnam(user)
        prefix += ["--reuid", str(entry.pw_uid), "--regid", str(entry.pw_gid), "--clear-groups"]
    return [*prefix, *command]


#: Below what the kernel hands out for outgoing connections (ip_local_port_range): one of those would take the port in
#: the moment between choosing it and listening on it. `tms verify` chooses its own above these.
PORTS = range(20_000, 26_000)
_CLAIMS = Path(tempfile.gettempdir()) / f"tms-test-ports-{os.getuid()}"
_claimed: list[TextIO] = []


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on, and that no other test gets as long as this process lives."""
    _CLAIMS.mkdir(exist_ok=True)
    while True:
        port = secrets.choice(PORTS)
        claim = (_CLAIMS / str(port)).open("w")
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", port))
        except OSError:
            claim.close()
            continue
        _claimed.append(claim)
        return port


def kin(pid: int) -> list[int]:
    """The process and its children; the parent first, so that it makes no others while they are dealt with."""
    return [pid, *(int(name) for name in os.listdir("/proc") if name.isdigit() and _parent(name) == pid)]


@contextmanager
def frozen(pids: Collection[int]) -> Iterator[None]:
    """They stand still (SIGSTOP): their connections stay open, and nobody answers on them."""
    for pid in pids:
        os.kill(pid, SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, SIGCONT)


def _parent(pid: str) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0  # gone


def wait_until(condition: Callable[[], bool], *, seconds: float, what: str) -> None:
    """Returns as soon as the condition holds; after the seconds it fails and names what did not happen."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds:g} s: {what}")
        time.sleep(0.02)
