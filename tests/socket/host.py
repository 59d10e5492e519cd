"""The people of a host product: known at first sight by the host's tokens, so that a test can have many of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import httpx

from tests.socket.http import NO_TLS
from tests.support.people import Person, checked, host_token
from tests.support.server import TmsServer

HOST_SECRET = "the host's secret, for tests: 0123456789abcdef"
INSIDE_A_HOST = {"NEXTAUTH_SECRET": HOST_SECRET, "RATE_LIMITS": "off"}
_numbers = count(1)


class Host:
    """Everybody who signed in at the host of one server, which must run with `NEXTAUTH_SECRET=HOST_SECRET`."""

    def __init__(self, server: TmsServer) -> None:
        self.server = server
        self._people: list[Person] = []

    def add(self, name: str) -> Person:
        """Somebody new, known to the server from here on."""
        user_id = f"host-{next(_numbers)}"
        token = host_token(HOST_SECRET, user_id, f"{user_id}@corp.local", name)
        http = httpx.Client(
            base_url=f"{self.server.base_url}/api/v1",
            headers={"Authorization": f"Bearer {token}"},
            timeout=20,
            verify=NO_TLS,
        )
        user = checked(http.get("/users/me"), 200)
        person = Person(user["id"], user["email"], user["displayName"], token, http)
        self._people.append(person)
        return person

    def token(self, *, seconds: int = 3600) -> str:
        """A token of somebody new that expires in so many seconds from now, or did so long ago."""
        user_id = f"host-{next(_numbers)}"
        return host_token(HOST_SECRET, user_id, f"{user_id}@corp.local", "Hana Host", seconds=seconds)

    def close(self) -> None:
        """Close everybody's HTTP client."""
        for person in self._people:
            person.close()


@contextmanager
def running_host(folder: Path, database_url: str | None, **env: str) -> Iterator[Host]:
    """A running server inside a host product, on SQLite when there is no address."""
    settings = INSIDE_A_HOST | env
    server = TmsServer(folder, settings if database_url is None else settings | {"DATABASE_URL": database_url})
    with hosting(server) as host:
        yield host


@contextmanager
def hosting(server: TmsServer) -> Iterator[Host]:
    """The same with a server of one's own, which is started and closed; see INSIDE_A_HOST."""
    host = Host(server)
    try:
        server.start()
        yield host
    finally:
        host.close()
        server.close()
