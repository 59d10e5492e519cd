"""A person's client in a test: a socket, the reference reducer behind it, and fresh fetches to compare with."""

from __future__ import annotations

from typing import Any, Self

from tests.model.reducer import Json, Reducer
from tests.socket.casing import snake
from tests.socket.device import Device, Heard
from tests.socket.http import async_http
from tests.support.people import Person
from tests.support.server import TmsServer

#: Told to a person about their own settings and commands, member or not any more.
OWN = {"joined_conversation", "left_conversation", "conversation_muted", "conversation_cleared", "message_hidden"}
PAGE = 7  # small, so that a few messages are several pages


class Follower:
    """Follows one person's conversations. `async with` connects, fetches, and disconnects at the end."""

    def __init__(self, server: TmsServer, person: Person) -> None:
        self.person = person
        self._server = server
        self._applied = 0
        self.http = async_http(server, person.token)

    async def __aenter__(self) -> Self:
        await self.connect()
        await self.load()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.device.close()
        await self.http.aclose()

    async def connect(self) -> None:
        """Subscribe first: what happens from here on is heard, and waits until the fetch is there."""
        self.device = await Device(self._server, self.person.token).connect()
        self._applied = 0
        self._inside = set(self.device.all_of("rooms_joined")[0]["conversation_ids"])
        self._epoch = self.device.all_of("hello")[0]["epoch"]

    async def load(self) -> None:
        """Then fetch. What was heard meanwhile is in the fetch already, or comes after it."""
        self._since = (await self._ask({}))["at"]
        self.reducer = await self.fetch()

    async def ask_for_missed(self) -> set[str]:
        """Or ask for what was missed; the conversations that must be loaded afresh. What was heard meanwhile is
        applied afterwards, if it is not in there."""
        afresh: set[str] = set()
        while True:
            positions = {chat_id: chat.seq for chat_id, chat in self.reducer.chats.items()}
            answer = await self._ask(positions, since=self._since)
            for event in answer["events"]:
                self.reducer.apply(event["name"], event["body"])
            afresh |= {*answer["too_far"], *answer["joined"]}
            for chat_id in (*answer["left"], *answer["too_far"]):
                self.reducer.chats.pop(chat_id, None)
            self._since = answer["at"]
            if not (answer["more"] or answer["more_receipts"]):
                break
        self.reducer.is_level(answer["heads"], answer["unread"], answer["history_after"])
        return afresh

    async def load_afresh(self, chat_ids: set[str]) -> None:
        """Those that one still belongs to."""
        self.reducer.unheard |= await self._blocked()
        for chat_id in chat_ids:
            detail = await self.http.get(f"/api/v1/conversations/{chat_id}")
            if detail.status_code == 200:
                await self._load_one(self.reducer, detail.json())

    def apply_heard(self) -> None:
        """Apply everything that was heard until now."""
        for event in self.device.heard[self._applied :]:
            self._check_may_hear(event)
            self.reducer.apply(event.name, event.body)
        self._applied = len(self.device.heard)

    async def _ask(self, positions: Json, **fields: Any) -> Any:
        body = {"epoch": self._epoch, "positions": positions, **fields}
        answer = await self.http.post("/api/v1/sync", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def _blocked(self) -> set[str]:
        blocked = await self.http.get("/api/v1/users/blocks")
        return {block["user_id"] for block in blocked.json()["blocks"]}

    async def _load_one(self, into: Reducer, row: Json) -> None:
        address = f"/api/v1/messages/conversations/{row['id']}/messages"
        newest_first = [snake(message) for message in await self._pages(address)]
        answer = await self.http.get(address, params={"limit": 1})
        into.load(snake(row), newest_first[::-1], int(answer.headers["X-Conversation-Seq"]))

    async def follow(self) -> None:
        """Apply everything that was published until now."""
        await self.device.settle()
        self.apply_heard()

    def _check_may_hear(self, event: Heard) -> None:
        """I6: between their own removal and being added again, somebody hears nothing of a conversation."""
        chat = event.body.get("conversation_id")
        if chat is None or event.name in OWN:
            return
        if event.name == "conversation_created":
            self._inside.add(chat)
        assert chat in self._inside, f"{event.name} reached somebody who was out: {event.body}"
        if self.person.id in (event.body.get("removed_user_id"), event.body.get("user_id")) and event.name in (
            "member_removed",
            "member_left",
        ):
            self._inside.discard(chat)

    async def fetch(self) -> Reducer:
        """What a client would hold that has just started."""
        fresh = Reducer(self.person.id)
        fresh.unheard = await self._blocked()
        for row in await self._pages("/api/v1/conversations/"):
            detail = (await self.http.get(f"/api/v1/conversations/{row['id']}")).json()
            assert detail == row  # the list and the detail tell the same (up to 50 members)
            await self._load_one(fresh, detail)
        return fresh

    async def fetched_view(self) -> Json:
        """The answers themselves, not brought through the reducer, in the shape of its view."""
        rows = await self._pages("/api/v1/conversations/")
        chats = {}
        for row in rows:
            messages = await self._pages(f"/api/v1/messages/conversations/{row['id']}/messages")
            chats[row["id"]] = {"conversation": snake(row), "messages": [snake(m) for m in reversed(messages)]}
        return {"order": [row["id"] for row in rows], "chats": chats}

    async def _pages(self, address: str) -> list[Json]:
        found: list[Json] = []
        parameters: dict[str, Any] = {"limit": PAGE}
        while True:
            answer = await self.http.get(address, params=parameters)
            assert answer.status_code == 200, answer.text
            page = answer.json()
            found += page["data"]
            if not page["pagination"]["has_more"]:
                return found
            parameters["cursor"] = page["pagination"]["next_cursor"]
