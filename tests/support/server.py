"""A real `tms serve` in a process of its own, driven from outside like an operator would."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from signal import SIGKILL, SIGTERM

import httpx

from tests.support.processes import PATH, bound_to_us, free_port, wait_until

TMS = Path(sys.executable).with_name("tms")
#: Less than a stop takes that waits for somebody until it gives up (`DRAIN_SECONDS` of serve.py, rounded), and what it
#: says then.
STOP_SECONDS = 7.5
GAVE_UP = "timeout graceful shutdown exceeded"
SETUP_LINK = re.compile(r"https?://\S+/setup#\S+")


class TmsServer:
    """A server with its own working folder, which holds its data and its captured output.

    The environment of the process is PATH and what is given here, nothing of ours: settings that
    happen to be exported on a developer's machine change no test.
    """

    def __init__(
        self,
        folder: Path,
        env: Mapping[str, str],
        *,
        args: tuple[str, ...] = (),
        command: tuple[str, ...] = (str(TMS),),
    ) -> None:
        self.folder = folder
        self.env = dict(env)
        self.args = args
        self.command = command
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        return self._running().pid

    @property
    def stdout(self) -> str:
        """Everything printed so far, over all restarts; `stderr` likewise."""
        return read(self.folder / "stdout.txt")

    @property
    def stderr(self) -> str:
        return read(self.folder / "stderr.txt")

    @property
    def setup_link(self) -> str:
        """The one-time link for the first account, from the output as a person would copy it."""
        wait_until(lambda: bool(SETUP_LINK.search(self.stdout)), seconds=30, what="the setup link is printed")
        links: list[str] = SETUP_LINK.findall(self.stdout)
        return links[-1]

    def start(self, *, seconds: float = 60) -> None:
        """Starts and returns once /health/ready answers 200."""
        self.launch()
        wait_until(self.is_ready, seconds=seconds, what=f"the server is ready\n{self.stdout}\n{self.stderr}")

    def launch(self) -> None:
        """Starts without waiting, for starts that are meant to be refused; see `wait()`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [*self.command, "serve", "--host", "127.0.0.1", "--port", str(self.port), *self.args]
        with (self.folder / "stdout.txt").open("ab") as out, (self.folder / "stderr.txt").open("ab") as err:
            self._process = subprocess.Popen(
                bound_to_us(command, signal="KILL"),
                cwd=self.folder,
                env={"PATH": PATH, **self.env},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
            )

    def wait(self, *, seconds: float = 60) -> int:
        """The exit code of a server that ends by itself."""
        return self._running().wait(seconds)

    def stop(self, *, seconds: float = 30) -> int:
        """Asks the server to end (SIGTERM) and returns its exit code."""
        process = self._running()
        process.send_signal(SIGTERM)
        return process.wait(seconds)

    def kill(self) -> None:
        """SIGKILL: the process gets no chance to finish anything."""
        process = self._running()
        process.send_signal(SIGKILL)
        process.wait()

    def restart(self) -> None:
        """Starts again on the same port and data; stops first when it still runs."""
        if self._process is not None and self._process.poll() is None:
            self.stop()
        self.start()

    def close(self) -> None:
        """For fixtures: no process is left, whatever the test did before."""
        if self._process is not None and self._process.poll() is None:
            try:
                self.stop(seconds=10)
            except subprocess.TimeoutExpired:
                self.kill()

    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "the server was not started"
        return self._process

    def is_ready(self) -> bool:
        """Whether it answers and says so. Raises RuntimeError when it has ended."""
        code = self._running().poll()
        if code is not None:
            raise RuntimeError(f"the server ended with {code}\n{self.stdout}\n{self.stderr}")
        try:
            return httpx.get(f"{self.base_url}/health/ready", timeout=2).status_code == 200
        except httpx.TransportError:
            return False


def read(path: Path) -> str:
    return path.read_text(errors="replace") if path.exists() else ""
