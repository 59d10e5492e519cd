"""The quick reader of handshakes takes less than the parser of requests does, and understands the same by it."""

from __future__ import annotations

import time

import httptools
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tms_chat.realtime.engine.handshake import Headers, usual_head

HEADERS = [
    b"Host: chat.example", b"Connection: Upgrade", b"Upgrade: websocket", b"Sec-WebSocket-Version: 13",
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
]  # fmt: skip
BROWSERS = [
    *HEADERS, b"Pragma: no-cache", b"Cache-Control: no-cache", b"User-Agent: Mozilla/5.0 (X11) Chrome/130",
    b"Origin: https://chat.example", b"Accept-Encoding: gzip, deflate, br, zstd", b"Accept-Language: de-DE,de;q=0.9",
    b"Cookie: a=b; c=\xc3\xa4", b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
]  # fmt: skip
TARGET = b"/socket.io/?EIO=4&transport=websocket"
ODD_LINES = [
    b"Content-Length: 5", b"Content-Length: 0", b"Transfer-Encoding: chunked", b"Expect: 100-continue", b"Trailer: x",
    b"Connection: close", b"Connection: keep-alive", b"Proxy-Connection: close",
    b"Upgrade: h2c", b"Host: another.example",
    b"Connection : Upgrade", b" folded", b"\tfolded", b"X:", b"X: ", b"X:a", b"X:\t a \t", b"X: a\x00b", b"X: a\x7fb",
    b"X: a\nY: b", b"X: a\rY: b", b"X y: a", b": a", b"X", b"", b"X(: a", b"\xff: a", b"X: \xff", b"X: a: b",
]  # fmt: skip
REQUEST_LINES = [
    b"GET %b HTTP/1.1", b"GET  %b HTTP/1.1", b"get %b HTTP/1.1", b"POST %b HTTP/1.1", b"GET %b HTTP/1.0",
    b"GET %b HTTP/2.0",
    b"GET %b", b"GET %b http/1.1", b"GET %b HTTP/1.1 ", b" GET %b HTTP/1.1", b"CONNECT %b HTTP/1.1",
    b"GET\t%b HTTP/1.1",
]  # fmt: skip
TARGETS = [
    TARGET, b"/socket.io", b"/socket.io/?", b"/socket.io/??a", b"/socket.io/?a#b", b"/socket.io/#?a",
    b"//socket.io/", b"/%73ocket.io/",
    b"*", b"http://chat.example/socket.io/", b"chat.example:80", b"/socket.io/;a", b"/socket.io/?\xc3\xa4",
    b'/socket.io/"?"', b"/",
]  # fmt: skip


class Parsed:
    """What the parser of requests calls, as the HTTP server listens to it."""

    def __init__(self, data: bytes) -> None:
        self.url = b""
        self.headers: Headers = []
        self.rest: bytes | None = None
        self.parser = httptools.HttpRequestParser(self)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self.rest = data[upgrade.args[0] :]

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.lower(), value))


def written(
    lines: list[bytes], request: bytes = b"GET %b HTTP/1.1", target: bytes = TARGET, end: bytes = b"\r\n"
) -> bytes:
    return end.join([request.replace(b"%b", target), *lines, b"", b""])


def agree(data: bytes) -> bool:
    """Whether it was taken, and then the parser finds the same in it."""
    usual = usual_head(data)
    if usual is None:
        return False
    head, rest = usual
    parsed = Parsed(data)
    url = httptools.parse_url(parsed.url)
    assert parsed.rest == rest
    assert (head.method, head.version) == (parsed.parser.get_method().decode(), parsed.parser.get_http_version())
    assert (head.path, head.query) == (url.path, url.query or b"")
    assert head.headers == parsed.headers
    return True


@pytest.mark.parametrize("lines", [HEADERS, BROWSERS, [b"connection: keep-alive, upgrade", *HEADERS[2:]]])
@pytest.mark.parametrize("rest", [b"", b"\x81\x85", b"GET / HTTP/1.1\r\n\r\n"])
def test_what_browsers_and_libraries_send_is_taken(lines: list[bytes], rest: bytes) -> None:
    assert agree(written(lines) + rest)


@pytest.mark.parametrize("line", ODD_LINES, ids=repr)
@pytest.mark.parametrize("place", [0, 2, 5])
def test_odd_lines_are_left_to_the_parser_or_read_alike(line: bytes, place: int) -> None:
    agree(written([*HEADERS[:place], line, *HEADERS[place:]]))


@pytest.mark.parametrize("request_line", REQUEST_LINES)
@pytest.mark.parametrize("target", TARGETS)
def test_odd_request_lines_are_left_to_the_parser_or_read_alike(request_line: bytes, target: bytes) -> None:
    agree(written(HEADERS, request_line, target))


def test_how_a_body_would_travel_is_never_taken() -> None:
    for line in ODD_LINES[:5]:
        assert not agree(written([*HEADERS, line]))


@pytest.mark.parametrize("missing", range(1, 3))
def test_what_asks_for_no_websocket_is_not_taken(missing: int) -> None:
    assert not agree(written([*HEADERS[:missing], *HEADERS[missing + 1 :]]))


def test_a_part_of_a_head_is_not_taken() -> None:
    data = written(BROWSERS)
    assert not any(agree(data[:size]) for size in range(len(data)))
    assert not agree(written(BROWSERS, end=b"\n"))


LINES = st.lists(st.sampled_from([*BROWSERS, *BROWSERS, *ODD_LINES]), max_size=12)


@given(LINES, st.sampled_from(REQUEST_LINES), st.sampled_from(TARGETS), st.integers(0, 600), st.binary(max_size=3))
@settings(max_examples=400)
def test_anything_is_left_or_read_alike(
    lines: list[bytes], request_line: bytes, target: bytes, at: int, noise: bytes
) -> None:
    agree(written([*HEADERS, *lines], request_line, target))
    data = written(BROWSERS)
    agree(data[:at] + noise + data[at:])
    agree(data[:at] + noise + data[at + 1 :])


def test_a_mismatch_is_found_in_one_pass() -> None:
    began = time.process_time()
    for hostile in (b"X: " + b" " * 4000, b"X" * 4000, b"X:" * 2000, b"x:\r\n" * 1000):
        for _ in range(200):
            assert usual_head(written([hostile])[:4096] + b"\x00") is None
    assert time.process_time() - began < 10  # with two ways to match a line it would not end
