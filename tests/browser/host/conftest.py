"""A host product, chat servers that live inside its login, and browsers that go back and forth between them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.host.site import ACME, Site
from tests.conftest import StartServer
from tests.host.conftest import OpenOffice, running_office, settings
from tests.host.host import Host
from tests.host.nextauth_host import NextAuthHost
from tests.host.office import Office
from tests.support.static_host import StaticHost


@pytest.fixture(scope="session")
def host() -> Iterator[Host]:
    """One small host for all tests: they bring people of their own."""
    host = Host()
    try:
        host.start()
        yield host
    finally:
        host.close()


@pytest.fixture(scope="session")
def nextauth() -> Iterator[NextAuthHost]:
    """The host that is really built with next-auth; it has the same secret, and its people are the small host's."""
    host = NextAuthHost()
    try:
        host.start()
        yield host
    finally:
        host.close()


@pytest.fixture(scope="session")
def office(host: Host, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A chat server that serves its own page. SQLite: what a browser shows does not depend on the database."""
    with running_office(host, tmp_path_factory.mktemp("office"), HOST_NAME=ACME) as office:
        yield office


@pytest.fixture(scope="session")
def neighbours(host: Host, nextauth: NextAuthHost, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A chat server on one site with the host that is built with next-auth."""
    env = {"HOST_NAME": ACME, "HOST_PUBLIC_URL": nextauth.url}
    with running_office(host, tmp_path_factory.mktemp("neighbours"), **env) as office:
        yield office


@pytest.fixture(scope="session")
def apart(host: Host, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Page, chat server and host on three sites, as on sub-domains of a platform."""
    with StaticHost({}) as page:
        # Chromium finds every name below localhost on this machine, and each of them is a site of its own.
        there = f"http://host.localhost:{host.port}"
        env = {"HOST_NAME": ACME, "HOST_PUBLIC_URL": there, "ALLOWED_ORIGINS": page.origin}
        with running_office(host, tmp_path_factory.mktemp("apart"), **env) as office:
            page.config = {"NEXT_PUBLIC_API_URL": office.server.base_url}
            yield Site(office, page.origin, there)


@pytest.fixture
def open_office(host: Host, start_server: StartServer) -> Iterator[OpenOffice]:
    """For tests that configure a server."""
    offices: list[Office] = []

    def open_one(**env: str | None) -> Office:
        wanted: dict[str, str | None] = {**settings(host), **env}
        offices.append(Office(host, start_server(**wanted)))
        return offices[-1]

    yield open_one
    for office in offices:
        office.close()
