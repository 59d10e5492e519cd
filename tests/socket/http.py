"""HTTP clients that do not load the machine's certificates: plain HTTP has no use for them, and it takes longer than
the requests of a test."""

from __future__ import annotations

import ssl

import httpx

from tests.support.server import TmsServer

#: Trusts nobody, should it ever be asked.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def async_http(server: TmsServer, token: str | None = None, *, origin: str | None = None) -> httpx.AsyncClient:
    """Paths start at the server's root; with a token they carry it, with an origin they come from its page."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    if origin is not None:
        headers["Origin"] = origin
    return httpx.AsyncClient(base_url=server.base_url, headers=headers, timeout=20, verify=NO_TLS)
