"""Programs that a run starts itself, and may kill: they end with it, however it ends."""

import asyncio
import os
import pwd
import random
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from tms_chat.verify.api import Failed

READY_SECONDS: Final = 60.0
LOOK_SECONDS: Final = 0.1
#: Below what connections go out from: one of those would take the port while nobody listens on it.
PORTS: Final = range(26_000, 32_000)

Answers = Callable[[], Awaitable[bool]]


class Guardian:
    """Knows in a process of its own what runs, see there: also SIGKILL to this one leaves nothing behind."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, folders: Sequence[Path]) -> None:
        """Before anything is in them."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tms_chat.verify.guardian",
            *map(str, folders),
            stdin=asyncio.subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for us
        )

    def notice(self, pid: int, ends_by: int) -> None:
        """It runs, and this signal ends it; 0: it does not any more."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(f"{pid} {ends_by}\n".encode())

    async def close(self) -> None:
        """Everything ends, and the folders are gone."""
        if self._process is not None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            await self._process.wait()


class Child:
    """One program, as often as it is started. `name` is for sentences; it works where its log is, and has of our own
    environment the PATH alone, besides `env`."""

    def __init__(
        self,
        name: str,
        guardian: Guardian,
        log: Path,
        command: Sequence[str],
        *,
        env: Mapping[str, str] = {},
        ends_by: signal.Signals = signal.SIGTERM,
        user: str | None = None,
    ) -> None:
        self._name = name
        self._guardian = guardian
        self._log = log
        self._command = command
        self._env = {"PATH": os.environ.get("PATH", os.defpath), **env}
        self._ends_by = ends_by
        self._user = user
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, answers: Answers, *, is_patient: bool = False) -> None:
        """Returns once it answers; with `is_patient` it is tried again when it ends before: what it needs may be away,
        or what was before it not quite gone. Raises Failed."""
        with suppress(TimeoutError):
            async with asyncio.timeout(READY_SECONDS):
                await self._launch()
                while self._is_running or is_patient:
                    if await answers():
                        return
                    await asyncio.sleep(LOOK_SECONDS)
                    if not self._is_running and is_patient:
                        await self._launch()
        raise self._failed()

    async def complete(self) -> None:
        """Start what ends by itself, and wait for that. Raises Failed when it was not successful."""
        process = await self._launch()
        if await process.wait():
            raise self._failed()

    async def kill(self, answers: Answers, away_seconds: tuple[float, float] = (0.0, 0.0)) -> None:
        """SIGKILL, whatever it is doing, and some time between these two later it is started again. Raises Failed."""
        if self._process is not None and self._is_running:
            self._process.kill()
            await self._process.wait()
        await asyncio.sleep(random.uniform(*away_seconds))
        await self.start(answers, is_patient=True)

    @property
    def _is_running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def _launch(self) -> asyncio.subprocess.Process:
        if self._process is not None:
            self._guardian.notice(self._process.pid, 0)
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                cwd=self._log.parent,
                env=self._env,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                user=self._user,
                group=None if self._user is None else pwd.getpwnam(self._user).pw_gid,
                extra_groups=None if self._user is None else (),
            )
        self._guardian.notice(self._process.pid, self._ends_by)
        return self._process

    def _failed(self) -> Failed:
        said = self._log.read_text(errors="replace").strip().rpartition("\n")[2]
        return Failed(f"{self._name} of this run's own does not start: {said}")


def free_ports(count: int) -> list[int]:
    """Of 127.0.0.1; held at the same time, so that they are different."""
    held: list[socket.socket] = []
    try:
        while len(held) < count:
            with suppress(OSError):
                held.append(socket.create_server(("127.0.0.1", random.choice(PORTS))))
        return [listener.getsockname()[1] for listener in held]
    finally:
        for listener in held:
            listener.close()
