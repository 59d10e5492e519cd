"""What the small host knows: its people, who is signed in at it, and how it is to behave just now."""

from __future__ import annotations

import secrets
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from joserfc import jwt
from joserfc.jwk import OctKey

#: What the user API tells of a person; the password and whether the account is active are not told this way.
PROFILE = (
    "id", "email", "username", "name", "firstName", "lastName", "middleName", "image", "role", "hierarchyLevel",
    "positionTitle", "division", "department", "section", "customTeam", "isActive",
)  # fmt: skip


@dataclass
class Behaviour:
    """The quirks and the bad days of real hosts; tests change them while the host runs."""

    #: Seconds that every answer takes, the control route excepted.
    delay: float = 0.0
    #: No answer leaves while this is so, the control route excepted.
    holds: bool = False
    #: `500`: answers so; `cut`: the connection breaks in the middle of the answer; `page`, `huge`, `deep`: answers 200
    #: with something else than it was asked for; "" is a good day.
    outage: str = ""
    #: Search answers 401 to API keys, as some hosts do.
    search_refuses_keys: bool = False
    #: How long the tokens live that this host signs.
    token_seconds: int = 3600
    #: What it says in `expiresAt` of a sign-in by password, where that is something else than when its token expires.
    says_session_ends: float | str | None = None


@dataclass
class HostState:
    """One host. Everything is in memory: the tests' handle brings its people again after a restart."""

    secret: str
    api_key: str
    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    behaviour: Behaviour = field(default_factory=Behaviour)

    def by_credentials(self, email: str, password: str) -> dict[str, Any] | None:
        """The person with this address and this password, active or not."""
        for person in self.people.values():
            if person["email"] == email.strip().lower() and secrets.compare_digest(person["password"], password):
                return person
        return None

    def profile(self, person: dict[str, Any]) -> dict[str, Any]:
        """What the user API tells of this person: null for what is not known."""
        return {name: person.get(name) for name in PROFILE}

    def found(self, words: str, limit: int) -> list[dict[str, Any]]:
        """Active people whose name or address contains every word."""
        wanted = words.casefold().split()
        hits = [
            person
            for person in self.people.values()
            if person["isActive"] and all(word in f"{person['name']} {person['email']}".casefold() for word in wanted)
        ]
        return [self.profile(person) for person in hits[:limit]]

    def token(self, person: dict[str, Any]) -> tuple[str, int]:
        """A token that this host signs for the person, and when it expires (Unix seconds)."""
        now = int(time.time())
        expires_at = now + self.behaviour.token_seconds
        claims = {name: person.get(name) for name in ("id", "email", "name", "role", "hierarchyLevel", "image")}
        claims |= {"iat": now, "exp": expires_at}
        return jwt.encode({"alg": "HS256", "typ": "JWT"}, claims, OctKey.import_key(self.secret)), expires_at

    def bearer_of(self, token: str) -> dict[str, Any] | None:
        """The active person whose valid token this is."""
        try:
            claims = jwt.decode(token, OctKey.import_key(self.secret), algorithms=["HS256"]).claims
        except ValueError:  # joserfc's refusals are ValueErrors too
            return None
        person = self.people.get(str(claims.get("id")))
        return person if person and person["isActive"] and claims.get("exp", 0) > time.time() else None

    def begin(self, person: dict[str, Any]) -> str:
        """The cookie of a new session at this host."""
        cookie = secrets.token_urlsafe(24)
        self.sessions[cookie] = person["id"]
        return cookie

    def signed_in(self, cookie: str | None) -> dict[str, Any] | None:
        """The active person whose session this cookie is."""
        person = self.people.get(self.sessions.get(cookie or "", ""))
        return person if person and person["isActive"] else None
