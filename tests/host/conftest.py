"""A host product as a process of its own, and chat servers that live inside its login."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Protocol

import pytest

from tests.conftest import StartServer
from tests.host.host import Host
from tests.host.nextauth_host import NextAuthHost
from tests.host.office import JWT_SECRET, PARTNER, Office
from tests.socket.device import Device
from tests.support.people import Person
from tests.support.server import TmsServer


class OpenOffice(Protocol):
    """Starts a server with these settings, connected with the host, and gives its people."""

    def __call__(self, **env: str | None) -> Office: ...


class OpenDevice(Protocol):
    """A socket with this token, at the shared server unless another one is given; closed with the test."""

    async def __call__(self, person: Person | str, server: TmsServer | None = None) -> Device: ...


@pytest.fixture(scope="session")
def host() -> Iterator[Host]:
    """One host for all tests: they bring people of their own, and end the bad days they make."""
    host = Host()
    try:
        host.start()
        yield host
    finally:
        host.close()


@pytest.fixture(scope="session")
def nextauth() -> Iterator[NextAuthHost]:
    """The host that is really built with next-auth and Auth.js; it has the same secret."""
    host = NextAuthHost()
    try:
        host.start()
        yield host
    finally:
        host.close()


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Callable[[], str | None]:
    """As in tests/conftest.py, but the whole folder runs on the one database and then on the other."""
    return request.getfixturevalue("pg").fresh_database if request.param == "postgresql" else lambda: None


@pytest.fixture(scope="session")
def office(
    host: Host, database: Callable[[], str | None], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Office]:
    """One chat server for the folder, and its people: tests bring their own and do not meet."""
    url = database()
    with running_office(host, tmp_path_factory.mktemp("office"), **({"DATABASE_URL": url} if url else {})) as office:
        yield office


@pytest.fixture(scope="session")
def tms(office: Office) -> TmsServer:
    """That server."""
    return office.server


@pytest.fixture
def open_office(host: Host, start_server: StartServer) -> Iterator[OpenOffice]:
    """For tests that configure, restart or starve a server; on SQLite unless DATABASE_URL is given."""
    offices: list[Office] = []

    def open_one(**env: str | None) -> Office:
        wanted: dict[str, str | None] = {**settings(host), **env}
        office = Office(host, start_server(**wanted))
        offices.append(office)
        return office

    yield open_one
    for office in offices:
        office.close()


@pytest.fixture
async def device(request: pytest.FixtureRequest) -> AsyncIterator[OpenDevice]:
    async with AsyncExitStack() as stack:

        async def open_one(person: Person | str, server: TmsServer | None = None) -> Device:
            there = server if server is not None else request.getfixturevalue("tms")
            token = person if isinstance(person, str) else person.token
            return await stack.enter_async_context(Device(there, token))

        yield open_one


def settings(host: Host) -> dict[str, str]:
    """What connects a server with the host; the limits are off, because all these people share one address."""
    return {**host.settings, "JWT_SECRET": JWT_SECRET, "ALLOWED_ORIGINS": PARTNER, "RATE_LIMITS": "off"}


@contextmanager
def running_office(host: Host, folder: Path, **env: str) -> Iterator[Office]:
    """A server with these settings, connected with the host."""
    server = TmsServer(folder / "server", settings(host) | env)
    office = Office(host, server)
    try:
        server.start()
        yield office
    finally:
        office.close()
        server.close()
