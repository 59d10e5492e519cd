"""Engine.IO 4 packets (public protocol document, revision 4): one character for the kind, then the payload. Pure."""

from typing import Final

import orjson

PROTOCOL: Final = "4"  # the `EIO` of a handshake

OPEN: Final = "0"
CLOSE: Final = "1"
PING: Final = "2"
PONG: Final = "3"
MESSAGE: Final = "4"
UPGRADE: Final = "5"
NOOP: Final = "6"

PROBE: Final = "2probe"
PROBE_ANSWER: Final = "3probe"
SEPARATOR: Final = "\x1e"  # between the packets of one HTTP body

SESSION_UNKNOWN: Final = (
    'This Socket.IO session has ended, or another server has it: connect anew, with transports: ["websocket"] where '
    "there are several servers."
)
#: What a request that opens or continues no session is told: the number and words of the reference server, and a
#: sentence for the person who reads it.
ERRORS: Final = {
    0: ("Transport unknown", "The transport of this request is neither websocket nor polling: correct the client."),
    1: ("Session ID unknown", SESSION_UNKNOWN),
    2: ("Bad handshake method", "A Socket.IO session is opened with GET."),
    3: ("Bad request", "This request does not fit its Socket.IO session: connect anew."),
    4: ("Forbidden", "This page's origin is not in ALLOWED_ORIGINS of the server."),
    5: ("Unsupported protocol version", "This server speaks Engine.IO 4: use a Socket.IO client of version 3 or 4."),
}


class BadPacket(Exception):
    """What no well-behaved client sends; the reason is for the log. It ends the session it came from."""


def open_packet(sid: str, *, upgrades: list[str], interval: float, timeout: float, max_bytes: int) -> str:
    """The first packet of a session; interval and timeout in seconds (milliseconds on the wire)."""
    body = {
        "sid": sid,
        "upgrades": upgrades,
        "pingInterval": round(interval * 1000),
        "pingTimeout": round(timeout * 1000),
        "maxPayload": max_bytes,
    }
    return OPEN + orjson.dumps(body).decode()


def split_payload(body: str) -> list[str]:
    """The packets of one HTTP body. Raises BadPacket for an empty one."""
    packets = body.split(SEPARATOR)
    if not all(packets):
        raise BadPacket("an empty packet in a payload")
    return packets


def error_body(code: int, detail: str | None = None) -> bytes:
    """The JSON of a refused request: `code` and `message` as the reference server has them, `detail` for people."""
    message, sentence = ERRORS[code]
    return orjson.dumps({"code": code, "message": message, "detail": detail or sentence})
