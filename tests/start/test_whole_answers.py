"""An answer of the hot door that is written at once is, on the wire, the one that uvicorn writes in steps."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator

import pytest

from tests.support.people import first_account
from tests.support.server import TmsServer

TWICE = b"x-twice: 1\r\nx-twice: 2\r\n"  # which the hot door leaves to the ordinary route
CLOSE = b"connection: close\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TmsServer]:
    server = TmsServer(tmp_path_factory.mktemp("whole"), {"RATE_LIMITS": "off"})
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture(scope="module")
def asked(server: TmsServer) -> bytes:
    """Who am I: a request without its last line."""
    person = first_account(server)
    token = person.http.headers["Authorization"].encode()
    person.close()
    return b"GET /api/v1/users/me HTTP/1.1\r\nhost: x\r\nx-request-id: one\r\nauthorization: " + token + b"\r\n"


def said(server: TmsServer, *requests: bytes) -> bytes:
    """What comes back for requests that are sent at once, up to the end of the connection; all days are one day."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=15) as line:
        line.sendall(b"".join(request + b"\r\n" for request in requests))
        read = b""
        while more := line.recv(65536):
            read += more
    return re.sub(rb"(?m)^date: .*\r$", b"date: today\r", read)


def lines(answer: bytes) -> tuple[bytes, list[bytes], bytes]:
    """The first line, the others in an order of their own, the body."""
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *rest = head.split(b"\r\n")
    return first, sorted(rest), body


def test_it_is_the_same_and_the_connection_goes_on(server: TmsServer, asked: bytes) -> None:
    last = said(server, asked + TWICE + CLOSE)
    assert last.startswith(b"HTTP/1.1 200 OK\r\n")
    both = said(server, asked, asked + TWICE, asked, asked + TWICE + CLOSE)
    answers = [b"HTTP/1.1" + answer for answer in both.split(b"HTTP/1.1")[1:]]
    assert len(answers) == 4
    assert lines(answers[0]) == lines(answers[1]) == lines(answers[2])
    assert lines(answers[3]) == lines(last)


def test_a_connection_that_is_to_end_ends_after_it(server: TmsServer, asked: bytes) -> None:
    assert lines(said(server, asked + CLOSE)) == lines(said(server, asked + TWICE + CLOSE))
