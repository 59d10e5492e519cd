"""A conversation in a test, and its members, who act by number."""

from __future__ import annotations

from typing import Any

import httpx

from tests.rest.in_process import App
from tests.rest.shapes import CONVERSATION, CONVERSATIONS, MESSAGE, MESSAGES, check
from tms_chat.conversations.access import lock_conversation
from tms_chat.conversations.membership import add_members
from tms_chat.core.ids import ConversationId
from tms_chat.messages.writing import Actor
from tms_chat.people.model import User


class Chat:
    """A conversation and its members, who act by name."""

    def __init__(self, app: App, people: list[User]) -> None:
        self.app, self.people = app, people
        self.headers = [app.bearer(user) for user in people]
        self.id = ""

    async def call(self, who: int, method: str, path: str, **request: Any) -> Any:
        answer = await self.ask(who, method, path, **request)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    async def ask(self, who: int, method: str, path: str, **request: Any) -> httpx.Response:
        """The answer, whatever it is."""
        return await self.app.http.request(method, f"/api/v1{path}", headers=self.headers[who], **request)

    async def send(self, who: int, content: str, **fields: Any) -> Any:
        body = {"conversation_id": self.id, "content": content, **fields}
        made = await self.call(who, "POST", "/messages/", json=body)
        check(made, MESSAGE)
        return made

    async def read(self, who: int) -> Any:
        return await self.call(who, "POST", f"/conversations/{self.id}/mark-read")

    async def messages(self, who: int, **params: Any) -> Any:
        page = await self.call(who, "GET", f"/messages/conversations/{self.id}/messages", params=params)
        check(page, MESSAGES)
        return page

    async def last(self, who: int) -> Any:
        """The newest message, the same in the list and in the detail."""
        return (await self._row(who))["lastMessage"]

    async def unread(self, who: int) -> int:
        """The same in the list and in the detail."""
        count: int = (await self._row(who))["unreadCount"]
        return count

    async def join(self, name: str) -> int:
        """Somebody new is added now; the number by which they act."""
        person = await self.app.person(name)
        async with self.app.services.db.unit(ConversationId(self.id)) as unit:
            conversation = await lock_conversation(unit, ConversationId(self.id))
            await add_members(unit, conversation, Actor(self.people[0]), [person], {})
        self.people.append(person)
        self.headers.append(self.app.bearer(person))
        return len(self.people) - 1

    async def _row(self, who: int) -> Any:
        detail = await self.call(who, "GET", f"/conversations/{self.id}")
        check(detail, CONVERSATION)
        page = await self.call(who, "GET", "/conversations/", params={"limit": 100})
        check(page, CONVERSATIONS)
        (row,) = [row for row in page["data"] if row["id"] == self.id]
        assert (row["unreadCount"], row["lastMessage"]) == (detail["unreadCount"], detail["lastMessage"])
        return row


async def new_chat(app: App, members: int, **fields: Any) -> Chat:
    """A group of so many; the first three act by number."""
    people = [await app.person(f"Member{number}") for number in range(min(members, 3))]
    chat = Chat(app, people)
    others = [user.id for user in people[1:]] + await app.people(max(0, members - 3))
    body = {"type": "group", "name": "Group", "member_ids": others, **fields}
    chat.id = (await chat.call(0, "POST", "/conversations/", json=body))["id"]
    return chat
