"""The opening handshake of a WebSocket, the server's half (RFC 6455, section 4.2). No I/O."""

import base64
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Final, NamedTuple

from tms_chat.realtime.engine.deflate import negotiated

Headers = list[tuple[bytes, bytes]]

VERSION: Final = b"13"
_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # section 1.3
_KEY: Final = re.compile(rb"[A-Za-z0-9+/]{22}==")


class Head(NamedTuple):
    """The head of a request for a websocket. The names of `headers` are in lower case, `path` and `query` as sent."""

    method: str
    version: str
    path: bytes
    query: bytes
    headers: Headers


# RFC 9112 §3 and 5, RFC 9110 §5.5 and 5.6.2. What is not in these (controls; white space in names) is for the parser.
_REQUEST_LINE: Final = re.compile(rb"GET (/[!\"$->@-~]*+)(?:\?([!\"$-~]*+))? HTTP/1\.1")
_OF_NAMES: Final = b"!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_OF_LINES: Final = bytes((*b"\t", *range(0x20, 0x7F), *range(0x80, 0x100)))
_BLANK: Final = frozenset((b"", b" ", b"\t"))  # the end of a value, when it has none of its own
_LINE_END: Final = b"\r\n"
#: Say that there is more to a request than its head, or how it travels.
_UNUSUAL: Final = frozenset((b"content-length", b"transfer-encoding", b"trailer", b"expect", b"proxy-connection"))
_USUAL_CONNECTIONS: Final = frozenset((b"upgrade", b"keep-alive, upgrade"))


def usual_head(data: bytes) -> tuple[Head, bytes] | None:
    """The head with which a connection begins, and what came behind it, when it is a websocket handshake as browsers
    and libraries write it; None leaves it to a parser that knows everything a request may be.

    It takes less than that parser and understands the same by it: compared with it in the tests. What is asked for is
    judged by `negotiate`.
    """
    text, end, rest = data.partition(_LINE_END + _LINE_END)
    lines = text.split(_LINE_END)
    # Whatever is left of this many line ends when all else is gone: no control, and no half of a line end.
    if not end or text.translate(None, _OF_LINES) != _LINE_END * (len(lines) - 1):
        return None
    asked = _REQUEST_LINE.fullmatch(lines[0])
    if asked is None:
        return None
    headers: Headers = []
    for line in lines[1:]:
        name, _, value = line.partition(b":")
        headers.append((name.lower(), value.lstrip(b" \t")))
    given = dict(headers)
    if len(given) < len(headers) or b"" in given or b"".join(given).translate(None, _OF_NAMES):
        return None
    if not _UNUSUAL.isdisjoint(given) or any(value[-1:] in _BLANK for value in given.values()):
        return None  # white space behind a value some take for a part of it
    if given.get(b"upgrade", b"").lower() != b"websocket":
        return None
    if given.get(b"connection", b"").lower() not in _USUAL_CONNECTIONS:
        return None
    return Head("GET", "1.1", asked[1], asked[2] or b"", headers), rest


@dataclass(frozen=True, slots=True)
class Accepted:
    """The request is a handshake; `headers` belong into the answer with status 101."""

    headers: Headers
    deflates: bool

    status = 101


@dataclass(frozen=True, slots=True)
class Refused:
    """The request is none that we can answer with a WebSocket, for what `sentence` says."""

    status: int
    headers: Headers
    sentence: str


def negotiate(
    method: str, http_version: str, headers: Iterable[tuple[bytes, bytes]], *, deflate: bool
) -> Accepted | Refused:
    """Judge a request by sections 4.2.1 and 4.2.2. The names of `headers` are in lower case.

    Subprotocols are never chosen, and of the extensions only permessage-deflate, where `deflate` says so. Who may
    connect (origin, path, token) is somebody else's question.
    """
    given: dict[bytes, list[bytes]] = {}
    for name, value in headers:
        given.setdefault(name, []).append(value)
    if method != "GET" or http_version != "1.1":
        return _refused(400, "A WebSocket is asked for with GET and HTTP/1.1.")
    if len(given.get(b"host", ())) != 1:
        return _refused(400, "A request names one host.")
    if b"websocket" not in _tokens(given, b"upgrade") or b"upgrade" not in _tokens(given, b"connection"):
        upgrade = ((b"upgrade", b"websocket"), (b"connection", b"upgrade"))
        return _refused(426, "A WebSocket is asked for with Upgrade.", *upgrade)
    if given.get(b"sec-websocket-version") != [VERSION]:
        return _refused(426, "The version of the protocol is 13.", (b"sec-websocket-version", VERSION))
    keys = given.get(b"sec-websocket-key", [])
    if len(keys) != 1 or not _is_key(keys[0]):
        return _refused(400, "Sec-WebSocket-Key is 16 bytes in base64, once.")
    answer: Headers = [
        (b"upgrade", b"websocket"),
        (b"connection", b"Upgrade"),
        (b"sec-websocket-accept", _accept(keys[0])),
    ]
    try:
        extension = negotiated(b",".join(given.get(b"sec-websocket-extensions", ()))) if deflate else None
    except ValueError:
        return _refused(400, "Sec-WebSocket-Extensions is not a list of extensions.")
    if extension is not None:
        answer.append((b"sec-websocket-extensions", extension))
    return Accepted(answer, deflates=extension is not None)


def response_bytes(status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes = b"") -> bytes:
    """The answer as it goes out: 101 and nothing else, or a refusal with its length, after which we close."""
    lines = [_status_line(status)]
    lines += [b"%s: %s\r\n" % header for header in headers]
    if status != Accepted.status:
        lines.append(b"content-length: %d\r\nconnection: close\r\n" % len(body))
    return b"".join([*lines, b"\r\n", body])


@cache
def _status_line(status: int) -> bytes:
    return b"HTTP/1.1 %d %s\r\n" % (status, HTTPStatus(status).phrase.encode())


def _refused(status: int, sentence: str, *headers: tuple[bytes, bytes]) -> Refused:
    return Refused(status, [(b"content-type", b"text/plain; charset=utf-8"), *headers], sentence)


def _tokens(given: dict[bytes, list[bytes]], name: bytes) -> set[bytes]:
    return {token.strip().lower() for value in given.get(name, ()) for token in value.split(b",")}


def _is_key(key: bytes) -> bool:
    """Sixteen bytes, in base64."""
    return _KEY.fullmatch(key) is not None


def _accept(key: bytes) -> bytes:
    return base64.b64encode(hashlib.sha1(key + _GUID).digest())
