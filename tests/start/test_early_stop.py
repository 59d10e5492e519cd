"""Asked to stop before it serves, it ends at once and with 0, also as process 1 of a container without an init."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.start.commands import serve_command
from tests.support.processes import PATH, bound_to_us, wait_until

AS_PROCESS_1 = ("unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child")
IMPATIENT = 0.05


def can_unshare() -> bool:
    command = [*AS_PROCESS_1, "true"]
    return (
        shutil.which("unshare") is not None
        and subprocess.run(command, capture_output=True, check=False).returncode == 0
    )


@pytest.fixture(scope="module", params=[True, False], ids=["process 1", "any process"])
def prefix(request: pytest.FixtureRequest) -> tuple[str, ...]:
    if request.param and not can_unshare():
        pytest.skip("this kernel gives no process namespaces")
    return AS_PROCESS_1 if request.param else ()


class Start:
    """A `tms serve` that has just been started; `pid` is the server's own as we see it."""

    def __init__(self, folder: Path, prefix: tuple[str, ...]) -> None:
        folder.mkdir()
        self.process = subprocess.Popen(
            bound_to_us([*prefix, *serve_command("--port", "0")], signal="KILL"),
            cwd=folder,
            env={"PATH": PATH},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.pid = self.process.pid
        if prefix:
            wait_until(self._has_child, seconds=30, what="unshare has started it")

    def _has_child(self) -> bool:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        self.pid = int(children[0]) if children else 0
        return bool(children)

    def listens_to_sigterm(self) -> bool:
        """Whether SIGTERM has a handler by now: process 1 gets none before."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        caught = int(status.partition("SigCgt:")[2].split()[0], 16)
        return bool(caught >> (signal.SIGTERM - 1) & 1)

    def ended(self) -> tuple[int, float, str, str]:
        """SIGTERM: the exit code, the seconds it took, and what was printed."""
        began = time.monotonic()
        os.kill(self.pid, signal.SIGTERM)
        try:
            out, err = self.process.communicate(timeout=15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        return self.process.returncode, time.monotonic() - began, out, err


@pytest.mark.parametrize("delay", [0, 0.2, 0.6, 1.0, 1.6, 3.0])
def test_a_stop_during_the_start_is_heard(prefix: tuple[str, ...], tmp_path: Path, delay: float) -> None:
    start = Start(tmp_path / "start", prefix)
    # Python itself needs some milliseconds before any line of ours runs.
    wait_until(start.listens_to_sigterm, seconds=30, what="SIGTERM has a handler")
    time.sleep(delay)
    code, seconds, _, err = start.ended()
    assert (code, "Traceback" in err) == (0, False), err
    assert seconds < 8  # well before the ten seconds after which a container is killed


def test_the_handler_is_there_before_anything_large_is_loaded(tmp_path: Path) -> None:
    start = Start(tmp_path / "start", ())
    wait_until(start.listens_to_sigterm, seconds=30, what="SIGTERM has a handler")
    maps = Path(f"/proc/{start.pid}/maps").read_text()
    assert start.ended()[0] == 0
    assert not [name for name in ("uvloop", "pydantic_core", "sqlalchemy", "cryptography") if name in maps]
