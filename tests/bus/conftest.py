"""Two server processes of one installation, and people with devices at either."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack, contextmanager
from pathlib import Path
from typing import Protocol

import httpx
import pytest

from tests.socket.device import Device
from tests.socket.host import INSIDE_A_HOST, Host, hosting
from tests.support.people import Person
from tests.support.postgres import Postgres
from tests.support.redis import RedisServer
from tests.support.server import TmsServer

DISTURBED = Path(__file__).parent / "disturbed"


class Pair:
    """`near` is as it should be; `far`'s bus does what `disturb` says, and all is well until it is said."""

    def __init__(self, near: Host, far: TmsServer, fault: Path) -> None:
        self.near = near
        self.far = far
        self._fault = fault
        self._far: list[Person] = []

    def disturb(self, how: str = "") -> None:
        """Nothing, or one of the words in disturbed/sitecustomize.py."""
        self._fault.write_text(how)

    def at_far(self, person: Person) -> Person:
        """The same person with the other server."""
        http = httpx.Client(base_url=f"{self.far.base_url}/api/v1", headers=person.http.headers, timeout=20)
        self._far.append(Person(person.id, person.email, person.name, person.token, http))
        return self._far[-1]

    def close(self) -> None:
        """Close what `at_far` opened."""
        for person in self._far:
            person.close()


class Connect(Protocol):
    """Connects one more device of this person, at the far server unless said otherwise."""

    async def __call__(self, person: Person, *, near: bool = False) -> Device: ...


@contextmanager
def running_pair(folder: Path, **env: str) -> Iterator[Pair]:
    """Both started; `env` needs a DATABASE_URL."""
    fault = folder / "fault"
    limits = {"RATE_LIMITS": "on", "RATE_SENDS": "1000/s", "RATE_SEARCHES": "5/h", "RATE_HANDSHAKES": "1000/min"}
    settings = INSIDE_A_HOST | limits | {"JWT_SECRET": "the same for all nodes: 0123456789abcdef"} | env
    disturbed = {"PYTHONPATH": str(DISTURBED), "BUS_FAULT": str(fault)}
    with ExitStack() as stack:
        near = stack.enter_context(hosting(TmsServer(folder / "near", settings)))
        far = TmsServer(folder / "far", settings | disturbed)
        stack.callback(far.close)
        far.start()
        pair = Pair(near, far, fault)
        stack.callback(pair.close)
        yield pair


@pytest.fixture(scope="session")
def redis() -> Iterator[RedisServer]:
    """One server, which keeps nothing; whoever kills it starts it again."""
    server = RedisServer()
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def pair(pg: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """One pair for all tests of this folder, which leave it undisturbed."""
    with running_pair(tmp_path_factory.mktemp("pair"), DATABASE_URL=pg.fresh_database()) as made:
        yield made


@pytest.fixture
async def connect(pair: Pair) -> AsyncIterator[Connect]:
    """Devices, disconnected when the test is over, and no fault is left."""
    async with AsyncExitStack() as stack:

        async def connect_one(person: Person, *, near: bool = False) -> Device:
            server = pair.near.server if near else pair.far
            return await stack.enter_async_context(Device(server, person.token))

        yield connect_one
    pair.disturb()
