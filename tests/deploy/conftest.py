"""Deployments on this machine: a server in production mode behind a proxy that ends TLS, and a client beside it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Protocol

import pytest

from tests.deploy.certificate import Certificate, make_certificate
from tests.deploy.page import CHAT, CHAT_ORIGIN, CLIENT, CLIENT_ORIGIN
from tests.deploy.proxy import Proxy
from tests.deploy.web import Web
from tests.support.server import TmsServer
from tests.support.static_host import CLIENT as BUILT_CLIENT

JWT_SECRET = "2f6c1d90b3a84e57c2d1f0e9a8b7c6d5"
# How the server learns that browsers see it at https: by its address, or by what the proxy says.
BY_ADDRESS = {"PUBLIC_URL": CHAT_ORIGIN}
BY_PROXY = {"TRUSTED_PROXIES": "127.0.0.1"}


@dataclass(frozen=True)
class Site:
    """A server at https://chat.example.com and a client at https://client.example.com."""

    server: TmsServer
    proxy: Proxy
    web: Web


class Deploy(Protocol):
    """Starts one: the kind of proxy, and the settings beside those that production insists on."""

    def __call__(self, kind: str, **env: str) -> Site: ...


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"), CHAT, CLIENT)


@pytest.fixture(scope="module")
def deploy(certificate: Certificate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deploy]:
    with ExitStack() as stack:

        def start(kind: str, **env: str) -> Site:
            folder = tmp_path_factory.mktemp(kind)
            client = folder / "client"
            shutil.copytree(BUILT_CLIENT, client)
            (client / "config.json").write_text(json.dumps({"NEXT_PUBLIC_API_URL": CHAT_ORIGIN}))
            settings = {"ENVIRONMENT": "production", "JWT_SECRET": JWT_SECRET, "ALLOWED_ORIGINS": CLIENT_ORIGIN}
            server = TmsServer(folder / "server", settings | env)
            stack.callback(server.close)
            server.start()
            upstream = server.base_url.removeprefix("http://")
            proxy = stack.enter_context(Proxy(kind, folder / "proxy", certificate, upstream, client))
            web = Web(proxy.port, certificate)
            stack.callback(web.close)
            return Site(server, proxy, web)

        yield start
