"""The head of a request is bounded at 64 kB, however it arrives; bodies and websockets have bounds of their own."""

from __future__ import annotations

import base64
import json
import re
import socket
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.support.server import TmsServer

HEALTH = b"GET /health HTTP/1.1\r\nHost: x\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TmsServer]:
    server = TmsServer(tmp_path_factory.mktemp("heads"), {"RATE_LIMITS": "off"})
    try:
        server.start()
        yield server
    finally:
        server.close()


class Line:
    """One TCP connection, byte by byte."""

    def __init__(self, server: TmsServer) -> None:
        self.socket = socket.create_connection(("127.0.0.1", server.port), timeout=15)

    def close(self) -> None:
        self.socket.close()

    def send(self, data: bytes) -> bool:
        """Whether it could be sent: False once the server has closed."""
        try:
            self.socket.sendall(data)
        except (ConnectionError, TimeoutError):
            return False
        return True

    def answers(self, count: int) -> list[int]:
        """The status codes of the next answers."""
        read = b""
        while len(found := re.findall(rb"HTTP/1\.1 (\d{3})", read)) < count and (more := self.socket.recv(65536)):
            read += more
        return [int(status) for status in found]

    def rest(self) -> bytes:
        """Everything up to the close by the server; fails when it does not close."""
        read = b""
        while more := self.socket.recv(65536):
            read += more
        return read


@pytest.fixture
def line(server: TmsServer) -> Iterator[Line]:
    with closing(Line(server)) as line:
        yield line


def head(size: int) -> bytes:
    """A head of exactly so many bytes, in cookies of 4 kB as hosts set them."""
    left, lines = size - len(HEALTH) - 2, []
    while left > 0:
        length = 4096 if left > 8192 else left
        lines.append(b"Cookie: a=" + b"c" * (length - 12) + b"\r\n")
        left -= length
    return HEALTH + b"".join(lines) + b"\r\n"


@pytest.mark.parametrize("size", [20_000, 60_000, 64 * 1024])
def test_what_hosts_send_passes(line: Line, size: int) -> None:
    request = head(size)
    assert len(request) == size
    for _ in range(3):  # on one connection: each is counted by itself
        line.send(request)
        assert line.answers(1) == [200]


@pytest.mark.parametrize("size", [70_000, 100_000, 5_000_000])
def test_what_is_larger_is_refused_and_the_connection_closes(line: Line, size: int) -> None:
    line.send(head(size))
    answer = line.rest()
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert answer.count(b"HTTP/1.1") == 1
    assert b"64 kB" in answer


@pytest.mark.parametrize(
    "start",
    [b"GET /", HEALTH + b"X: ", HEALTH + b"X", HEALTH, b"POST /api/v1/messages/ HTTP/1.1\r\nTransfer-Encoding: "],
    ids=["request line", "a value", "a name", "many headers", "another value"],
)
def test_a_head_without_end_is_refused_before_much_of_it_was_read(line: Line, start: bytes) -> None:
    piece = b"A: b\r\n" * 1000 if start == HEALTH else b"a" * 6000
    line.send(start)
    sent = 0
    while line.send(piece) and sent < 50_000_000:
        sent += len(piece)
        if sent > 80_000 and readable(line):
            break
    assert sent < 10_000_000
    assert line.rest().startswith(b"HTTP/1.1 431 ")


def readable(line: Line) -> bool:
    line.socket.setblocking(False)
    try:
        return bool(line.socket.recv(1, socket.MSG_PEEK))
    except BlockingIOError:
        return False
    finally:
        line.socket.settimeout(15)


def test_a_slow_drip_is_counted_too(line: Line) -> None:
    line.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    line.send(HEALTH + b"X: ")
    sent = 0
    while not readable(line) and sent < 200_000:
        line.send(b"a" * 500)
        sent += 500
        time.sleep(0.002)
    assert 60_000 < sent < 90_000
    assert line.rest().startswith(b"HTTP/1.1 431 ")


def test_requests_in_a_row_are_counted_one_by_one(line: Line) -> None:
    line.send(head(30_000) * 8 + HEALTH + b"\r\n" * 1)
    assert line.answers(9) == [200] * 9


def test_of_requests_in_a_row_the_first_is_answered_before_the_large_one_ends_it(line: Line) -> None:
    line.send(HEALTH + b"\r\n" + head(200_000))
    answer = line.rest()
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.count(b"HTTP/1.1 431 ") <= 1  # none when the first was still being answered


def test_bodies_are_no_heads(line: Line) -> None:
    # 200 kB reach the route, which wants a token; what is larger is refused for being so, and nothing is a 431.
    body = json.dumps({"content": "x" * 200_000}).encode()
    post = b"POST /api/v1/messages/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    line.send(post + b"Content-Length: %d\r\n\r\n" % len(body) + body)
    assert line.answers(1) == [401]
    line.send(post + b"Transfer-Encoding: chunked\r\n\r\n")
    for start in range(0, len(body), 1000):
        piece = body[start : start + 1000]
        line.send(b"%x\r\n" % len(piece) + piece + b"\r\n")
    line.send(b"0\r\n\r\n" + HEALTH + b"\r\n")
    assert line.answers(2) == [401, 200]


def test_trailers_are_bounded_as_well(line: Line) -> None:
    start = b"POST /api/v1/messages/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    line.send(start + b"1\r\nx\r\n0\r\n")
    sent = 0
    while line.send(b"X-Trailer: " + b"t" * 5000 + b"\r\n") and sent < 50_000_000:
        sent += 5000
        time.sleep(0.001)
    assert sent < 10_000_000


def test_a_websocket_begins_as_before_also_with_cookies(line: Line) -> None:
    key = base64.b64encode(b"0123456789abcdef")
    upgrade = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + key
    cookies = b"".join(b"Cookie: c%d=" % n + b"c" * 4000 + b"\r\n" for n in range(7))
    line.send(b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\n" + cookies + upgrade + b"\r\n\r\n")
    read = b""
    while b'"sid"' not in read and (more := line.socket.recv(4096)):
        read += more
    assert read.startswith(b"HTTP/1.1 101 ")
    assert b'"sid"' in read


def test_the_server_says_in_its_log_that_it_refused_one(server: TmsServer, line: Line) -> None:
    line.send(head(100_000))
    line.rest()
    events = [json.loads(text)["event"] for text in server.stderr.splitlines()]
    assert "head_too_large" in events
    assert "Traceback" not in server.stderr
