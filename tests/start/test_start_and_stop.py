"""Starting, starting again, stopping."""

from __future__ import annotations

import json
import os
import re
import secrets
import signal
import socket
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import StartServer
from tests.start.commands import start_serve
from tests.support.people import Team, checked, sign_in
from tests.support.postgres import Postgres
from tests.support.processes import wait_until
from tests.support.server import TmsServer


def started(server: TmsServer) -> dict[str, Any]:
    """The line of the log with which the last start announced itself."""
    lines: list[dict[str, Any]] = [json.loads(line) for line in server.stderr.splitlines()]
    return [line for line in lines if line["event"] == "started"][-1]


def test_the_start_says_in_structured_form_what_is_in_use(start_server: StartServer, pg: Postgres) -> None:
    server = start_server(
        DATABASE_URL=pg.fresh_database(),
        ALLOWED_ORIGINS="https://b.example, https://a.example/",
        ENVIRONMENT="staging",
        PUBLIC_URL="https://chat.example",
    )
    line = started(server)
    assert line["allowed_origins"] == ["https://b.example", "https://a.example"]
    assert (line["own_origin"], line["address"]) == ("https://chat.example", "https://chat.example")
    assert (line["socket_path"], line["bus"], line["identity"]) == ("/socket.io", "postgresql", ["local"])
    assert (line["environment"], line["level"]) == ("staging", "info")
    assert line["database"].startswith(f"postgresql 127.0.0.1:{pg.port}/")
    assert pg.password not in server.stderr + server.stdout


def test_a_start_is_one_process_and_prints_the_address_and_the_next_step(start_server: StartServer) -> None:
    server = start_server()
    children = [path.read_text() for path in Path(f"/proc/{server.pid}/task").glob("*/children")]
    assert children
    assert "".join(children).strip() == ""
    assert started(server)["database"].startswith("sqlite ")
    lines = server.stdout.splitlines()
    assert lines[0] == f"TMS Chat answers at {server.base_url}"
    assert re.fullmatch(rf"Make the first account, .*: {server.base_url}/setup#\S{{20,}}", lines[1])
    assert len(lines) == 2


def test_a_short_key_of_the_host_starts_with_a_warning_that_names_the_remedy(start_server: StartServer) -> None:
    host = {"USER_MANAGEMENT_API_URL": "http://127.0.0.1:9", "USER_MANAGEMENT_API_KEY": "short-key"}
    server = start_server(NEXTAUTH_SECRET="the host's secret of the tests 0123", **host)
    weak = [line for line in map(json.loads, server.stderr.splitlines()) if line["event"] == "weak_host_key"]
    assert [line["level"] for line in weak] == ["warning"]
    assert "set HOST_API_KEY" in weak[0]["remedy"]
    assert "short-key" not in server.stderr + server.stdout


def test_with_the_hosts_secret_people_sign_in_there_and_no_link_is_printed(start_server: StartServer) -> None:
    server = start_server(NEXTAUTH_SECRET="the host's secret of the tests 0123")
    assert started(server)["identity"] == ["host"]
    assert "/setup#" not in server.stdout
    assert "host" in server.stdout.splitlines()[1]


def test_a_second_start_keeps_accounts_sessions_and_messages(
    start_server: StartServer, database_url: str | None
) -> None:
    server = start_server(DATABASE_URL=database_url)
    team = Team(server)
    bob = team.add("Bob")
    chat = team.admin.direct(bob)
    sent = team.admin.send(chat, "still here?")
    epoch = httpx.get(f"{server.base_url}/api/v1/config").json()["epoch"]
    server.restart()
    assert checked(bob.http.get("/users/me"), 200)["id"] == bob.id  # the same token: the key was kept
    assert checked(bob.http.get(f"/messages/conversations/{chat}/messages"), 200)["data"][0]["id"] == sent["id"]
    assert httpx.get(f"{server.base_url}/api/v1/config").json()["epoch"] == epoch
    sign_in(server, bob.email).close()
    assert server.stdout.count("/setup#") == 1
    team.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_asked_to_stop_it_drains_and_exits_0(start_server: StartServer, number: signal.Signals) -> None:
    server = start_server()
    place = ("127.0.0.1", server.port)
    with socket.create_connection(place) as half, httpx.Client(base_url=server.base_url) as idle:
        idle.get("/health")  # a connection that is kept open must not hold the stop
        half.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n")  # nor one that never finishes its request
        httpx.get(f"{server.base_url}/socket.io/?EIO=4&transport=polling")  # nor a socket that nobody polls
        os.kill(server.pid, number)
        assert server.wait(seconds=20) == 0
    assert server.stdout.splitlines()[-1] == "TMS Chat has stopped; nothing was lost."
    assert "Traceback" not in server.stderr


def test_an_env_file_holds_settings_and_port_0_takes_a_free_port_and_prints_it(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        'ALLOWED_ORIGINS="https://env.example"\nENVIRONMENT=staging\nDATA_DIR=elsewhere\nPORT=0\n'
    )
    process = start_serve(tmp_path, {"ENVIRONMENT": "development"})
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip().removeprefix("TMS Chat answers at ")
        assert re.fullmatch(r"http://127\.0\.0\.1:[1-9]\d+", address)
        assert httpx.get(f"{address}/health").json()["environment"] == "development"  # the environment wins
        origins = httpx.get(f"{address}/health/websocket").json()["config"]["cors_origins"]
        assert origins == ["https://env.example"]
        assert (tmp_path / "elsewhere" / "tms-chat.sqlite3").exists()
        assert not (tmp_path / "data").exists()
    finally:
        process.terminate()
        process.communicate(timeout=20)
    assert process.returncode == 0


def is_ready(base_url: str) -> bool:
    try:
        return httpx.get(f"{base_url}/health/ready", timeout=2).status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Callable[[str], list[TmsServer]]]:
    """Two servers that are started at the same moment on one database."""
    servers: list[TmsServer] = []

    def launch(url: str) -> list[TmsServer]:
        settings = {"DATABASE_URL": url, "JWT_SECRET": secrets.token_hex(32)}
        servers.extend(TmsServer(tmp_path / name, settings) for name in ("one", "two"))
        for server in servers:
            server.launch()
        return servers

    yield launch
    for server in servers:
        server.close()


def test_two_that_start_at_once_on_a_new_postgresql_migrate_it_once(
    two: Callable[[str], list[TmsServer]], pg: Postgres
) -> None:
    servers = two(pg.fresh_database())
    for server in servers:
        wait_until(partial(is_ready, server.base_url), seconds=60, what="both are ready")
    assert len({httpx.get(f"{server.base_url}/api/v1/config").json()["epoch"] for server in servers}) == 1
    assert all("Traceback" not in server.stderr for server in servers)


def test_of_two_that_start_at_once_on_one_sqlite_file_one_serves_and_one_says_why_not(
    two: Callable[[str], list[TmsServer]], tmp_path: Path
) -> None:
    servers = two(f"sqlite:///{tmp_path}/shared.sqlite3")
    wait_until(lambda: any(is_ready(server.base_url) for server in servers), seconds=60, what="one is ready")
    (loser,) = [server for server in servers if not is_ready(server.base_url)]
    assert loser.wait() == 1
    (sentence,) = loser.stderr.splitlines()
    assert "shared.sqlite3" in sentence
    assert "DATA_DIR" in sentence


def test_a_killed_server_leaves_no_lock_behind(start_server: StartServer) -> None:
    server = start_server()
    server.kill()
    server.start()
    assert is_ready(server.base_url)
