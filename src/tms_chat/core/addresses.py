"""Our own addresses are stored as paths and shown absolute, as the reader of an answer reaches this server.

A database outlives the name of its server: what is stored as `/api/v1/files/…` is right after a move too. The transport
says at the beginning of each request (or socket command) what its server is called. An event is rendered with the name
that whoever caused it used, and shown to each socket with the name its own connection used: a client that says another
Host must not put it into what others see.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any
from urllib.parse import urlsplit

FILES_PATH = "/api/v1/files/"
ADDRESS_KEYS = ("fileUrl", "thumbnailUrl")
SHOWN_KEYS = (*ADDRESS_KEYS, "avatar_url")
LOOPBACK = ("localhost", "127.0.0.1", "::1")

own_address: ContextVar[str] = ContextVar("own_address", default="")


def absolute(address: str) -> str:
    """A path of a file of ours as an address; anything else as it is."""
    return own_address.get() + address if address.startswith(FILES_PATH) else address


def stored(address: str) -> str:
    """What `absolute` made of a path is that path again: clients send back the address that they were shown."""
    base = own_address.get()
    return address.removeprefix(base) if base and address.startswith(base + FILES_PATH) else address


def names_files(body: Any) -> bool:
    """Whether this event shows an address of a file of ours."""
    if isinstance(body, Mapping):
        for key in SHOWN_KEYS:
            if key in body and _is_own(body[key]):
                return True
        body = body.values()
    elif not isinstance(body, list):
        return False
    return any(isinstance(value, dict | list) and names_files(value) for value in body)


def readdressed(body: Any, address: str) -> Any:
    """The same event for somebody who reaches this server at `address`."""
    if isinstance(body, Mapping):
        return {
            key: address + value.removeprefix(own_address.get())
            if key in SHOWN_KEYS and _is_own(value)
            else readdressed(value, address)
            for key, value in body.items()
        }
    return [readdressed(value, address) for value in body] if isinstance(body, list) else body


def is_own_address(address: str, public_url: str | None) -> bool:
    """Whether an absolute address is one of this server, as this request reached it or as PUBLIC_URL says.

    The names of this machine for itself are one name: clients are configured with either.
    """
    given = _origin(address)
    return given is not None and given in (_origin(own_address.get()), _origin(public_url or ""))


def _origin(address: str) -> tuple[str, str, int | None] | None:
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if not host or parts.username is not None or parts.scheme not in ("http", "https"):
        return None
    return parts.scheme, "localhost" if host in LOOPBACK else host, port


def _is_own(value: Any) -> bool:
    return isinstance(value, str) and value.startswith(own_address.get() + FILES_PATH)


def shown_metadata(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """The metadata of a message for the wire: the addresses of its file absolute, everything else untouched."""
    shown = dict(metadata)
    if "fileId" in shown:  # an upload wrote it; clients that name files elsewhere get back what they sent
        for key in ADDRESS_KEYS:
            if isinstance(shown.get(key), str):
                shown[key] = absolute(shown[key])
    return shown
