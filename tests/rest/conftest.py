"""What the REST tests add to the fixtures of all tests: one server for the folder, and the application in this process.

The application lives on the event loop of the test's module, so modules that use it mark their tests `on_module_loop`.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, closing
from functools import cache
from pathlib import Path

import pytest
import pytest_asyncio
import structlog

from tests.rest.in_process import App, open_app
from tests.support.people import Team
from tests.support.postgres import Postgres
from tests.support.server import TmsServer


@pytest.fixture(autouse=True)
def quiet_logs() -> Iterator[None]:
    """As a server logs (no debug lines), but readable; structlog's own way to draw a traceback takes a second each.

    For each test anew: those of other folders, which may run in between, leave their own way behind.
    """
    structlog.configure(
        processors=[
            structlog.stdlib.add_log_level,
            structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback, colors=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """As in tests/conftest.py, but the whole folder runs on the one database and then on the other."""
    return str(request.param)


@pytest.fixture(scope="session")
def database(kind: str, request: pytest.FixtureRequest) -> Callable[[], str | None]:
    return request.getfixturevalue("pg").fresh_database if kind == "postgresql" else lambda: None


@pytest.fixture(scope="session")
def teams(pg: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Team]]:
    """One server on each database, from the first test that wants it to the end of all: they go to and fro."""
    with ExitStack() as stack:

        @cache
        def on(kind: str) -> Team:
            env = {"DATABASE_URL": pg.fresh_database()} if kind == "postgresql" else {}
            server = TmsServer(tmp_path_factory.mktemp("rest") / "server", {"RATE_LIMITS": "off"} | env)
            stack.callback(server.close)
            server.start()
            return stack.enter_context(closing(Team(server)))

        yield on


@pytest.fixture(scope="session")
def team(kind: str, teams: Callable[[str], Team]) -> Team:
    """The people of the folder's server; its tests bring their own, and look at those only."""
    return teams(kind)


@pytest.fixture(scope="session")
def tms(team: Team) -> TmsServer:
    return team.server


@pytest_asyncio.fixture(loop_scope="module")
async def app(tmp_path: Path, database_url: str | None) -> AsyncIterator[App]:
    """A new application on a new database for this test."""
    async with open_app(tmp_path / "data", database_url) as app:
        yield app


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_app(
    database: Callable[[], str | None], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[App]:
    """One application for all tests of a module; each test brings its own people."""
    async with open_app(tmp_path_factory.mktemp("app") / "data", database()) as app:
        yield app
