"""Clients that reach the names of a deployment on this machine, over TLS, and compare its certificate."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect

from tests.deploy.certificate import Certificate
from tests.deploy.page import CHAT, CHAT_ORIGIN

HANDSHAKE = "/socket.io/?EIO=4&transport=polling"


class Web:
    """`get("https://chat.example.com/…")` goes to the proxy's port and says that name, as a browser would."""

    def __init__(self, port: int, certificate: Certificate) -> None:
        self.port = port
        self.certificate = certificate
        self._http = httpx.Client(transport=_Here(port, certificate), timeout=20)

    def get(self, url: str, **headers: str) -> httpx.Response:
        return self.request("GET", url, headers)

    def post(self, url: str, body: dict[str, Any], **headers: str) -> httpx.Response:
        return self.request("POST", url, headers, json=body)

    def preflight(self, url: str, origin: str, method: str = "POST") -> httpx.Response:
        """What a browser asks before a request with a bearer token and JSON."""
        headers = {
            "Origin": origin,
            "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": "authorization,content-type",
        }
        return self.request("OPTIONS", url, headers)

    def request(self, method: str, url: str, headers: dict[str, str], **more: Any) -> httpx.Response:
        """A path alone is one of the server's."""
        self._http.cookies.clear()
        return self._http.request(method, url if "://" in url else CHAT_ORIGIN + url, headers=headers, **more)

    @asynccontextmanager
    async def websocket(self, **headers: str) -> AsyncIterator[ClientConnection]:
        """An open websocket of the server, past Engine.IO's first packet."""
        async with connect(
            f"wss://{CHAT}/socket.io/?EIO=4&transport=websocket",
            host="127.0.0.1",
            port=self.port,
            ssl=self.certificate.context(),
            additional_headers=headers,
            proxy=None,
        ) as connection:
            assert str(await connection.recv()).startswith("0")
            yield connection

    def close(self) -> None:
        self._http.close()


class _Here(httpx.HTTPTransport):
    """Sends every https request to one port of this machine; the Host header and SNI stay those of the URL."""

    def __init__(self, port: int, certificate: Certificate) -> None:
        super().__init__(verify=certificate.context())
        self._port = port

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.extensions = {**request.extensions, "sni_hostname": request.url.host}
        request.url = request.url.copy_with(host="127.0.0.1", port=self._port)
        return super().handle_request(request)


async def greeted(connection: ClientConnection, token: str) -> bool:
    """CONNECT; whether `hello` comes."""
    await connection.send("40" + json.dumps({"token": token}))
    while True:
        frame = str(await connection.recv())
        if frame.startswith(('42["hello"', "44")):
            return frame.startswith("42")
