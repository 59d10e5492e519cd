"""What the tests of files add: both kinds of file store, and the application over each of them."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import structlog

from tests.files.person import Sender
from tests.rest.in_process import App, open_app
from tests.support.postgres import Postgres
from tests.support.s3 import S3


@pytest.fixture(scope="session")
def s3() -> Iterator[S3]:
    """One service for the whole run; `fresh_bucket()` keeps tests apart."""
    server = S3()
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="module", autouse=True)
def quiet_logs() -> Iterator[None]:
    """As a server logs: no debug lines."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.INFO))
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="module", params=["local disk", "S3"])
def place(request: pytest.FixtureRequest) -> Callable[[], dict[str, str]]:
    """Runs the test on both kinds of store: each call gives the settings of a new, empty one."""
    if request.param == "local disk":
        return dict
    s3: S3 = request.getfixturevalue("s3")
    return s3.fresh_bucket


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["SQLite and local disk", "PostgreSQL and S3"])
async def files_app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[App]:
    """One application for all tests of a module, on each database and each store; each test brings its own people."""
    url, place = None, {}
    if request.param == "PostgreSQL and S3":
        pg: Postgres = request.getfixturevalue("pg")
        s3: S3 = request.getfixturevalue("s3")
        url, place = pg.fresh_database(), s3.fresh_bucket()
    async with open_app(tmp_path_factory.mktemp("files") / "data", url, **as_fields(place)) as app:
        yield app


@pytest_asyncio.fixture(loop_scope="module")
async def ana(files_app: App) -> Sender:
    return await Sender.new(files_app, "Ana Reyes")


@pytest_asyncio.fixture(loop_scope="module")
async def bob(files_app: App) -> Sender:
    return await Sender.new(files_app, "Bob Cruz")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where something may arrive."""
    return tmp_path


def as_fields(settings: dict[str, str]) -> dict[str, Any]:
    """Settings as the fields they fill."""
    return {name.lower(): value for name, value in settings.items()}
