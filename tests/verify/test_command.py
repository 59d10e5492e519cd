"""`tms verify` as an operator runs it: exit codes, the report, JSON, and that nothing stays behind."""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from tests.faults.waiting import until
from tests.support.postgres import Postgres
from tests.support.processes import PATH, free_port, kin
from tests.support.server import TMS, TmsServer
from tests.verify.proxy import proxy
from tms_chat.cli.verify import verify
from tms_chat.conversations.model import conversations
from tms_chat.db.journal import journal
from tms_chat.http.deps import Services
from tms_chat.people.model import users
from tms_chat.verify.api import Failed
from tms_chat.verify.stores import find

SHORT = ("--seconds", "2", "--clients", "5", "--senders", "2", "--rate", "40")
KILLED = re.compile(r"^killed +node [1-9]\d*$", re.MULTILINE)


@pytest.fixture(scope="module")
def database() -> Callable[[], str | None]:
    """Both databases have their turn in test_good_server.py."""
    return lambda: None


async def tms(folder: Path, env: dict[str, str], *words: str) -> tuple[int | None, str, str]:
    """Exit code, output, and what went to stderr."""
    process = await asyncio.create_subprocess_exec(
        str(TMS), "verify", *words, cwd=folder, env={"PATH": PATH, **env},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, complained = await process.communicate()
    return process.returncode, said.decode(), complained.decode()


def verdict_in(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text())
    return found


async def counts(services: Services) -> dict[str, int]:
    """How much of everything there is."""
    async with services.db.read() as connection:
        return {
            table.name: await connection.scalar(select(func.count()).select_from(table)) or 0
            for table in (users, conversations, journal)
        }


async def test_the_command_finds_a_good_server_good_and_leaves_nothing_behind(
    server: TmsServer, services: Services, tmp_path: Path
) -> None:
    before = await counts(services)
    code, said, complained = await tms(
        server.folder, server.env, "--url", server.base_url, "--json", str(tmp_path / "found.json"), *SHORT
    )
    assert code == 0, said + complained
    assert said.endswith("Every promise was kept.\n")
    found = verdict_in(tmp_path / "found.json")
    assert found["ok"] is True
    assert found["findings"] == []
    assert (found["lost"], found["duplicated"], found["gaps"], found["leaked"]) == (0, 0, 0, 0)
    assert found["acknowledged"] > 3
    assert await counts(services) == before


async def test_the_command_names_what_a_broken_proxy_does_and_keeps_it_to_be_looked_into(
    server: TmsServer, services: Services, tmp_path: Path
) -> None:
    before = await counts(services)
    async with proxy(server, b'42["new_message"') as broken:
        code, said, complained = await tms(
            server.folder, server.env, "--url", broken.address, "--faults", "0", "--json", str(tmp_path / "found.json"),
            *SHORT,
        )  # fmt: skip
    assert code == 1, said + complained
    seq = json.loads(broken.dropped[2:])[1]["seq"]
    assert "GAPS: Events are left out: 1 of " in said
    assert f"number {seq:,} (new_message) to client" in said
    assert said.endswith("Promises were broken.\n")
    found = verdict_in(tmp_path / "found.json")
    assert (found["ok"], found["gaps"], found["lost"]) == (False, 1, 0)
    assert (await counts(services))["conversations"] == before["conversations"] + 1
    async with services.db.read() as connection:
        test_people = users.c.email.endswith("@verify.invalid")
        left = await connection.scalar(select(func.count()).where(test_people, users.c.is_active))
    assert left == 0  # nobody can be them any more


async def test_what_cannot_be_found_out_is_said_in_one_sentence(server: TmsServer, tmp_path: Path) -> None:
    for address, env, sentence in (
        (f"http://127.0.0.1:{free_port()}", server.env, "is the server running?"),
        (server.base_url, {}, "run with the settings of the server"),
    ):
        code, said, complained = await tms(tmp_path, env, "--url", address)
        assert (code, said) == (2, ""), complained
        assert sentence in complained.splitlines()[-1]


def test_what_does_not_fit_together_is_said_in_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    for given, sentence in (
        ({"start": True, "url": ("http://127.0.0.1:1",)}, "leave out --url"),
        ({"kill": True}, "add --start"),
        ({"nodes": 2}, "add --start"),
        ({"parts": "postgresql"}, "add --start"),
        ({"parts": "mysql", "start": True}, "--with takes postgresql and redis"),
        ({"clients": 5, "senders": 5}, "fewer senders than clients"),
    ):
        assert verify(**given) == 2
        assert sentence in capsys.readouterr().err


async def test_it_starts_kills_and_removes_an_installation_of_its_own(tmp_path: Path) -> None:
    code, said, complained = await tms(tmp_path, {"TMPDIR": str(tmp_path)}, "--start", "--kill", *SHORT)
    assert code == 0, said + complained
    assert KILLED.search(said), said
    assert not names_in(tmp_path)


async def test_nodes_of_one_database_that_are_killed_lose_nothing(pg: Postgres, tmp_path: Path) -> None:
    env = {"TMPDIR": str(tmp_path), "DATABASE_URL": pg.fresh_database()}
    code, said, complained = await tms(tmp_path, env, "--start", "--nodes", "2", "--kill", *SHORT)
    assert code == 0, said + complained
    assert KILLED.search(said), said


@pytest.mark.timeout(300)
async def test_nodes_bus_and_database_are_killed_and_nothing_is_lost(tmp_path: Path) -> None:
    code, said, complained = await tms(
        tmp_path, {"TMPDIR": str(tmp_path)}, "--start", "--with", "postgresql,redis", "--nodes", "2", "--kill",
        "--seconds", "12", "--clients", "6", "--senders", "2", "--json", "found.json",
    )  # fmt: skip
    assert code == 0, said + complained
    found = verdict_in(tmp_path / "found.json")
    assert sorted(found["killed"]) == ["bus", "database", "node"], said
    assert found["acknowledged"] > 0
    assert names_in(tmp_path) == ["found.json"]


async def test_a_run_that_is_killed_itself_leaves_nothing_behind(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        str(TMS), "verify", "--start", "--with", "postgresql", cwd=tmp_path, env={"PATH": PATH, "TMPDIR": str(tmp_path)}
    )
    async with asyncio.timeout(60):
        started: list[int] = []
        folders: set[Path] = set()
        while len(started) != 3 or not any(has_begun(folder) for folder in folders):
            await asyncio.sleep(0.1)
            started = kin(process.pid)[1:]  # its guardian, PostgreSQL, a node
            folders = {folder for pid in started if (folder := works_in(pid)) is not None} - {tmp_path}
        assert len(folders) == 2, folders
        process.kill()
        await process.wait()
    await until(
        lambda: not any(map(is_there, started)) and not any(folder.exists() for folder in folders), seconds=30,
        what="processes and folders are gone",
    )  # fmt: skip
    assert not names_in(tmp_path)


def test_a_program_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Failed, match=r"^nothing-here was not found: install some-package"):
        find("nothing-here", "some-package")


def has_begun(folder: Path) -> bool:
    """A node of this folder has said something."""
    return any(log.stat().st_size for log in folder.glob("node-*.log"))


def works_in(pid: int) -> Path | None:
    """Its folder; None when it is gone."""
    try:
        return Path(os.readlink(f"/proc/{pid}/cwd"))
    except FileNotFoundError:
        return None


def is_there(pid: int) -> bool:
    """It runs; whoever has only not been buried yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]
