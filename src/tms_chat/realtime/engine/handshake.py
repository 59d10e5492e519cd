"""The opening handshake of a WebSocket, the server's half (RFC 6455, section 4.2). No I/O."""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, NamedTuple

from tms_chat.realtime.engine.deflate import negotiated

Headers = list[tuple[bytes, bytes]]

VERSION: Final = b"13"
_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # section 1.3
_KEY_BYTES: Final = 16


class Head(NamedTuple):
    """The head of a request for a websocket. The names of `headers` are in lower case, `path` and `query` as sent."""

    method: str
    version: str
    path: bytes
    query: bytes
    headers: Headers


# Every byte has one place in it: it cannot be matched in two ways, so a mismatch is found in one pass (RFC 9112 §2-5;
# folded lines, white space before a colon, bare line feeds and controls do not match).
_USUAL_HEAD: Final = re.compile(
    rb"GET (/[!\"$->@-~]*+)(?:\?([!\"$-~]*+))? HTTP/1\.1\r\n"
    rb"((?:[!#$%&'*+\-.^_`|~0-9A-Za-z]++:[\t\x20-\x7e\x80-\xff]*+\r\n)++)\r\n"
)
#: Say that there is more to a request than its head, or how it travels.
_UNUSUAL: Final = frozenset((b"content-length", b"transfer-encoding", b"trailer", b"expect", b"proxy-connection"))
_USUAL_CONNECTIONS: Final = frozenset((b"upgrade", b"keep-alive, upgrade"))


def usual_head(data: bytes) -> tuple[Head, bytes] | None:
    """The head with which a connection begins, and what came behind it, when it is a websocket handshake as browsers
    and libraries write it; None leaves it to a parser that knows everything a request may be.

    It takes less than that parser and understands the same by it: compared with it in the tests. What is asked for is
    judged by `negotiate`.
    """
    found = _USUAL_HEAD.match(data)
    if found is None:
        return None
    path, query, lines = found.groups()
    if b" \r" in lines or b"\t\r" in lines:
        return None  # white space behind a value, which some take for a part of it
    headers: Headers = []
    for line in lines[:-2].split(b"\r\n"):
        name, _, value = line.partition(b":")
        headers.append((name.lower(), value.lstrip(b" \t")))
    given = dict(headers)
    if len(given) < len(headers) or not _UNUSUAL.isdisjoint(given) or b"" in given.values():
        return None
    if given.get(b"upgrade", b"").lower() != b"websocket":
        return None
    if given.get(b"connection", b"").lower() not in _USUAL_CONNECTIONS:
        return None
    return Head("GET", "1.1", path, query or b"", headers), data[found.end() :]


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
    lines = [b"HTTP/1.1 %d %s\r\n" % (status, HTTPStatus(status).phrase.encode())]
    lines += [b"%s: %s\r\n" % header for header in headers]
    if status != Accepted.status:
        lines.append(b"content-length: %d\r\nconnection: close\r\n" % len(body))
    return b"".join([*lines, b"\r\n", body])


def _refused(status: int, sentence: str, *headers: tuple[bytes, bytes]) -> Refused:
    return Refused(status, [(b"content-type", b"text/plain; charset=utf-8"), *headers], sentence)


def _tokens(given: dict[bytes, list[bytes]], name: bytes) -> set[bytes]:
    return {token.strip().lower() for value in given.get(name, ()) for token in value.split(b",")}


def _is_key(key: bytes) -> bool:
    try:
        return len(base64.b64decode(key, validate=True)) == _KEY_BYTES
    except binascii.Error:
        return False


def _accept(key: bytes) -> bytes:
    return base64.b64encode(hashlib.sha1(key + _GUID).digest())
