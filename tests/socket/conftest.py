"""Sockets, and a server whose people come from a host."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from typing import Any, Protocol

import pytest

from tests.socket.device import Device
from tests.socket.host import Host, running_host
from tests.support.people import Person
from tests.support.postgres import Postgres


class Connect(Protocol):
    """Connects one more device of this person."""

    async def __call__(self, person: Person, **options: Any) -> Device: ...


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def host(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """One server inside a host product for all tests of this folder, once on each database.

    Tests add the people they need, which costs one request each, and so do not meet each other.
    """
    pg: Postgres | None = request.getfixturevalue("pg") if request.param == "postgresql" else None
    with running_host(tmp_path_factory.mktemp("host"), pg.fresh_database() if pg else None) as host:
        yield host


@pytest.fixture
async def connect(host: Host) -> AsyncIterator[Connect]:
    """Devices of the host's people, disconnected when the test is over."""
    async with AsyncExitStack() as stack:

        async def connect_one(person: Person, **options: Any) -> Device:
            return await stack.enter_async_context(Device(host.server, person.token, **options))

        yield connect_one
