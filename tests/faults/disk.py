"""A disk that can be filled: a small one in memory where mounting is allowed, else a bound on the size of files."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MIB = 1024 * 1024
SIZE = 64 * MIB


class TmpfsDisk:
    """Full as long as the ballast is there."""

    name = "a tmpfs of 64 MiB"
    command: tuple[str, ...] = ()

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self, _pid: int) -> None:
        """To the last byte."""
        with self._ballast.open("wb", buffering=0) as ballast:
            for size in (MIB, 4096, 1):
                try:
                    while ballast.write(b"\0" * size):
                        pass
                except OSError:
                    continue

    def clear(self, _pid: int) -> None:
        """Somebody made room."""
        self._ballast.unlink()


class BoundedFiles:
    """No file of the process may grow: RLIMIT_FSIZE, whose error SQLite takes as a full disk too."""

    name = "RLIMIT_FSIZE"
    # The hard limit stays open, so that the soft one may be raised again.
    command = ("prlimit", "--fsize=unlimited:unlimited")

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self, pid: int) -> None:
        """What is written now is behind the end of every file."""
        _limit(pid, "1")

    def clear(self, pid: int) -> None:
        """No bound."""
        _limit(pid, "unlimited")


@contextmanager
def small_disk(folder: Path) -> Iterator[TmpfsDisk | BoundedFiles]:
    """At this folder, which is made."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        yield BoundedFiles(folder)
        return
    try:
        yield TmpfsDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _limit(pid: int, bytes_: str) -> None:
    subprocess.run(["prlimit", "--pid", str(pid), f"--fsize={bytes_}:unlimited"], check=True)
