"""The build hook of hatchling: no wheel leaves without the web client in it.

From the checkout the client is built first. From an sdist there is nothing to build: the sdist carries the
client, so installing it needs no Node.js.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ClientBuildHook(BuildHookInterface[BuilderConfig]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return  # a development install: make builds the client when it is needed
        root = Path(self.root)
        if (root / "web" / "package.json").exists():
            build_client(root)
        if not (root / "src" / "tms_chat" / "client" / "index.html").exists():
            raise SystemExit("The web client is not built, and there is no web/ folder to build it from.")


def build_client(root: Path) -> None:
    node = str(root / "scripts" / "node.sh")
    web = root / "web"
    steps = [["npm", "run", "--silent", "build"]]
    if not (web / "node_modules").is_dir():
        steps.insert(0, ["npm", "ci", "--loglevel=error"])
    for step in steps:
        if subprocess.run([node, *step], cwd=web).returncode:
            raise SystemExit(f"The web client could not be built: {' '.join(step)} failed in web/.")
