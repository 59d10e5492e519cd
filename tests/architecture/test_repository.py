"""What may be in the repository: nothing built, nothing that only one machine or one registry knows."""

from __future__ import annotations

import json
import re

import pytest

from tests.architecture.source import ROOT, project_files

PYTHON_LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-node.lock")
BUILT = re.compile(r"(^|/)(node_modules|dist|__pycache__|\.venv)/|^src/tms_chat/client/|\.min\.(js|css)$")
HOME = re.compile(r"(?<![\w.])/(?:root|home|Users)/\w")


def test_python_locks_have_hashes_and_no_addresses() -> None:
    for name in PYTHON_LOCKS:
        text = (ROOT / name).read_text()
        packages = re.split(r"\n(?=\S)", text.strip())
        assert all("--hash=sha256:" in package for package in packages), name
        assert "://" not in text, name


@pytest.mark.parametrize("folder", ["web", "tests/host/nextauth", "tests/engine/node", "bench/servers/node"])
def test_the_npm_locks_have_hashes_and_no_addresses(folder: str) -> None:
    packages = json.loads((ROOT / folder / "package-lock.json").read_text())["packages"]
    assert not [path for path, entry in packages.items() if "resolved" in entry]
    assert not [path for path, entry in packages.items() if path and "integrity" not in entry]


def test_nothing_built_is_in_git() -> None:
    names = [str(path) for path in project_files()]
    assert not [name for name in names if BUILT.search(name)]
    assert "uv.lock" not in names  # it records download addresses


def test_nothing_at_the_root_is_executable() -> None:
    root_files = [path for path in project_files() if len(path.parts) == 1]
    assert not [path for path in root_files if (ROOT / path).stat().st_mode & 0o111]


def test_no_paths_of_one_machine() -> None:
    texts = {path: (ROOT / path).read_bytes() for path in project_files()}
    found = {str(path): hit.group() for path, text in texts.items() if (hit := HOME.search(text.decode("latin-1")))}
    assert not found


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 120
