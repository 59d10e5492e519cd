"""People of the host who use the chat, and the small things that all tests of this folder do with tokens."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx

from tests.host.host import Colleague, Host
from tests.socket.http import NO_TLS
from tests.support.people import Person, checked
from tests.support.server import TmsServer

#: Signs our own tokens in these tests, so that a test can make one that is over.
JWT_SECRET = "the chat's own secret in these tests 0123456789"
SSO_HEADER = "X-GCGC-Session-Token"
#: A page of another site that may use the server.
PARTNER = "https://portal.example.org"


class Office:
    """The host's people at one chat server. `add()` makes an account at the host and signs it in here."""

    def __init__(self, host: Host, server: TmsServer) -> None:
        self.host = host
        self.server = server
        # No cookie sticks: a request carries what its test gives it.
        jar = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
        self.anonymous = httpx.Client(base_url=f"{server.base_url}/api/v1", timeout=20, verify=NO_TLS, cookies=jar)
        #: Every token that was shown to this server by way of this office, or came from it.
        self.tokens: set[str] = set()
        self._people: list[Person] = []

    def add(self, name: str, role: str = "MEMBER", **profile: Any) -> Person:
        return self.enter(self.host.add(name, role, **profile))

    def enter(self, colleague: Colleague, *, token: str | None = None) -> Person:
        """Signs somebody in the way existing clients do: the person's token is a bearer of ours."""
        answer = checked(self.sso(token or self.host.token(colleague)), 200)
        return self.holder(answer["token"], answer["user"])

    def holder(self, token: str, user: Mapping[str, Any]) -> Person:
        """Somebody who has a token already."""
        http = httpx.Client(
            base_url=f"{self.server.base_url}/api/v1",
            headers={"Authorization": f"Bearer {token}"},
            timeout=20,
            verify=NO_TLS,
        )
        person = Person(user["id"], user["email"], user["displayName"], token, http)
        self._people.append(person)
        self.tokens.add(token)
        return person

    def sso(self, token: str | None) -> httpx.Response:
        """POST /auth/login/sso with this token."""
        self.tokens |= {token} if token and len(token) > 60 else set()
        return self.anonymous.post("/auth/login/sso", headers={} if token is None else {SSO_HEADER: token})

    def me(self, token: str) -> httpx.Response:
        """GET /users/me with this bearer token: the shortest question whether it is good."""
        self.tokens.add(token)
        return self.anonymous.get("/users/me", headers={"Authorization": f"Bearer {token}"})

    def history(self, person: Person, conversation_id: str) -> httpx.Response:
        return person.http.get(f"/messages/conversations/{conversation_id}/messages")

    def close(self) -> None:
        self.anonymous.close()
        for person in self._people:
            person.close()


def claims_of(token: str) -> dict[str, Any]:
    """What a signed token says; nothing is verified."""
    payload = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims


def cookie_header(cookies: Mapping[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


class Stopwatch:
    """Seconds since it was made, for assertions that tell how long it took."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    @property
    def seconds(self) -> float:
        return round(time.monotonic() - self._start, 2)
