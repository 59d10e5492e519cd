"""A PostgreSQL server of our own: a temporary cluster on a free port, with the default durability.

fsync and synchronous_commit stay on, because tests kill things and then ask what was really stored.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import SIGINT, SIGKILL
from typing import Self
from urllib.parse import quote

from tests.support.processes import PATH, bound_to_us, free_port, frozen, kin, wait_until

ROLE = "tms"


class Postgres:
    """One running server with these settings. `fresh_database()` is what tests want; `stop()` also removes the files.

    Tests of outages have one of their own: `go_away()` or `kill()` it and let it `come_back()`, or keep it `frozen()`.
    """

    def __init__(self, home: Path | None = None, **settings: str) -> None:
        self.port = free_port()
        self.password = secrets.token_urlsafe(16)
        self._bin = find_binaries()
        self._user = server_user()
        # Not under TMPDIR: a unix socket's path has at most 107 bytes, and another user must get there.
        self._home = home or Path(tempfile.mkdtemp(prefix="tms-pg-", dir="/tmp"))
        self._home.mkdir(exist_ok=True)
        self._process: subprocess.Popen[bytes] | None = None
        self._databases = 0
        self._settings = settings

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """Of its first process, the parent of all others."""
        assert self._process is not None, "PostgreSQL was not started"
        return self._process.pid

    def start(self) -> None:
        password_file = self._home / "password"
        password_file.write_text(self.password)
        if self._user is not None:
            entry = pwd.getpwnam(self._user)
            for path in (self._home, password_file):
                os.chown(path, entry.pw_uid, entry.pw_gid)
        self._run(
            "initdb", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8", f"--username={ROLE}",
            "--auth-local=trust", "--auth-host=scram-sha-256", f"--pwfile={password_file}",
            f"--pgdata={self._home / 'data'}", user=self._user,
        )  # fmt: skip
        self.come_back()

    def come_back(self, *, wait: bool = True) -> None:
        """Start on the files that are there, on the same port."""
        with (self._home / "log").open("ab") as log:
            self._process = subprocess.Popen(
                bound_to_us(
                    [str(self._bin / "postgres"), "-D", str(self._home / "data"), "-p", str(self.port),
                     "-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={self._home}",
                     *(f"--{name}={value}" for name, value in self._settings.items())],
                    signal="INT",
                    user=self._user,
                ),
                cwd=self._home, env={"PATH": PATH}, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        if wait:
            wait_until(self.answers, seconds=30, what=f"PostgreSQL answers; its log: {self._home / 'log'}")

    @property
    def has_ended(self) -> bool:
        """By itself, as when there is no room for its log of changes."""
        return self._process is not None and self._process.poll() is not None

    def go_away(self) -> None:
        """As an administrator stops it, "fast": open connections are cut, nothing is lost."""
        assert self._process is not None
        self._process.send_signal(SIGINT)
        self._process.wait(20)

    def kill(self) -> None:
        """Every process of it at once, as when the machine dies."""
        for pid in kin(self.pid):
            os.kill(pid, SIGKILL)
        assert self._process is not None
        self._process.wait(20)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """All of its processes stand still, as on a disk that hangs: it does not answer, and does not go away."""
        with frozen(kin(self.pid)):
            yield

    def fresh_database(self) -> str:
        """The URL of a new, empty database."""
        self._databases += 1
        name = f"test_{self._databases}"
        self._run("createdb", "-h", str(self._home), "-p", str(self.port), "-U", ROLE, name)
        return f"postgresql://{ROLE}:{quote(self.password)}@127.0.0.1:{self.port}/{name}"

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            try:
                self.go_away()
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        shutil.rmtree(self._home)

    def answers(self) -> bool:
        """Whether it takes connections. Raises RuntimeError when it has ended."""
        assert self._process is not None
        if self._process.poll() is not None:
            raise RuntimeError(f"PostgreSQL did not start:\n{(self._home / 'log').read_text()}")
        ready = [str(self._bin / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(ready, check=False).returncode == 0

    def _run(self, program: str, *args: str, user: str | None = None) -> None:
        command = bound_to_us([str(self._bin / program), *args], signal="KILL", user=user)
        done = subprocess.run(
            command,
            cwd=self._home,
            env={"PATH": PATH},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr.strip()}")


def find_binaries() -> Path:
    """The folder with initdb and postgres: Debian keeps it off PATH, one for each major version."""
    versions = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if versions:
        return max(versions, key=lambda folder: int(folder.parent.name))
    on_path = shutil.which("initdb")
    if on_path is None:
        raise RuntimeError("PostgreSQL's server programs are missing: run scripts/system-packages.sh")
    return Path(on_path).resolve().parent


def server_user() -> str | None:
    """PostgreSQL refuses to run as root, so root lends it a user; anybody else runs it as himself."""
    if os.geteuid() != 0:
        return None
    return "postgres" if any(entry.pw_name == "postgres" for entry in pwd.getpwall()) else "nobody"
