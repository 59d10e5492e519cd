"""A Redis server of our own on a free port, which keeps nothing on the disk."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from signal import SIGCONT, SIGKILL, SIGSTOP

from tests.support.processes import PATH, bound_to_us, free_port, wait_until


class RedisServer:
    """`kill` ends it without a word; `start` brings up an empty one in its place."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._home = Path(tempfile.mkdtemp(prefix="tms-redis-"))
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        program = shutil.which("redis-server", path=f"{PATH}:/usr/sbin")
        assert program is not None, "redis-server is missing: run scripts/system-packages.sh"
        with (self._home / "log").open("ab") as log:
            self._process = subprocess.Popen(
                bound_to_us(
                    [program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
                    signal="KILL",
                ),
                cwd=self._home, env={"PATH": PATH}, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        wait_until(self._answers, seconds=20, what=f"Redis answers; its log: {self._home / 'log'}")

    def freeze(self) -> None:
        self._running().send_signal(SIGSTOP)

    def thaw(self) -> None:
        self._running().send_signal(SIGCONT)

    def kill(self) -> None:
        process = self._running()
        process.send_signal(SIGKILL)
        process.wait()

    def stop(self) -> None:
        """Leave nothing behind."""
        if self._process is not None and self._process.poll() is None:
            self.kill()
        shutil.rmtree(self._home)

    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "Redis was not started"
        return self._process

    def _answers(self) -> bool:
        assert self._running().poll() is None, (self._home / "log").read_text()
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as probe:
                probe.sendall(b"PING\r\n")
                return probe.recv(16).startswith(b"+PONG")
        except OSError:
            return False
