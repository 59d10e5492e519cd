"""Socket.IO 5 packets (public protocol document, revision 5), the default namespace, text only. Pure.

A packet stands in an Engine.IO MESSAGE: `0{"token":…}` CONNECT, `2["name",{…}]` EVENT, `27["name"]` with the number
its acknowledgement asks for, `37[{…}]` that acknowledgement. Another namespace stands before the rest: `0/admin,{…}`.
"""

import json
from dataclasses import dataclass
from typing import Any, Final

import orjson

from tms_chat.realtime.engine.packets import MESSAGE, BadPacket

CONNECT: Final = "0"
DISCONNECT: Final = "1"
EVENT: Final = "2"
ACK: Final = "3"
CONNECT_ERROR: Final = "4"
#: What a client may send: CONNECT_ERROR is the server's, 5 and 6 are binary.
FROM_CLIENTS: Final = frozenset((CONNECT, DISCONNECT, EVENT, ACK))
#: Names by which client libraries tell of themselves.
RESERVED: Final = frozenset(
    ("connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener")
)
MAX_ACK_DIGITS: Final = 16
MAX_NAMESPACE: Final = 128


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet of a client. `data` is the payload of CONNECT, or the arguments of EVENT and ACK, name included."""

    kind: str
    namespace: str = "/"
    ack: int | None = None
    data: Any = None


def parse(text: str) -> Packet:
    """The packet in an Engine.IO MESSAGE. Raises BadPacket."""
    kind, at = text[:1], 1
    if kind not in FROM_CLIENTS:
        raise BadPacket("binary" if kind in ("5", "6") else "not a Socket.IO packet for a server")
    namespace = "/"
    if text[1:2] == "/":
        end = text.find(",", 1, MAX_NAMESPACE + 2)
        if end < 0:
            end = len(text)
        if end - 1 > MAX_NAMESPACE:
            raise BadPacket("a namespace without an end")
        namespace, at = text[1:end].partition("?")[0], end + 1
    number, at = _ack_number(text, at) if kind in (EVENT, ACK) else (None, at)
    data = _json(text[at:]) if at < len(text) else None
    if kind == EVENT:
        _check_event(data)
    elif kind == ACK and (number is None or not isinstance(data, list)):
        raise BadPacket("an acknowledgement of nothing")
    elif kind == CONNECT and data is not None and not isinstance(data, dict):
        raise BadPacket("a CONNECT whose payload is no object")
    return Packet(kind, namespace, number, data)


def connected(sid: str) -> bytes:
    """The answer to a CONNECT that is let in."""
    return (MESSAGE + CONNECT).encode() + orjson.dumps({"sid": sid})


def refused(message: str, namespace: str = "/") -> bytes:
    """The answer to a CONNECT that is not."""
    where = "" if namespace == "/" else f"{namespace},"
    return f"{MESSAGE}{CONNECT_ERROR}{where}".encode() + encode({"message": message})


def disconnected() -> bytes:
    """The server ends the socket."""
    return (MESSAGE + DISCONNECT).encode()


def event(name: str, body: bytes) -> bytes:
    """An event whose one argument is JSON already."""
    return b'42["%b",%b]' % (name.encode(), body)


def acknowledgement(number: int, body: bytes) -> bytes:
    """The answer to the event with this number, one argument, JSON already."""
    return b"43%d[%b]" % (number, body)


def encode(value: Any) -> bytes:
    """JSON in UTF-8. Numbers above 64 bits, which clients may have put into their metadata, keep their digits."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value, ensure_ascii=True, separators=(",", ":")).encode()


def _ack_number(text: str, at: int) -> tuple[int | None, int]:
    end = at
    while end < len(text) and text[end] in "0123456789":
        end += 1
        if end - at > MAX_ACK_DIGITS:
            raise BadPacket("an acknowledgement number without an end")
    return (int(text[at:end]) if end > at else None), end


def _json(text: str) -> Any:
    try:
        # The standard library's takes half a surrogate pair and NaN, whose command then gets a proper refusal.
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadPacket(f"not JSON: {type(error).__name__}") from None


def _check_event(data: Any) -> None:
    if not isinstance(data, list) or not data or not isinstance(data[0], str):
        raise BadPacket("an event without a name")
    if data[0] in RESERVED:
        raise BadPacket("not an event for a server")
