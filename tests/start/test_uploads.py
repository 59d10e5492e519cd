"""Large files and a real server: its memory, its other guests, uploads that break off, a store that goes away."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.people import Person, Team
from tests.support.processes import wait_until
from tests.support.s3 import KEY, S3
from tests.support.server import TmsServer

MEGABYTE = 1_000_000
SIZE = 100 * MEGABYTE
CHUNK = os.urandom(MEGABYTE)
HEAD = b"\x1aE\xdf\xa3" + b"\0" * 60  # a film
GROWTH = 40  # MB


@pytest.fixture(scope="module")
def service() -> Iterator[S3]:
    """Of this module alone: the last test stops it."""
    service = S3()
    service.start()
    yield service
    service.stop()


@pytest.fixture(scope="module")
def servers(service: S3, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, TmsServer]]:
    """One for each kind of store."""
    folder = tmp_path_factory.mktemp("uploads")
    stores: dict[str, dict[str, str]] = {"local disk": {}, "S3": service.fresh_bucket()}
    made = {name: TmsServer(folder / name, {"RATE_LIMITS": "off", **env}) for name, env in stores.items()}
    try:
        for server in made.values():
            server.start()
        yield made
    finally:
        for server in made.values():
            server.close()


@dataclass(frozen=True)
class Pair:
    """Two people with a conversation, on one of the servers."""

    server: TmsServer
    ana: Person
    bob: Person
    chat: str


@pytest.fixture(scope="module")
def pairs(servers: dict[str, TmsServer]) -> Iterator[dict[str, Pair]]:
    teams = {name: Team(server) for name, server in servers.items()}
    made = {}
    for name, team in teams.items():
        bob = team.add("Bob")
        made[name] = Pair(team.server, team.admin, bob, team.admin.direct(bob))
    yield made
    for team in teams.values():
        team.close()


def highest_memory(server: TmsServer) -> float:
    """The most memory that the server's process has had so far, in MB."""
    status = Path(f"/proc/{server.pid}/status").read_text()
    (kilobytes,) = re.findall(r"VmHWM:\s+(\d+) kB", status)
    return int(kilobytes) / 1000


def form(chat: str, size: int, boundary: str = "large") -> Iterator[bytes]:
    part = f'--{boundary}\r\nContent-Disposition: form-data; name="'
    yield f'{part}conversation_id"\r\n\r\n{chat}\r\n{part}file"; filename="film.webm"\r\n\r\n'.encode() + HEAD
    for _ in range(size // MEGABYTE - 1):
        yield CHUNK
    yield CHUNK[: MEGABYTE - len(HEAD)] + f"\r\n--{boundary}--\r\n".encode()


FORM = {"content-type": "multipart/form-data; boundary=large"}


def upload(person: Person, chat: str, size: int) -> httpx.Response:
    length = sum(len(part) for part in form(chat, MEGABYTE)) - MEGABYTE + size
    headers = FORM | {"content-length": str(length)}
    return person.http.post("/messages/upload", content=form(chat, size), headers=headers, timeout=60)


@pytest.mark.parametrize("where", ["local disk", "S3"])
def test_a_hundred_megabytes_leave_memory_flat_and_nobody_waits(pairs: dict[str, Pair], where: str) -> None:
    server, ana, bob, chat = (getattr(pairs[where], name) for name in ("server", "ana", "bob", "chat"))
    upload(ana, chat, MEGABYTE).raise_for_status()
    before = highest_memory(server)
    waits: list[float] = []
    is_over = threading.Event()

    def talk() -> None:
        while not is_over.wait(0.02):
            started = time.perf_counter()
            bob.send(chat, "still here")
            waits.append(time.perf_counter() - started)

    talker = threading.Thread(target=talk)
    talker.start()
    try:
        answer = upload(ana, chat, SIZE)
        assert answer.status_code == 201, answer.text
        data = answer.json()["metadata"]
        assert data["fileSize"] == SIZE
        received = 0
        with ana.http.stream("GET", data["fileUrl"]) as opened:
            assert opened.headers["content-length"] == str(SIZE)
            for part in opened.iter_bytes():
                received += len(part)
        assert received == SIZE
    finally:
        is_over.set()
        talker.join()
    assert highest_memory(server) - before < GROWTH
    assert len(waits) > 3
    assert sorted(waits)[len(waits) // 2] < 1.0, sorted(waits)


def test_what_says_that_it_is_too_large_is_not_taken_in(pairs: dict[str, Pair]) -> None:
    pair = pairs["local disk"]
    head = begin(pair, SIZE + 10 * MEGABYTE)
    with socket.create_connection(("127.0.0.1", pair.server.port)) as connection:
        connection.sendall(head)  # and nothing of the body
        connection.settimeout(20)
        answer = b""
        while not answer.endswith(b"}"):
            answer += connection.recv(65_536)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"file_too_large" in answer


def begin(pair: Pair, length: int) -> bytes:
    lines = ("POST /api/v1/messages/upload HTTP/1.1", "Host: x", f"Authorization: Bearer {pair.ana.token}",
             f"Content-Type: {FORM['content-type']}", f"Content-Length: {length}", "", "")  # fmt: skip
    return "\r\n".join(lines).encode()


def test_an_upload_that_breaks_off_leaves_nothing(pairs: dict[str, Pair]) -> None:
    pair = pairs["local disk"]
    newest = pair.ana.send(pair.chat, "before")["id"]
    before = kept(pair.server)
    parts = form(pair.chat, 10 * MEGABYTE)
    with socket.create_connection(("127.0.0.1", pair.server.port)) as connection:
        connection.sendall(begin(pair, 10 * MEGABYTE + 400))
        for _ in range(4):
            connection.sendall(next(parts))
        wait_until(lambda: arriving(pair.server) == 1, seconds=20, what="the upload arrives")
    wait_until(lambda: arriving(pair.server) == 0, seconds=20, what="what arrived is given up")
    assert kept(pair.server) == before
    page: Any = pair.ana.http.get(f"/messages/conversations/{pair.chat}/messages", params={"limit": 1}).json()
    assert page["data"][0]["id"] == newest
    assert "unhandled_error" not in pair.server.stderr


def kept(server: TmsServer) -> set[str]:
    """Everything in the data folder but the database and its locks."""
    data = server.folder / "data"
    return {str(path) for path in data.rglob("*") if path.is_file() and "sqlite3" not in path.name}


def arriving(server: TmsServer) -> int:
    """Uploads on the disk, which have no name there."""
    count = 0
    for entry in Path(f"/proc/{server.pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            target = os.readlink(entry)
            count += target.startswith(str(server.folder)) and target.endswith("(deleted)")
    return count


def test_a_store_that_goes_away_is_said_and_text_goes_on(service: S3, pairs: dict[str, Pair]) -> None:
    pair = pairs["S3"]
    ready = f"{pair.server.base_url}/health/ready"
    assert httpx.get(ready, timeout=20).json()["checks"]["storage"]["detail"].startswith("s3://")
    service.stop()
    wait_until(lambda: httpx.get(ready, timeout=20).status_code == 503, seconds=30, what="it is not ready")
    checks = httpx.get(ready, timeout=20).json()["checks"]
    assert (checks["storage"]["status"], checks["database"]["status"]) == ("failed", "ok")
    answer = upload(pair.ana, pair.chat, MEGABYTE)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert pair.ana.send(pair.chat, "text goes on")["content"] == "text goes on"
    assert KEY["FILES_S3_SECRET_ACCESS_KEY"] not in pair.server.stderr
    assert "storage_unavailable" in pair.server.stderr
