"""Health and discovery: exact shapes, and what they say when something is gone."""

from __future__ import annotations

import shutil
from typing import Any

import httpx
import socketio

from tests.conftest import StartServer
from tests.rest.shapes import Maybe, check
from tests.support.people import Team
from tests.support.postgres import Postgres
from tests.support.server import TmsServer
from tms_chat import __version__

CHECK = {
    "status": lambda value: value in ("ok", "failed"),
    "detail": str,
    "ms": lambda value: isinstance(value, int | float),
}
READY = {"status": lambda value: value in ("ready", "unavailable", "draining"),
         "checks": {"database": CHECK, "bus": CHECK, "storage": CHECK}}  # fmt: skip
CONFIG = {
    "socketPath": str, "apiBase": str, "epoch": str, "version": str,
    "identity": {"kinds": [str], "setupRequired": bool, "host": Maybe(dict)},
    "limits": {
        "messageLength": int, "messageBytes": int, "nameLength": int, "groupMembers": int, "fileBytes": int,
        "avatarBytes": int, "avatarTypes": [str], "refusedEndings": [str], "passwordMinLength": int,
        "passwordMaxLength": int,
    },
}  # fmt: skip


def get(server: TmsServer, path: str, status: int = 200) -> Any:
    answer = httpx.get(server.base_url + path, timeout=15)
    assert answer.status_code == status, answer.text
    assert ("retry-after" in answer.headers) is (status == 503)
    return answer.json()


def test_liveness_says_environment_and_version(tms: TmsServer) -> None:
    assert get(tms, "/health") == {"status": "healthy", "environment": "development", "version": __version__}


def test_a_balancer_may_ask_without_wanting_the_body(tms: TmsServer) -> None:
    for path in ("/health", "/health/ready"):
        answer = httpx.head(tms.base_url + path)
        assert (answer.status_code, answer.content) == (200, b"")


def test_readiness_has_one_line_for_each_dependency(tms: TmsServer) -> None:
    body = get(tms, "/health/ready")
    check(body, READY)
    assert (body["status"], {line["status"] for line in body["checks"].values()}) == ("ready", {"ok"})
    assert body["checks"]["database"]["detail"] == ("postgresql" if "DATABASE_URL" in tms.env else "sqlite")


def test_the_socket_side_says_where_and_for_whom_it_is(tms: TmsServer) -> None:
    assert get(tms, "/health/websocket") == {
        "status": "configured", "websocket_endpoint": "/socket.io/", "active_connections": 0, "reason": None,
        "config": {"cors_origins": [], "path": "/socket.io", "transports": ["websocket", "polling"]},
    }  # fmt: skip


async def test_the_sockets_that_are_connected_are_counted(tms: TmsServer, team: Team) -> None:
    async with socketio.AsyncSimpleClient() as one, socketio.AsyncSimpleClient() as two:
        for socket in (one, two):
            await socket.connect(tms.base_url, auth={"token": team.admin.token}, transports=["websocket"])
            await socket.receive(timeout=10)
        assert get(tms, "/health/websocket")["active_connections"] == 2


def test_a_client_learns_everything_it_needs_without_a_token(tms: TmsServer) -> None:
    body = get(tms, "/api/v1/config")
    check(body, CONFIG)
    assert (body["socketPath"], body["apiBase"], body["version"]) == ("/socket.io", "/api/v1", __version__)
    assert body["identity"]["kinds"] == ["local"]
    refused = body["limits"].pop("refusedEndings")
    assert body["limits"] == {
        "messageLength": 10_000, "messageBytes": 16_384, "nameLength": 255, "groupMembers": 1000,
        "fileBytes": 100_000_000, "avatarBytes": 5_000_000,
        "avatarTypes": ["image/jpeg", "image/png", "image/gif", "image/webp"],
        "passwordMinLength": 8, "passwordMaxLength": 256,
    }  # fmt: skip
    assert {".exe", ".bat", ".jar", ".apk"} < set(refused)
    assert all(ending.startswith(".") for ending in refused)


def test_without_its_data_folder_a_server_is_not_ready(start_server: StartServer, pg: Postgres) -> None:
    server = start_server(DATABASE_URL=pg.fresh_database())
    shutil.rmtree(server.folder / "data")
    body = get(server, "/health/ready", 503)
    check(body, READY)
    assert (body["status"], body["checks"]["storage"]["status"]) == ("unavailable", "failed")
    assert body["checks"]["database"]["status"] == "ok"
    assert get(server, "/health")["status"] == "healthy"
    (server.folder / "data").mkdir()
    assert get(server, "/health/ready")["status"] == "ready"
