"""What an engine does with an image: start its command as its user, ask its health check, stop it."""

from __future__ import annotations

import os
import pwd
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from signal import SIGTERM

from tests.deploy.dockerfile import Stage
from tests.support.processes import PATH, wait_until


class Container:
    """A started image. Its environment is the image's and what is given here; its user owns the data folder only."""

    def __init__(self, image: Stage, root: Path, env: Mapping[str, str]) -> None:
        self.image = image
        self.env = {"PATH": PATH, **image.env, **env}
        self.env["PATH"] = self.env["PATH"].replace("$PATH", PATH)
        self._root = root
        os.chmod(root / "data", 0o750)
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(root / "data", nobody.pw_uid, nobody.pw_gid)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def stdout(self) -> str:
        return (self._root / "stdout").read_text()

    @property
    def stderr(self) -> str:
        return (self._root / "stderr").read_text()

    def start(self) -> None:
        """Returns once the health check of the image says that it is healthy."""
        with (self._root / "stdout").open("wb") as out, (self._root / "stderr").open("wb") as err:
            self._process = subprocess.Popen(
                self._as_user(self.image.command("CMD")),
                cwd=self.image.folder,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
            )
        wait_until(self.is_healthy, seconds=60, what="the image's health check succeeds")

    def is_healthy(self) -> bool:
        """What the HEALTHCHECK instruction finds."""
        command = self._as_user(self.image.command("HEALTHCHECK"))
        if self._process is not None and self._process.poll() not in (None, 0):
            raise RuntimeError(f"it ended:\n{self.stdout}{self.stderr}")
        return subprocess.run(command, env=self.env, capture_output=True, check=False, timeout=10).returncode == 0

    def stop(self) -> tuple[int, float]:
        """SIGTERM, as engines do it; the exit code and the seconds until then."""
        assert self._process is not None
        began = time.monotonic()
        self._process.send_signal(SIGTERM)
        code = self._process.wait(30)
        return code, time.monotonic() - began

    def close(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def _as_user(self, words: list[str]) -> list[str]:
        """The command as another user than root, who may read what root may: Python itself can be in a home of his."""
        program = next(
            (path for folder in self.env["PATH"].split(":") if os.access(path := f"{folder}/{words[0]}", os.X_OK)),
            words[0],
        )
        command = ["setpriv", "--pdeathsig", "KILL"]
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            command += ["--reuid", str(nobody.pw_uid), "--regid", str(nobody.pw_gid), "--clear-groups"]
            command += ["--inh-caps", "+dac_read_search", "--ambient-caps", "+dac_read_search"]
        return [*command, program, *words[1:]]
