"""Fixtures for everything that runs against a real server; see tests/support for what they hand out."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Protocol

import pytest
from hypothesis import HealthCheck, settings

from tests.support.people import Team
from tests.support.postgres import Postgres
from tests.support.server import TmsServer

# How long an example takes says more about the machine than about the code.
settings.register_profile("tms", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tms")

#: What takes long is begun first, what waits beside what works (`--no-loadscope-reorder` keeps this order): otherwise
#: the last file of all is one of these, and everybody waits for it.
LONG = (
    "tests/contract/",
    "tests/workers/test_nodes_restart.py",
    "tests/engine/test_attacks.py",
    "tests/start/test_early_stop.py",
    "tests/rest/test_user_command.py",
    "tests/workers/test_life.py",
    "tests/model/",
    "tests/engine/test_upgrade.py",
    "tests/backup/test_under_writes.py",
    "tests/host/test_session.py",
    "tests/verify/",
    "tests/engine/",
    "tests/faults/",
    "tests/start/",
    "tests/host/",
    "tests/durability/",
    "tests/deploy/",
    "tests/packaging/",
    "tests/workers/",
    "tests/bus/",
    "tests/browser/test_accessibility.py",
    "tests/browser/test_connection.py",
    "tests/browser/test_scrolling.py",
    "tests/browser/host/",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    return next((turn for turn, place in enumerate(LONG) if item.nodeid.startswith(place)), len(LONG))


def pytest_collection_finish() -> None:
    """What is there by now stays to the end: the collector need not look at it in the middle of a test."""
    gc.collect()
    gc.freeze()


class StartServer(Protocol):
    """Starts a server with these settings and waits until it is ready; None leaves a setting out."""

    def __call__(self, **env: str | None) -> TmsServer: ...


@pytest.fixture(scope="session")
def pg() -> Iterator[Postgres]:
    """One PostgreSQL server for the whole run; `fresh_database()` keeps tests apart."""
    # Several servers of several tests live at a time, each with a pool of its own.
    with Postgres(max_connections="300") as server:
        yield server


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Callable[[], str | None]:
    """Runs the test on both databases: each call gives the DATABASE_URL of a new one, None for SQLite."""
    if request.param == "sqlite":
        return lambda: None
    pg: Postgres = request.getfixturevalue("pg")
    return pg.fresh_database


@pytest.fixture
def database_url(database: Callable[[], str | None]) -> str | None:
    """A new database for this test; None means SQLite in the server's data folder."""
    return database()


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[StartServer]:
    """For tests that stop, kill or configure a server: each call starts one, in a folder of its own."""
    yield from _factory(tmp_path)


@pytest.fixture(scope="module")
def tms(database: Callable[[], str | None], tmp_path_factory: pytest.TempPathFactory) -> Iterator[TmsServer]:
    """One running server for all tests of a module, once on each database. Rate limits are off."""
    for start in _factory(tmp_path_factory.mktemp("tms")):
        yield start(DATABASE_URL=database(), RATE_LIMITS="off")


@pytest.fixture(scope="module")
def team(tms: TmsServer) -> Iterator[Team]:
    """The people of the module's server; tests add those they need, so that they do not share state."""
    people = Team(tms)
    yield people
    people.close()


def _factory(folder: Path) -> Iterator[StartServer]:
    servers: list[TmsServer] = []
    numbers = count(1)

    def start(**env: str | None) -> TmsServer:
        given = {name: value for name, value in env.items() if value is not None}
        server = TmsServer(folder / f"server{next(numbers)}", given)
        servers.append(server)
        server.start()
        return server

    try:
        yield start
    finally:
        for server in servers:
            server.close()
