"""A disk that can be filled: a small one in memory where mounting is allowed, else a bound on the size of files."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

MIB: Final = 1024 * 1024
#: The files of an empty PostgreSQL take most of it.
SIZE: Final = 160 * MIB
#: Its number in the kernel's list (capabilities(7)).
CAP_SYS_ADMIN: Final = 21


def _may_mount() -> bool:
    status = Path("/proc/self/status").read_text()
    return bool(int(status.partition("CapEff:")[2].split()[0], 16) >> CAP_SYS_ADMIN & 1)


#: Whether we may; to be asked where a test is named, hence without trying.
MAY_MOUNT: Final = _may_mount()


class TmpfsDisk:
    """Full as long as the ballast is there."""

    name = f"a tmpfs of {SIZE // MIB} MiB"
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
    """No file of the process may grow, nor be written to at all: RLIMIT_FSIZE, an error of the disk to SQLite."""

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
def small_disk(*, mounts: bool = MAY_MOUNT) -> Iterator[TmpfsDisk | BoundedFiles]:
    """Where PostgreSQL's user gets too, which a test's own folder is not."""
    with TemporaryDirectory(prefix="tms-disk-", dir="/tmp") as name:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", name]
        if not mounts or subprocess.run(mount, capture_output=True, check=False).returncode:
            yield BoundedFiles(Path(name))
            return
        try:
            yield TmpfsDisk(Path(name))
        finally:
            subprocess.run(["umount", "--lazy", name], check=True)


def _limit(pid: int, bytes_: str) -> None:
    subprocess.run(["prlimit", "--pid", str(pid), f"--fsize={bytes_}:unlimited"], check=True)
