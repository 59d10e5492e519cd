"""A start that cannot work ends at once: exit code 1, one sentence that names the setting and the remedy."""

from __future__ import annotations

import asyncio
import socket
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.rest.in_process import open_app
from tests.start.commands import run_serve
from tests.support.postgres import Postgres
from tests.support.processes import free_port

PASSWORD = "the-password-of-the-database"


@dataclass(frozen=True)
class Refusal:
    """How to start, and what the sentence must say."""

    words: tuple[str, ...]
    env: dict[str, str] = field(default_factory=dict)
    args: tuple[str, ...] = ("--port", "0")
    prepare: Callable[[Path], object] = lambda _: None


def written(name: str, content: bytes) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)

    return write


# That every wrong value of every setting gets a sentence is proven in tests/unit/test_settings.py.
REFUSALS: dict[str, Refusal] = {
    "a setting": Refusal(("ALLOWED_ORIGINS", "name each origin"), {"ALLOWED_ORIGINS": "*"}),
    "production": Refusal(("JWT_SECRET", "openssl rand -hex 32"), {"ENVIRONMENT": "production"}),
    "workers": Refusal(("--workers", "DATABASE_URL", "postgresql://"), args=("--workers", "2")),
    "an env file that is no text": Refusal((".env",), prepare=written(".env", b"\xff\xfe\x00=1\n")),
    "a data folder that is a file": Refusal(("DATA_DIR",), prepare=written("data", b"")),
    "a damaged key": Refusal(("jwt-secret", "JWT_SECRET"), prepare=written("data/jwt-secret", b"short\n")),
    "a key that is a folder": Refusal(("DATA_DIR",), prepare=lambda f: (f / "data/jwt-secret").mkdir(parents=True)),
    "a damaged SQLite file": Refusal(
        ("tms-chat.sqlite3",), prepare=written("data/tms-chat.sqlite3", b"this is not a database " * 100)
    ),
    "a database that nobody serves": Refusal(
        ("DATABASE_URL",), {"DATABASE_URL": f"postgresql://a:{PASSWORD}@127.0.0.1:CLOSED/db"}
    ),
    "a wrong password of the database": Refusal(
        ("DATABASE_URL",), {"DATABASE_URL": f"postgresql://tms:{PASSWORD}@127.0.0.1:OPEN/postgres"}
    ),
    "a database that does not exist": Refusal(("DATABASE_URL",), {"DATABASE_URL": "REAL-no-such-database"}),
    "a host that is not ours": Refusal(("HOST", "192.0.2.1"), {"HOST": "192.0.2.1"}),
    "a port in use": Refusal(("PORT",), args=("--port", "BUSY")),
}  # fmt: skip


@pytest.fixture(scope="module")
def outcomes(
    pg: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, subprocess.CompletedProcess[str]]]:
    """All starts, two at a time: each is a process that imports everything before it refuses."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        places = {
            "BUSY": str(listener.getsockname()[1]), "CLOSED": str(free_port()), "OPEN": str(pg.port),
            "REAL": pg.fresh_database(),
        }  # fmt: skip

        def filled(value: str) -> str:
            for name, place in places.items():
                value = value.replace(name, place)
            return value

        def start(refusal: Refusal) -> subprocess.CompletedProcess[str]:
            folder = tmp_path_factory.mktemp("refused")
            refusal.prepare(folder)
            env = {name: filled(value) for name, value in refusal.env.items()}
            return run_serve(folder, env, *map(filled, refusal.args))

        with ThreadPoolExecutor(2) as pool:
            yield dict(zip(REFUSALS, pool.map(start, REFUSALS.values()), strict=True))


@pytest.mark.parametrize("what", REFUSALS)
def test_a_start_that_cannot_work_says_why_in_one_sentence(
    outcomes: dict[str, subprocess.CompletedProcess[str]], pg: Postgres, what: str
) -> None:
    check_refusal(outcomes[what], *REFUSALS[what].words)
    assert PASSWORD not in outcomes[what].stderr
    assert pg.password not in outcomes[what].stderr


def check_refusal(finished: subprocess.CompletedProcess[str], *words: str) -> None:
    assert finished.returncode == 1, finished.stderr
    assert "Traceback" not in finished.stderr
    lines = finished.stderr.splitlines()
    assert len(lines) == 1, finished.stderr
    assert lines[0].startswith("tms: ")
    assert [word for word in words if word not in lines[0]] == []
    assert finished.stdout == ""


def test_a_schema_newer_than_the_code_is_left_alone(tmp_path: Path, database_url: str | None) -> None:
    async def migrate_and_leap() -> None:
        async with open_app(tmp_path / "data", database_url) as app, app.services.db.unit() as unit:
            await unit.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    asyncio.run(migrate_and_leap())
    env = {"DATABASE_URL": database_url} if database_url else {}
    check_refusal(run_serve(tmp_path, env, "--port", "0"), "9999", "newer", "start the newer version")
