"""A server to talk to by hand, and one whose heart beats fast enough for a test to listen to it."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from tests.socket.host import INSIDE_A_HOST, Host, hosting, running_host
from tests.socket.http import async_http
from tests.support.server import TmsServer

BRISK = Path(__file__).with_name("brisk.py")


@pytest.fixture(scope="session")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """One server for the folder; the protocol is the same whatever the database is, so it has SQLite."""
    with running_host(tmp_path_factory.mktemp("engine"), None) as host:
        yield host


@pytest.fixture(scope="session")
def brisk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """The same with a short heartbeat; see brisk.py."""
    command = (sys.executable, str(BRISK))
    with hosting(TmsServer(tmp_path_factory.mktemp("brisk"), INSIDE_A_HOST, command=command)) as host:
        yield host


@pytest.fixture
async def http(host: Host) -> AsyncIterator[httpx.AsyncClient]:
    """Requests to the server, from no page."""
    async with async_http(host.server) as http:
        yield http
