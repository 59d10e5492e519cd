"""A server of its own for each database, and runs against it in this process, so that a bug can stand in between."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Protocol

import pytest
import pytest_asyncio
import structlog

from tests.support.server import TmsServer
from tests.verify.hostile import Bug, HostileNetwork
from tms_chat.app import open_services
from tms_chat.http.deps import Services
from tms_chat.settings import Settings
from tms_chat.verify.api import Person
from tms_chat.verify.checker import check
from tms_chat.verify.people import make_people
from tms_chat.verify.run import Plan, Run
from tms_chat.verify.verdict import Verdict

SECRET = "of the servers of tests: 0123456789abcdef"


class Drive(Protocol):
    """A run past this bug: what was found, and who took part; `quiet` is how long it waits for stragglers."""

    async def __call__(self, bug: Bug, *, faults: float = 0.0, quiet: float = 20.0) -> tuple[Verdict, list[Person]]: ...


@pytest.fixture(autouse=True)
def quiet_logs() -> Iterator[None]:
    """As a server logs: no debug lines."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="module")
def server(database: Callable[[], str | None], tmp_path_factory: pytest.TempPathFactory) -> Iterator[TmsServer]:
    url = database()
    env = {"JWT_SECRET": SECRET, "RATE_LIMITS": "off"} | ({"DATABASE_URL": url} if url else {})
    server = TmsServer(tmp_path_factory.mktemp("verify") / "server", env)
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest_asyncio.fixture
async def services(server: TmsServer) -> AsyncIterator[Services]:
    """As `tms verify` has them, beside the server."""
    values: dict[str, Any] = {"data_dir": server.folder / "data", "jwt_secret": SECRET}
    values["database_url"] = server.env.get("DATABASE_URL")
    # The prefix: settings that happen to be exported on a developer's machine have other names.
    settings = Settings(_env_file=None, _env_prefix="NOT_FROM_THE_ENVIRONMENT_", **values)
    async with open_services(settings) as services:
        yield services


@pytest.fixture
def drive(server: TmsServer, services: Services) -> Drive:
    async def drive(bug: Bug, *, faults: float = 0.0, quiet: float = 20.0) -> tuple[Verdict, list[Person]]:
        plan = Plan(clients=6, senders=3, seconds=2.5, rate=100.0, faults=faults, quiet=quiet)
        people = await make_people(services.db, services.settings, services.own_key, plan.people, 300)
        run = Run(HostileNetwork(server.base_url, bug), people, plan, lambda _phase, _share: None, {})
        return check(await run()), people

    return drive
