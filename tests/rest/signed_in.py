"""Somebody who asks the application in this process, and what its conversations tell meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from sqlalchemy import update

from tests.rest.in_process import App
from tests.rest.shapes import refused
from tms_chat.core.events import Announcement, Event
from tms_chat.people.model import User, users


@dataclass(frozen=True)
class SignedIn:
    """One person with a session."""

    app: App
    user: User
    headers: dict[str, str]

    @property
    def id(self) -> str:
        return self.user.id

    async def ask(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """The answer, whatever it is."""
        return await self.app.http.request(method, f"/api/v1{path}", headers=self.headers, json=body)

    async def gets(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON of an answer that is fine."""
        answer = await self.ask(method, path, body)
        assert answer.status_code in (200, 201), f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    async def is_refused(self, method: str, path: str, body: Any = None, *, status: int, code: str) -> str:
        """The sentence of the refusal."""
        return str(refused(await self.ask(method, path, body), status, code=code)["detail"])

    async def direct(self, other: SignedIn) -> str:
        """The id of the direct conversation with the other person."""
        return str((await self.gets("POST", "/conversations/", {"type": "dm", "member_ids": [other.id]}))["id"])

    async def group(self, *others: SignedIn, name: str = "Group", **fields: Any) -> str:
        """The id of a new group of this person, its administrator, and the others."""
        body = {"type": "group", "name": name, "member_ids": [other.id for other in others], **fields}
        return str((await self.gets("POST", "/conversations/", body))["id"])

    async def sends(self, conversation_id: str, content: str) -> Any:
        """The message."""
        return await self.gets("POST", "/messages/", {"conversation_id": conversation_id, "content": content})

    async def sees(self, conversation_id: str) -> Any:
        """The conversation."""
        return await self.gets("GET", f"/conversations/{conversation_id}")

    async def roles(self, conversation_id: str) -> dict[str, str]:
        """Who belongs to it, as what."""
        return {member["userId"]: member["role"] for member in (await self.sees(conversation_id))["members"]}

    async def history(self, conversation_id: str) -> list[Any]:
        """Its messages, the oldest first."""
        page = await self.gets("GET", f"/messages/conversations/{conversation_id}/messages?limit=100")
        return list(page["data"][::-1])

    async def notices(self, conversation_id: str) -> list[Any]:
        """What its SYSTEM messages tell, the oldest first."""
        found = [message for message in await self.history(conversation_id) if message["type"] == "SYSTEM"]
        return [{"content": message["content"], **message["metadata"]["system"]} for message in found]


async def signed_in(app: App, *names: str) -> list[SignedIn]:
    """New people."""
    people = [await app.person(name) for name in names]
    return [SignedIn(app, person, app.bearer(person)) for person in people]


async def deactivate(app: App, person: SignedIn) -> None:
    """Their account is closed."""
    async with app.services.db.unit() as unit:
        await unit.execute(update(users).where(users.c.id == person.id).values(is_active=False))


@asynccontextmanager
async def announced(app: App) -> AsyncIterator[list[Announcement]]:
    """Everything that is published meanwhile, companions after their event; it reaches the sockets all the same."""
    told: list[Announcement] = []
    publish = app.services.db.publish
    assert publish is not None

    async def listen(items: Sequence[Announcement]) -> None:
        for item in items:
            told.append(item)
            told.extend(item.companions if isinstance(item, Event) else ())
        await publish(items)

    app.services.db.publish = listen
    try:
        yield told
    finally:
        app.services.db.publish = publish


def numbered(told: Sequence[Announcement]) -> list[tuple[str, int]]:
    """The primary events among them with their numbers, in order."""
    return [
        (item.name, item.body["seq"])
        for item in told
        if isinstance(item, Event) and "seq" in item.body and not item.body.get("compat")
    ]


def event(told: Sequence[Announcement], name: str) -> Event:
    """The one event of this name."""
    (found,) = [item for item in told if isinstance(item, Event) and item.name == name]
    return found
