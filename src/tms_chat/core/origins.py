"""Origins (RFC 6454): scheme, host and port, compared exactly. One list serves REST and Socket.IO.

A string where a list was expected, a path behind the host, a `*`: each of these once let nobody or everybody in.
Here each is either understood or stops the start with a sentence.
"""

import json
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import urlsplit

MAX_HOST = 260  # the longest name there is (RFC 1035 §2.3.4), and a port
DEFAULT_PORTS = {"http": 80, "https": 443}


def parse_origins(value: str | Iterable[str]) -> tuple[str, ...]:
    """The origins named by a comma list, a JSON list or a list, in their order, without repeats.

    Raises ValueError with a sentence that names the entry and the remedy.
    """
    if isinstance(value, str):
        text = value.strip()
        if text.startswith("["):
            try:
                entries = json.loads(text)
            except ValueError:
                raise ValueError(
                    f"ALLOWED_ORIGINS starts like a JSON list but is not one: {text!r}; write https://a.example,https://b.example"
                ) from None
            if not all(isinstance(entry, str) for entry in entries):
                raise ValueError("ALLOWED_ORIGINS as a JSON list must hold strings only")
        else:
            entries = text.split(",")
    else:
        entries = list(value)
    cleaned = (entry.strip() for entry in entries)
    return tuple(dict.fromkeys(parse_origin(entry) for entry in cleaned if entry))


def parse_origin(entry: str, setting: str = "ALLOWED_ORIGINS") -> str:
    """One exact origin in its serialised form; one trailing slash and a default port are forgiven.

    Raises ValueError with a sentence that names the setting.
    """
    if entry == "*":
        raise ValueError(f"{setting} does not take '*': name each origin, like https://app.example.com")
    if entry.lower() == "null":
        raise ValueError(f"{setting} does not take 'null': pages from files have no origin to allow")
    if "*" in entry:
        raise ValueError(f"{setting} does not take wildcards: {entry!r}; name each origin exactly")
    if "://" not in entry:
        raise ValueError(f"{setting} entry {entry!r} has no scheme: write https://{entry} or http://{entry}")
    try:
        parts = urlsplit(entry)
        port = parts.port
        if port == 0:
            raise ValueError
    except ValueError:
        raise ValueError(f"{setting} entry {entry!r} has a port that is not a number from 1 to 65535") from None
    scheme = parts.scheme.lower()
    if scheme not in DEFAULT_PORTS:
        raise ValueError(f"{setting} entry {entry!r} must start with http:// or https://")
    if not parts.hostname or any(character.isspace() for character in entry):
        raise ValueError(f"{setting} entry {entry!r} has no valid host name")
    if parts.username is not None or parts.password is not None:
        raise ValueError(f"{setting} entries hold no user name or password: write scheme, host and port only")
    try:
        origin = serialise(scheme, parts.hostname, port)
    except UnicodeError:
        raise ValueError(f"{setting} entry {entry!r} has no valid host name") from None
    if parts.path not in ("", "/") or parts.query or parts.fragment or entry.endswith(("?", "#")):
        raise ValueError(
            f"{setting} entry {entry!r} has a path: an origin is scheme, host and port only, like {origin}"
        )
    return origin


def serialise(scheme: str, host: str, port: int | None) -> str:
    """The ASCII serialisation a browser sends in `Origin` (RFC 6454 §6.2): no default port, lower case."""
    host = host.lower()
    if not host.isascii():
        host = host.encode("idna").decode("ascii")
    if ":" in host:
        host = f"[{host}]"
    if port is None or port == DEFAULT_PORTS.get(scheme):
        return f"{scheme}://{host}"
    return f"{scheme}://{host}:{port}"


def own_origin(scheme: str, host_header: str) -> str | None:
    """The server's own origin as this request saw it, from its scheme and Host header; None when there is no host."""
    return (_own_origin if len(host_header) <= MAX_HOST else _own_origin.__wrapped__)(scheme, host_header)


@lru_cache(maxsize=256)  # all come by a few names; who sends others must not fill the memory with long ones
def _own_origin(scheme: str, host_header: str) -> str | None:
    scheme = {"ws": "http", "wss": "https"}.get(scheme, scheme)
    try:
        parts = urlsplit(f"{scheme}://{host_header}")
        return serialise(scheme, parts.hostname, parts.port) if parts.hostname else None
    except (ValueError, UnicodeError):
        return None


def parse_address(entry: str, setting: str) -> str:
    """The address of another server, which may have a path; trailing slashes and a final /api/v1 are forgiven.

    Raises ValueError with a sentence that names the setting.
    """
    parts = urlsplit(entry.strip())
    if parts.scheme.lower() not in DEFAULT_PORTS or not parts.hostname or parts.username or parts.fragment:
        raise ValueError(f"{setting} must be an address like https://app.example.com, not {entry!r}")
    return entry.strip().rstrip("/").removesuffix("/api/v1").rstrip("/")
