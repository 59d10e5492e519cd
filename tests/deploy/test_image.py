"""The image, without an engine: the Dockerfile's steps in a clean folder, then its command with compose's settings."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from websockets.sync.client import connect

from tests.deploy.compose import MissingVariable, required, server_settings
from tests.deploy.container import Container
from tests.deploy.dockerfile import Player, Stage, instructions
from tests.deploy.page import CHAT_ORIGIN, CLIENT_ORIGIN, blocks
from tests.support.people import checked, host_token
from tests.support.postgres import Postgres
from tests.support.processes import free_port, wait_until

ROOT = Path(__file__).parents[2]
DOT_ENV = {
    "JWT_SECRET": "e07c9a4b1f25d8360a6b9c4d7e1f2038",
    "NEXTAUTH_SECRET": "5b1d0c8e9f7a36421c0d2e4f6a8b9c7d",
    "POSTGRES_PASSWORD": "9f2c4b7e1d",
    "PUBLIC_URL": CHAT_ORIGIN,
    "ALLOWED_ORIGINS": CLIENT_ORIGIN,
}


@pytest.fixture(scope="module")
def root() -> Iterator[Path]:
    """Not below pytest's folder, which no other user may enter."""
    folder = Path(tempfile.mkdtemp(prefix="tms-image-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def image(root: Path) -> Stage:
    return Player(ROOT, root).play()


@pytest.fixture
def container(image: Stage, root: Path, pg: Postgres) -> Iterator[Container]:
    settings = server_settings(DOT_ENV)
    assert settings["DATABASE_URL"] == "postgresql://tms:9f2c4b7e1d@postgres:5432/tms"
    here = {"DATABASE_URL": pg.fresh_database(), "DATA_DIR": image.env["DATA_DIR"], "PORT": str(free_port())}
    container = Container(image, root, {"ALLOWED_ORIGINS": CLIENT_ORIGIN, **settings, **here})
    yield container
    container.close()


@pytest.mark.timeout(300)
def test_the_image_serves_as_another_user_and_drains_when_it_is_stopped(
    container: Container, image: Stage, root: Path
) -> None:
    assert image.env["DATA_DIR"] == str(root / "data")
    container.start()
    address = f"127.0.0.1:{container.env['PORT']}"
    with httpx.Client(base_url=f"http://{address}") as http:
        assert checked(http.get("/health"), 200)["environment"] == "production"
        ready = checked(http.get("/health/ready"), 200)
        assert ready["checks"]["database"]["detail"] == "postgresql"
        assert ready["checks"]["storage"]["status"] == "ok"
        assert '<div id="root">' in http.get("/").text
        script = http.get("/").text.partition('src="')[2].partition('"')[0]
        assert http.get(script).headers["content-type"].startswith("text/javascript")
    # Not root: a file of the server that could be overwritten is one that a hole in it would overwrite.
    status = Path(f"/proc/{container.pid}/status").read_text().splitlines()
    (uids,) = [line.split()[1:] for line in status if line.startswith("Uid:")]
    assert "0" not in uids
    started = next(line for line in map(json.loads, container.stderr.splitlines()) if line["event"] == "started")
    assert (started["own_origin"], started["allowed_origins"]) == (CHAT_ORIGIN, [CLIENT_ORIGIN])

    token = host_token(DOT_ENV["NEXTAUTH_SECRET"], "host-1", "ana@corp.local", "Ana Reyes")
    with connect(f"ws://{address}/socket.io/?EIO=4&transport=websocket", proxy=None) as open_socket:
        open_socket.send("40" + json.dumps({"token": token}))
        while not str(open_socket.recv()).startswith('42["hello"'):
            pass
        with socket.create_connection(("127.0.0.1", int(container.env["PORT"]))) as half:
            half.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n")  # never finished
            code, seconds = container.stop()
    assert code == 0
    assert seconds < 10, "engines kill after ten seconds"
    assert container.stdout.splitlines()[-1] == "TMS Chat has stopped; nothing was lost."
    wait_until(lambda: not container.is_healthy(), seconds=5, what="the health check notices")
    for secret in ("JWT_SECRET", "NEXTAUTH_SECRET"):
        assert DOT_ENV[secret] not in container.stdout + container.stderr


@pytest.mark.parametrize("missing", ["JWT_SECRET", "NEXTAUTH_SECRET", "POSTGRES_PASSWORD", "PUBLIC_URL"])
def test_compose_starts_nothing_without_a_secret_and_says_which(missing: str) -> None:
    assert missing in required()
    with pytest.raises(MissingVariable, match=rf"^Set {missing} in \.env: \w"):
        server_settings({name: value for name, value in DOT_ENV.items() if name != missing})


def test_the_pages_way_to_a_dot_env_makes_all_that_compose_asks_for(tmp_path: Path) -> None:
    (steps,) = [block for block in blocks("sh") if "> .env" in block]
    subprocess.run(["bash", "-c", steps.partition("docker compose")[0]], cwd=tmp_path, check=True)
    assert (tmp_path / ".env").stat().st_mode & 0o077 == 0
    lines = (line.partition("=") for line in (tmp_path / ".env").read_text().splitlines())
    settings = server_settings({name: value.strip("'") for name, _, value in lines})
    assert len(settings["JWT_SECRET"]) == 64
    assert "$" not in settings["DATABASE_URL"]


def test_the_image_keeps_to_what_platforms_and_engines_expect() -> None:
    found = dict(instructions(ROOT / "Dockerfile"))
    assert "VOLUME" not in found, "Railway refuses it"
    assert found["USER"] not in ("root", "0")
    assert json.loads(found["CMD"]) == ["tms", "serve"]
    railway = json.loads((ROOT / "railway.json").read_text())["deploy"]
    assert railway["healthcheckPath"] == "/health/ready"
    # As numbers: as text they stop the deployment, although the platform's own page shows them so.
    assert (railway["drainingSeconds"], railway["overlapSeconds"]) == (15, 0)
    assert railway["numReplicas"] == 1
