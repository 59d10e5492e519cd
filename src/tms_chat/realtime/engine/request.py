"""What a client said when it opened a session, whichever transport it came by."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

from tms_chat.realtime.engine.packets import PROTOCOL

MAX_QUERY = 4096


@lru_cache(maxsize=64)  # all that open a session ask alike
def _parsed(query: bytes) -> Mapping[str, str]:
    text = query.decode("ascii", "replace")
    pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=32) if text.count("&") < 32 else []
    return dict(reversed(pairs))


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request for the engine. `scheme` is http or https; header names are lower-case bytes, as in ASGI."""

    scheme: str
    peer: str
    query: Mapping[str, str]
    headers: list[tuple[bytes, bytes]]

    @classmethod
    def of(cls, scheme: str, peer: str, query: bytes, headers: list[tuple[bytes, bytes]]) -> "Request":
        """From the raw parts of a request; the first value of a repeated parameter counts."""
        return cls(scheme, peer, _parsed(query[:MAX_QUERY]), headers)

    def header(self, name: bytes) -> str | None:
        """The first header of this name."""
        return next((value.decode("latin-1") for key, value in self.headers if key == name), None)

    def all(self, name: bytes) -> Iterator[str]:
        """Every header of this name."""
        return (value.decode("latin-1") for key, value in self.headers if key == name)

    @property
    def sid(self) -> str:
        """The session it continues, or an empty string."""
        return self.query.get("sid", "")

    @property
    def scope(self) -> dict[str, Any]:
        """As much of an ASGI scope as an origin policy looks at."""
        return {"type": "http", "scheme": self.scheme, "headers": self.headers, "client": (self.peer, 0)}

    def objection(self) -> int | None:
        """The number of the error that speaks against its query, if any."""
        if self.query.get("transport") not in ("websocket", "polling"):
            return 0
        return 5 if self.query.get("EIO") != PROTOCOL else None
