"""What `python -m build` makes is the whole product: server, migrations and the built client."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.support.processes import PATH
from tests.support.server import TmsServer

ROOT = Path(__file__).parents[2]


@pytest.mark.timeout(300)
def test_the_wheel_serves_the_client_by_itself(tmp_path: Path) -> None:
    checkout, installed, dist = (tmp_path / name for name in ("checkout", "installed", "dist"))
    copy_checkout(checkout)
    # The sdist comes first and the wheel is made from it, so this covers both.
    run("build", "--no-isolation", "--outdir", str(dist), str(checkout))
    (wheel,) = dist.glob("*.whl")
    run("pip", "install", "--quiet", "--no-index", "--no-deps", "--target", str(installed), str(wheel))

    # PYTHONPATH comes before the checkout, which the virtual environment knows as well.
    command = (sys.executable, "-m", "tms_chat")
    server = TmsServer(tmp_path / "server", {"PYTHONPATH": str(installed)}, command=command)
    try:
        server.start()
        page = httpx.get(server.base_url)
    finally:
        server.close()
    assert page.status_code == 200
    assert '<div id="root">' in page.text
    assert (installed / "tms_chat" / "py.typed").exists()
    assert not (installed / "tests").exists()


def copy_checkout(to: Path) -> None:
    """The client is built anew: not where the servers of other tests read theirs."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    for name in listed.stdout.decode().split("\0"):
        if (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, to / name)
    for name in ("web/node_modules", ".venv"):  # what `make setup` installed; node.sh looks for it in the checkout
        (to / name).symlink_to(ROOT / name)


def run(module: str, *args: str) -> None:
    command = [sys.executable, "-m", module, *args]
    done = subprocess.run(command, env={"PATH": PATH}, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
