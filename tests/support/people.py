"""People as the tests meet them: somebody with an account, a token and an HTTP client that carries it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import count
from typing import Any, Self

import httpx
from joserfc import jwt
from joserfc.jwk import OctKey

from tests.support.server import TmsServer

PASSWORD = "correct horse battery staple"
_numbers = count(1)


@dataclass(frozen=True)
class Person:
    """Signed in. `http` speaks REST below /api/v1 with the bearer token; close it with `close()`."""

    id: str
    email: str
    name: str
    token: str
    http: httpx.Client

    @classmethod
    def with_token(cls, server: TmsServer, token: str, user: dict[str, Any]) -> Self:
        http = httpx.Client(
            base_url=f"{server.base_url}/api/v1", headers={"Authorization": f"Bearer {token}"}, timeout=10
        )
        return cls(user["id"], user["email"], user["displayName"], token, http)

    def invite(self, **limits: int) -> str:
        """An invitation's token; only an administrator gets one."""
        answer = self.http.post("/auth/invitations", json=limits)
        token: str = checked(answer, 201)["token"]
        return token

    def direct(self, other: Person) -> str:
        """The id of the direct conversation with the other person."""
        return self._conversation({"type": "dm", "member_ids": [other.id]})

    def group(self, name: str, *others: Person) -> str:
        """The id of a new group of this person and the others."""
        return self._conversation({"type": "group", "name": name, "member_ids": [o.id for o in others]})

    def send(self, conversation_id: str, content: str, **fields: Any) -> dict[str, Any]:
        """The message as the server answered it."""
        body = {"conversation_id": conversation_id, "content": content, **fields}
        return checked(self.http.post("/messages/", json=body), 201)

    def _conversation(self, body: dict[str, Any]) -> str:
        conversation_id: str = checked(self.http.post("/conversations/", json=body), 201)["id"]
        return conversation_id

    def close(self) -> None:
        self.http.close()


def first_account(server: TmsServer, *, name: str = "Ada Admin") -> Person:
    """Uses the setup link that the start printed."""
    return _enter(server, "setup", server.setup_link.partition("#")[2], name)


def sign_up(server: TmsServer, invitation: str, *, name: str) -> Person:
    return _enter(server, "signup", invitation, name)


def sign_in(server: TmsServer, email: str, password: str = PASSWORD) -> Person:
    body = {"email": email, "password": password}
    answer = checked(httpx.post(f"{server.base_url}/api/v1/auth/login/credentials", json=body, timeout=10), 200)
    return Person.with_token(server, answer["token"], answer["user"])


def host_token(
    secret: str,
    user_id: str,
    email: str,
    name: str,
    role: str = "MEMBER",
    *,
    seconds: int = 3600,
    **claims: Any,
) -> str:
    """A token as the host signs it (HS256); further claims are added, those given as None left out."""
    now = int(time.time())
    payload = {"id": user_id, "email": email, "name": name, "role": role, "iat": now, "exp": now + seconds}
    payload = {key: value for key, value in {**payload, **claims}.items() if value is not None}
    return jwt.encode({"alg": "HS256"}, payload, OctKey.import_key(secret))


def host_person(server: TmsServer, secret: str, user_id: str, name: str, role: str = "MEMBER") -> Person:
    """Somebody whose account is at the host: the first request makes the user known here."""
    token = host_token(secret, user_id, f"{user_id}@corp.local", name, role)
    headers = {"Authorization": f"Bearer {token}"}
    user = checked(httpx.get(f"{server.base_url}/api/v1/users/me", headers=headers, timeout=10), 200)
    return Person.with_token(server, token, user)


class Team:
    """The people of one server: `admin` has the first account, `add()` brings in one more."""

    def __init__(self, server: TmsServer) -> None:
        self.server = server
        self.admin = first_account(server)
        self._people = [self.admin]

    def add(self, name: str) -> Person:
        person = sign_up(self.server, self.admin.invite(), name=name)
        self._people.append(person)
        return person

    def close(self) -> None:
        for person in self._people:
            person.close()


def checked(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The JSON of an answer with this status; any other status fails with the answer's text."""
    assert answer.status_code == status, f"{answer.request.url}: {answer.status_code} {answer.text}"
    body: dict[str, Any] = answer.json()
    return body


def _enter(server: TmsServer, how: str, token: str, name: str) -> Person:
    email = f"{name.split()[0].lower()}{next(_numbers)}@example.org"
    body = {"token": token, "email": email, "password": PASSWORD, "name": name}
    answer = checked(httpx.post(f"{server.base_url}/api/v1/auth/{how}", json=body, timeout=10), 201)
    return Person.with_token(server, answer["token"], answer["user"])
