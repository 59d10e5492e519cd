"""What `python -m build` makes is the whole product: server, migrations and the built client."""

from __future__ import annotations

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
    installed, dist = tmp_path / "installed", tmp_path / "dist"
    # The sdist comes first and the wheel is made from it, so this covers both.
    run("build", "--no-isolation", "--outdir", str(dist), str(ROOT))
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


def run(module: str, *args: str) -> None:
    command = [sys.executable, "-m", module, *args]
    done = subprocess.run(command, env={"PATH": PATH}, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
