"""A server that lets a page of another origin in, as the walk over its OpenAPI document asks from one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.conftest import _factory
from tests.support.people import Team
from tests.support.server import TmsServer

ORIGIN = "https://app.corp.example"


@pytest.fixture(scope="module")
def tms(database: Callable[[], str | None], tmp_path_factory: pytest.TempPathFactory) -> Iterator[TmsServer]:
    """One for the module, once on each database."""
    for start in _factory(tmp_path_factory.mktemp("contract")):
        yield start(DATABASE_URL=database(), RATE_LIMITS="off", ALLOWED_ORIGINS=ORIGIN)


@pytest.fixture(scope="module")
def team(tms: TmsServer) -> Iterator[Team]:
    """Its people."""
    people = Team(tms)
    yield people
    people.close()
