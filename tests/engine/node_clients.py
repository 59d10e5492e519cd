"""The official JavaScript client in the versions that people run; see node/cases.mjs."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.support.processes import PATH, bound_to_us

ROOT = Path(__file__).parents[2]
NODE = str(ROOT / "scripts" / "node.sh")
FOLDER = Path(__file__).with_name("node")
#: As they are called in node/package.json.
VERSIONS = sorted(json.loads((FOLDER / "package.json").read_text())["dependencies"])
CASES = (
    "websocket",
    "polling",
    "upgrade",
    "auth function",
    "wrong token",
    "other namespace",
    "order over an upgrade",
    "a message",
    "volatile",
    "binary",
    "lost connection",
    "put out",
    "come and go",
    "timeouts",
    "no last slash",
    "heartbeat",
)

Seen = dict[str, Any]


def install() -> None:
    """For somebody who runs this folder without `make setup`."""
    if not (FOLDER / "node_modules" / ".package-lock.json").exists():
        subprocess.run([NODE, "npm", "ci", "--loglevel=error"], cwd=FOLDER, check=True)


def run_cases(version: str, prepared: dict[str, Any]) -> dict[str, Seen]:
    """What this version saw in each case."""
    done = subprocess.run(
        bound_to_us([NODE, "node", "cases.mjs", version, json.dumps(prepared)], signal="KILL"),
        cwd=FOLDER,
        env={"PATH": PATH},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.split("\n") if line]
    return {line.pop("case"): line for line in lines}
