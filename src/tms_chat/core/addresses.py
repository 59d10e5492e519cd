"""Our own addresses are stored as paths and shown absolute, as the reader of an answer reaches this server.

A database outlives the name of its server: what is stored as `/api/v1/files/…` is right after a move too. The transport
says at the beginning of each request (or socket command) what its server is called; events carry the name that the one
who caused them used, so a server behind several names should have PUBLIC_URL.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

FILES_PATH = "/api/v1/files/"
ADDRESS_KEYS = ("fileUrl", "thumbnailUrl")

own_address: ContextVar[str] = ContextVar("own_address", default="")


def absolute(address: str) -> str:
    """A path of a file of ours as an address; anything else as it is."""
    return own_address.get() + address if address.startswith(FILES_PATH) else address


def stored(address: str) -> str:
    """What `absolute` made of a path is that path again: clients send back the address that they were shown."""
    base = own_address.get()
    return address.removeprefix(base) if base and address.startswith(base + FILES_PATH) else address


def shown_metadata(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """The metadata of a message for the wire: the addresses of its file absolute, everything else untouched."""
    shown = dict(metadata)
    if "fileId" in shown:  # an upload wrote it; clients that name files elsewhere get back what they sent
        for key in ADDRESS_KEYS:
            if isinstance(shown.get(key), str):
                shown[key] = absolute(shown[key])
    return shown
