"""Plays a Dockerfile where no engine runs: each stage's working folder is a folder, and its steps are really run.

What is proved: the steps need nothing but what is copied, and .dockerignore lets through what they need. What is not:
the base images; the interpreter and Node.js are this machine's.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath


@dataclass
class Stage:
    """`folder` is its working folder; `meta` holds the last USER, CMD, HEALTHCHECK and EXPOSE as they are written."""

    folder: Path
    env: dict[str, str] = field(default_factory=dict)
    meta: dict[str, str] = field(default_factory=dict)

    def command(self, name: str) -> list[str]:
        """The words of CMD or HEALTHCHECK, which must be a list: a shell in between would keep signals to itself."""
        words: list[str] = json.loads(self.meta[name][self.meta[name].index("[") :])
        return words


class Player:
    """`root` becomes what is `/` in the image for everything outside a working folder of a build."""

    def __init__(self, context: Path, root: Path) -> None:
        self._context = context
        self._root = root
        self._stages: dict[str, Future[Stage]] = {}
        self._files = sorted(copied_to_engine(context))

    def play(self) -> Stage:
        """Run every step; returns the last stage, the image. Stages wait for each other only where they copy."""
        stages: list[list[tuple[str, str]]] = []
        for name, rest in instructions(self._context / "Dockerfile"):
            if name == "FROM":
                stages.append([])
            stages[-1].append((name, rest))
        with ThreadPoolExecutor(len(stages)) as pool:
            for (_, base), *steps in stages:
                name = base.partition(" AS ")[2]
                self._stages[name] = pool.submit(self._stage, Stage(self._root / f"build-{name}"), steps)
        return self._stages[""].result()

    def _stage(self, stage: Stage, steps: list[tuple[str, str]]) -> Stage:
        for name, rest in steps:
            if name == "WORKDIR":
                stage.folder = stage.folder if rest == "/build" else self._place(rest)
                stage.folder.mkdir(parents=True, exist_ok=True)
            elif name == "COPY":
                self._copy(stage, shlex.split(rest))
            elif name == "ENV":
                pairs = (pair.split("=", 1) for pair in shlex.split(rest))
                stage.env |= {key: self._words(value) for key, value in pairs}
            elif name == "RUN":
                self._run(stage, rest)
            else:
                stage.meta[name] = rest
        return stage

    def _copy(self, stage: Stage, words: list[str]) -> None:
        *sources, target = words
        if sources[0].startswith("--from="):
            other, source = self._stages[sources[0].partition("=")[2]].result(), sources[1]
            # A virtual environment knows its own path, so all stages share what is outside /build.
            if source != target or source.startswith("/build"):
                shutil.copytree(other.folder / source.removeprefix("/build/"), stage.folder / target)
            return
        for source in sources:
            # The content of a folder is copied, and a file under its own name when the target is a folder.
            inside = [path for path in self._files if path == source or path.startswith(f"{source}/")]
            assert inside, f"COPY {source}: .dockerignore keeps it from the engine, or it is not there"
            for path in inside:
                below = PurePosixPath(path).name if path == source and target.endswith("/") else path[len(source) + 1 :]
                place = stage.folder / target / below
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(self._context / path, place)

    def _run(self, stage: Stage, line: str) -> None:
        if line.startswith("useradd"):
            # Accounts of this machine stay as they are; whoever runs the image here brings a user of his own.
            self._place("/data").mkdir()
            return
        environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
        command = ["sh", "-c", self._words(line)]
        done = subprocess.run(command, cwd=stage.folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"RUN {line}\n{done.stdout}{done.stderr}"

    def _place(self, path: str) -> Path:
        return self._root / path.lstrip("/")

    def _words(self, text: str) -> str:
        """Absolute paths of the image as they are here."""
        return re.sub(r"(?<![\w.])/(opt|data)\b", rf"{self._root}/\1", text)


def instructions(path: Path) -> list[tuple[str, str]]:
    """Name and rest of each, with continued lines joined and comments left out."""
    lines = [line for line in path.read_text().splitlines() if not line.lstrip().startswith("#")]
    text = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [(name, rest.strip()) for name, _, rest in (line.partition(" ") for line in text.splitlines() if line)]


def copied_to_engine(context: Path) -> set[str]:
    """The files that .dockerignore lets through: of the patterns that match a file or a folder above it, the last."""
    patterns = [line for line in (context / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    names = (str(path.relative_to(context)) for path in walk(context))
    return {name for name in names if not ignored(name, patterns)}


def ignored(name: str, patterns: list[str]) -> bool:
    parts = name.split("/")
    above = ["/".join(parts[: end + 1]) for end in range(len(parts))]
    verdict = False
    for pattern in patterns:
        wanted = pattern.removeprefix("!").split("/")
        if any(matches(path.split("/"), wanted) for path in above):
            verdict = not pattern.startswith("!")
    return verdict


def matches(path: list[str], pattern: list[str]) -> bool:
    """Segment by segment: `*` stays within one, `**` is any number of them."""
    if not pattern:
        return not path
    if pattern[0] == "**":
        return any(matches(path[skip:], pattern[1:]) for skip in range(len(path) + 1))
    return bool(path) and fnmatchcase(path[0], pattern[0]) and matches(path[1:], pattern[1:])


def walk(context: Path) -> list[Path]:
    """Every file, without looking into folders that are large and certainly left out."""
    found: list[Path] = []
    for folder, folders, files in os.walk(context):
        folders[:] = [name for name in folders if name not in {".git", ".venv", "node_modules", "__pycache__"}]
        found += [Path(folder, name) for name in files]
    return found
