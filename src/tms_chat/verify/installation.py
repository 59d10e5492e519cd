"""An installation of this run's own: nodes on loopback with their data in a folder that goes with it. These may be
killed."""

import asyncio
import os
import random
import secrets
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import httpx

from tms_chat.settings import Settings, load_settings
from tms_chat.verify.api import Failed

READY_SECONDS: Final = 60.0
STOP_SECONDS: Final = 15.0
LOOK_SECONDS: Final = 0.1


class Installation:
    """`nodes` processes of `tms serve` on one database: SQLite in the folder, or, for any number, the given PostgreSQL,
    with the given bus."""

    def __init__(self, folder: Path, given: Settings, nodes: int) -> None:
        self._folder = folder
        self._secret = secrets.token_hex(32)
        self._database_url = given.database_url or given.database_url_sync
        self._redis_url = given.redis_url
        self._ports = _free_ports(nodes)
        self._processes: dict[int, asyncio.subprocess.Process] = {}
        self.kills = 0

    @property
    def nodes(self) -> Sequence[str]:
        """Their addresses."""
        return [f"http://127.0.0.1:{port}" for port in self._ports]

    @property
    def settings(self) -> Settings:
        """What they run with."""
        return load_settings(
            data_dir=self._folder / "data", jwt_secret=self._secret, database_url=self._database_url, _env_file=None
        )

    async def start(self) -> None:
        """Returns once all are ready. Raises Failed."""
        for port in self._ports:  # one after the other: the first one migrates
            await self._start(port)

    async def kill(self) -> None:
        """SIGKILL to one of them at random, which then comes back."""
        port = random.choice(self._ports)
        process = self._processes[port]
        process.kill()
        await process.wait()
        self.kills += 1
        await self._start(port)

    async def stop(self) -> None:
        """All of them, however long they take."""
        for process in self._processes.values():
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
        for process in self._processes.values():
            try:
                await asyncio.wait_for(process.wait(), STOP_SECONDS)
            except TimeoutError:
                process.kill()
                await process.wait()

    async def _start(self, port: int) -> None:
        given = {
            "PATH": os.environ.get("PATH", ""),
            "DATA_DIR": str(self._folder / "data"),
            "JWT_SECRET": self._secret,
            "RATE_LIMITS": "off",
            "LINK_PREVIEWS": "off",
        }
        if self._database_url is not None:
            given["DATABASE_URL"] = self._database_url
        if self._redis_url is not None:
            given["REDIS_URL"] = self._redis_url
        arguments = ("-m", "tms_chat", "serve", "--host", "127.0.0.1", "--port", str(port))
        with (self._folder / f"node-{port}.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *arguments,
                cwd=self._folder,
                env=given,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._processes[port] = process
        await self._ready(port, process)

    async def _ready(self, port: int, process: asyncio.subprocess.Process) -> None:
        try:
            async with asyncio.timeout(READY_SECONDS), httpx.AsyncClient(trust_env=False) as http:
                while process.returncode is None:
                    try:
                        if (await http.get(f"http://127.0.0.1:{port}/health/ready")).is_success:
                            return
                    except httpx.TransportError:
                        pass
                    await asyncio.sleep(LOOK_SECONDS)
        except TimeoutError:
            pass
        said = (self._folder / f"node-{port}.log").read_text(errors="replace").strip().rpartition("\n")[2]
        raise Failed(f"A server of this run's own does not start: {said}")


def _free_ports(count: int) -> list[int]:
    """Held at the same time, so that they are different."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    try:
        return [listener.getsockname()[1] for listener in held]
    finally:
        for listener in held:
            listener.close()
