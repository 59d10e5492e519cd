"""What can be wrong with a request: raw bodies, values for each kind of field, and a client that sends anything."""

from __future__ import annotations

from http.client import HTTPConnection
from typing import Any

import httpx

from tests.support.server import TmsServer

NUL, HALF = "a\x00b", "a\ud83db"  # json.dumps writes both as escapes, as a careless client would
NAN, INFINITY, HUGE = float("nan"), float("inf"), 10**400


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = {"a": value}
    return value


WRONG: dict[str, list[Any]] = {
    "text": [5, HUGE, 1.5, NAN, INFINITY, True, [], {}, ["x"], NUL, HALF],
    "number": ["many", 1.5, HUGE, 2**70, NAN, INFINITY, -1, 0, [], {}, NUL, HALF],
    "choice": ["other", "", 5, NAN, [], {}, NUL, HALF, None],
    "id": [5, "", "x" * 256, [], {}, NUL, HALF, NAN],
    "ids": ["u", 5, None, {}, [5], [None], [[]], [""], ["x" * 256], [NUL], [HALF], NAN],
    "uuid": ["x", 5, "", [], {}, NUL, HALF, NAN, "0" * 31],
    "object": [5, "x", [], None, True, {"a": NAN}, {"a": -INFINITY}, {"a": [2**63]}, {"a": HUGE}, {"a": NUL},
               {"a": [HALF]}, {NUL: 1}, {HALF: 1}, nested(33), nested(300)],
    "flag": ["maybe", 5, [], {}, NUL, HALF, NAN, None],
}  # fmt: skip

ACCOUNT = {
    "token": ("t", "text"), "email": ("a@b.example", "text"), "password": ("password", "text"), "name": ("Ana", "text"),
}  # fmt: skip
#: Each request with a body: what is right, and the kind of each field.
REQUESTS: dict[str, dict[str, tuple[Any, str]]] = {
    "/auth/login/credentials": {"email": ("a@b.example", "text"), "password": ("password", "text")},
    "/auth/setup": ACCOUNT,
    "/auth/signup": ACCOUNT,
    "/auth/invitations/check": {"token": ("t", "text")},
    "/auth/invitations": {"max_uses": (1, "number"), "expires_in_hours": (1, "number")},
    "/auth/password": {"current_password": ("password", "text"), "new_password": ("password", "text")},
    "/conversations/": {
        "type": ("group", "choice"), "member_ids": (["nobody"], "ids"), "name": ("Name", "text"),
        "avatar_url": ("https://a.example/a.png", "text"),
    },
    "/sync": {"epoch": ("e", "text"), "positions": ({}, "object")},
    "/messages/": {
        "conversation_id": ("c", "id"), "content": ("hello", "text"), "type": ("TEXT", "choice"),
        "metadata_json": ({}, "object"), "reply_to_id": ("m", "id"),
        "client_id": ("0b7c0b1e-6c1f-4b38-9d5b-0a4f0e9d1c11", "uuid"), "encrypted": (False, "flag"),
    },
}  # fmt: skip

JSON = "application/json"
#: Name → body, content type. None leaves the header out. `max_uses`: the one request whose fields all have defaults.
BODIES: dict[str, tuple[bytes, str | None]] = {
    "empty": (b"", JSON),
    "not JSON": (b"{hello", JSON),
    "cut off": (b'{"email": "a', JSON),
    "two values": (b"{} {}", JSON),
    "invalid UTF-8": (b'{"email": "\xff\xfe"}', JSON),
    "UTF-8 of half a surrogate": (b'{"email": "\xed\xa0\xbd", "max_uses": 0}', JSON),
    "UTF-16": ('{"email": "a", "max_uses": 0}'.encode("utf-16"), JSON),
    "NUL": (b"\x00", JSON),
    "a text": (b'"text"', JSON),
    "a number": (b"1", JSON),
    "a list": (b"[]", JSON),
    "null": (b"null", JSON),
    "NaN": (b"NaN", JSON),
    "deep lists": (b"[" * 100_000, JSON),
    "deep objects": (b'{"token":' * 20_000 + b"1" + b"}" * 20_000, JSON),
    "deep under an unknown key": (b'{"max_uses": 0, "unknown":' + b"[" * 60_000 + b"]" * 60_000 + b"}", JSON),
    "a number of 5,000 digits": (b'{"token": ' + b"9" * 5000 + b"}", JSON),
    "half a surrogate as a key": (b'{"max_uses": 0, "\\ud83d": 1}', JSON),
    "many keys": (b'{"max_uses": 0,' + b",".join(b'"k%d":1' % n for n in range(9000)) + b"}", JSON),
    "plain text": (b'{"email": "a@b.example"}', "text/plain"),
    "a form": (b"email=a%40b.example&password=x", "application/x-www-form-urlencoded"),
    "no content type": (b'{"email": "a@b.example"}', None),
    "a broken content type": (b'{"email": "a@b.example", "max_uses": 0}', "application/json; charset=\xff"),
    "a multipart form without parts": (b"--x--", "multipart/form-data; boundary=x"),
}


def raw(
    server: TmsServer, method: str, target: str, headers: dict[str, str] | None = None, body: bytes = b""
) -> httpx.Response:
    """The answer to exactly this; httpx would tidy up the address."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        connection.putrequest(method, target, skip_host="Host" in (headers or {}), skip_accept_encoding=True)
        for name, value in ({"Content-Length": str(len(body))} | (headers or {})).items():
            connection.putheader(name, value.encode("latin-1"))
        connection.endheaders(body)
        answer = connection.getresponse()
        request = httpx.Request(method, server.base_url, headers={"x-target": ascii(target[:200])})
        given = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.getheaders()]
        return httpx.Response(answer.status, headers=given, content=answer.read(), request=request)
    finally:
        connection.close()
