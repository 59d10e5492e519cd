"""Servers inside a host product, which tests of this folder kill, stop and start again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import StartServer
from tests.socket.host import HOST_SECRET, Host


@pytest.fixture
def host(start_server: StartServer, database_url: str | None) -> Iterator[Host]:
    """A fresh server for this test, on each database; load tests need the rate limits off."""
    people = Host(start_server(DATABASE_URL=database_url, NEXTAUTH_SECRET=HOST_SECRET, RATE_LIMITS="off"))
    yield people
    people.close()
