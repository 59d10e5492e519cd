"""What is installed is not older than the releases that closed a hole."""

from __future__ import annotations

import json
from importlib.metadata import distributions

from packaging.version import Version

from tests.architecture.source import ROOT

PYTHON_FLOORS = {
    "starlette": "1.3.1",
    "python-socketio": "5.16.3",
    "python-engineio": "4.13.2",
    "python-multipart": "0.0.27",
    "uvicorn": "0.52.1",
    "joserfc": "1.6.3",
}
CLIENT_FLOORS = {"socket.io-parser": "4.2.7"}


def test_python_packages() -> None:
    installed = {found.name.lower(): found.version for found in distributions()}
    assert_not_below(PYTHON_FLOORS, installed)


def test_client_packages() -> None:
    lock = json.loads((ROOT / "web" / "package-lock.json").read_text())
    installed = {path.rpartition("node_modules/")[2]: entry.get("version") for path, entry in lock["packages"].items()}
    assert_not_below(CLIENT_FLOORS, installed)


def assert_not_below(floors: dict[str, str], installed: dict[str, str]) -> None:
    found = {name: installed[name] for name in floors if name in installed}
    assert found, "none of these is installed, so the names are wrong"
    old = {name: version for name, version in found.items() if Version(version) < Version(floors[name])}
    assert not old, f"below the security floor: {old}"
