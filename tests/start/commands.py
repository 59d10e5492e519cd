"""`tms` as an operator types it, without the options that TmsServer adds."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.support.processes import PATH, bound_to_us
from tests.support.server import TMS


def serve_command(*args: str) -> list[str]:
    return [str(TMS), "serve", *args]


def run_serve(folder: Path, env: dict[str, str], *args: str) -> subprocess.CompletedProcess[str]:
    """A start that is meant to be refused: what it said and its exit code."""
    return subprocess.run(
        serve_command(*args),
        cwd=folder,
        env={"PATH": PATH, **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def start_serve(folder: Path, env: dict[str, str], *args: str) -> subprocess.Popen[str]:
    """A start whose output is read line by line; the caller ends it."""
    return subprocess.Popen(
        bound_to_us(serve_command(*args), signal="KILL"),
        cwd=folder,
        env={"PATH": PATH, **env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
