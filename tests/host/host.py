"""The handle of the small host: starts its process, brings people in, makes it slow or broken, counts its calls.

The state lives here as well, so that a host that was stopped knows its people again when it comes back.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from signal import SIGTERM
from typing import Any

import httpx
from joserfc import jwt
from joserfc.jwk import OctKey

from tests.socket.http import NO_TLS
from tests.support.processes import PATH, bound_to_us, free_port, wait_until

ROOT = Path(__file__).parents[2]
SECRET = "the secret that the host and the chat share: 0123456789"
API_KEY = "the key the two show each other 0123456789"
PASSWORD = "a good password at the host"
_numbers = count(1)


@dataclass(frozen=True)
class Colleague:
    """Somebody with an account at the host."""

    id: str
    email: str
    name: str


class Host:
    """One host product on a port of its own, which stays the same over restarts."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._people: dict[str, dict[str, Any]] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._http = httpx.Client(base_url=self.url, timeout=10, verify=NO_TLS)

    @property
    def settings(self) -> dict[str, str]:
        """The three variables that connect a chat server with this host."""
        return {
            "NEXTAUTH_SECRET": SECRET,
            "USER_MANAGEMENT_API_URL": self.url,
            "USER_MANAGEMENT_API_KEY": API_KEY,
        }

    def start(self) -> None:
        """Returns once it answers."""
        command = [sys.executable, "-m", "tests.host.host_process", str(self.port)]
        env = {"PATH": PATH, "HOST_SECRET": SECRET, "HOST_API_KEY": API_KEY}
        self._process = subprocess.Popen(
            bound_to_us(command, signal="KILL"), cwd=ROOT, env=env, stdin=subprocess.DEVNULL
        )
        wait_until(self._answers, seconds=20, what="the host answers")
        self._order(people=list(self._people.values()))

    def stop(self) -> None:
        """Nothing listens on its port afterwards."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(SIGTERM)
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def close(self) -> None:
        self.stop()
        self._http.close()

    def add(self, name: str, role: str = "MEMBER", **profile: Any) -> Colleague:
        """A new account; the name gets a number, so that searches of tests do not meet."""
        number = next(_numbers)
        person = {
            "id": f"clx{number:022d}",
            "email": f"{name.split()[0].lower()}{number}@corp.local",
            "name": f"{name} {number:04d}",
            "role": role,
            "password": PASSWORD,
            "isActive": True,
            **profile,
        }
        self._people[person["id"]] = person
        self._order(people=[person])
        return self.person(person["id"])

    def person(self, person_id: str) -> Colleague:
        """Somebody who was added before, as they are now."""
        known = self._people[person_id]
        return Colleague(known["id"], known["email"], known["name"])

    def change(self, person_id: str, **fields: Any) -> None:
        """Whatever of an account: `isActive=False`, another `name`, another `role`."""
        self._people[person_id] |= fields
        self._order(people=[{"id": person_id, **fields}])

    def behave(self, **behaviour: Any) -> None:
        """Change its behaviour; see `Behaviour` for what there is."""
        self._order(behaviour=behaviour)

    @contextmanager
    def bad_day(self, **behaviour: Any) -> Iterator[None]:
        """So for the block, then as it was."""
        before = self._http.get("/control").json()["behaviour"]
        self.behave(**behaviour)
        try:
            yield
        finally:
            self.behave(**before)

    def calls(self, start: str = "") -> int:
        """How often it was asked for something that starts so, like `GET /api/v1/users/abc`."""
        counted: dict[str, int] = self._http.get("/control").json()["calls"]
        return sum(times for what, times in counted.items() if what.startswith(start))

    def calls_for(self, person_id: str) -> int:
        """How often its user API was asked for this person."""
        return self.calls(f"GET /api/v1/users/{person_id}")

    def token(self, person: Colleague, *, seconds: float = 3600, age: float = 0, **claims: Any) -> str:
        """A token as this host signs it, issued `age` seconds ago, expiring in so many seconds from now."""
        now = int(time.time())
        known = self._people[person.id]
        said = {name: known.get(name) for name in ("id", "email", "name", "role", "hierarchyLevel", "image")}
        said |= {"iat": int(now - age), "exp": int(now + seconds)} | claims
        said = {name: value for name, value in said.items() if value is not None}
        return jwt.encode({"alg": "HS256", "typ": "JWT"}, said, OctKey.import_key(SECRET))

    def _order(self, **order: Any) -> None:
        self._http.post("/control", json=order).raise_for_status()

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, "the host ended"
        try:
            return self._http.get("/control").status_code == 200
        except httpx.TransportError:
            return False
