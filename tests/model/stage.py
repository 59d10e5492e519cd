"""Where the actions happen: three people on a real server, each followed by a client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from tests.model.actions import (
    PEOPLE,
    Action,
    Change,
    Clear,
    CreateGroup,
    Delete,
    Edit,
    MarkRead,
    OpenDirect,
    Send,
    Step,
    Together,
    Type,
)
from tests.model.follower import Follower
from tests.socket.host import Host


class Stage:
    """Does what the actions say, through real requests and sockets. Knows only what a caller is answered."""

    def __init__(self, followers: Sequence[Follower]) -> None:
        self.followers = followers
        self._conversations: list[tuple[str, frozenset[int]]] = []
        self._messages: dict[str, list[str]] = {}
        self.hid: set[tuple[int, str]] = set()  # who deleted for themselves, and where

    def adopt(self, conversation_id: str) -> None:
        """A conversation of everybody that is there already."""
        self._conversations.append((conversation_id, frozenset(range(PEOPLE))))

    async def do(self, step: Step) -> None:
        """One step, to its end."""
        if isinstance(step, Together):
            await self._together(step.actions)
            return
        follower = self.followers[step.who]
        await follower.device.close()
        # Whoever is away can still use REST, from another device, but has no socket to say anything over.
        await self._together([on_rest(action) for action in step.while_gone])
        await follower.connect()
        await self._together(step.before_fetch)
        await follower.load()

    async def _together(self, actions: Sequence[Action]) -> None:
        await asyncio.gather(*(self._act(action) for action in actions))

    async def _act(self, action: Action) -> None:
        if isinstance(action, OpenDirect):
            other = (action.who + action.other) % PEOPLE
            await self._create(action.who, [other], {"type": "dm"})
        elif isinstance(action, CreateGroup):
            others = [(action.who + step) % PEOPLE for step in range(1, action.others + 1)]
            await self._create(action.who, others, {"type": "group", "name": "A group"})
        else:
            mine = [conversation_id for conversation_id, people in self._conversations if action.who in people]
            if mine:
                await self._act_in(action, mine[action.where % len(mine)])

    async def _act_in(self, action: Send | MarkRead | Change | Clear | Type, conversation_id: str) -> None:
        follower = self.followers[action.who]
        if isinstance(action, Send):
            await self._send(follower, action, conversation_id)
        elif isinstance(action, Clear):
            self.hid.add((action.who, conversation_id))
            await self._asks(follower, {200}, "DELETE", f"conversations/{conversation_id}/clear")
        elif isinstance(action, Change):
            if earlier := self._messages.get(conversation_id):
                await self._change(follower, action, conversation_id, earlier[action.which % len(earlier)])
        elif isinstance(action, Type):
            await follower.device.emit("typing_start", {"conversation_id": conversation_id})
        elif action.over_socket:
            assert (await follower.device.asks("join_conversation", {"conversation_id": conversation_id}))["ok"]
        else:
            assert (await follower.http.post(f"/api/v1/conversations/{conversation_id}/mark-read")).status_code == 200

    async def _change(self, follower: Follower, action: Change, conversation_id: str, message_id: str) -> None:
        """Whether it may be done depends on what the others do at the same time; whatever happens is told."""
        if isinstance(action, Edit):
            # Somebody else's, of another type, deleted, or not in one's history any more.
            await self._asks(follower, {200, 403, 404, 409}, "PUT", message_id, {"content": action.content})
        elif isinstance(action, Delete):
            if not action.for_everyone:
                self.hid.add((action.who, conversation_id))
            body = {"delete_for_everyone": action.for_everyone}
            await self._asks(follower, {200, 403, 404}, "DELETE", message_id, body)
        elif action.take_back:
            await self._asks(follower, {200, 404}, "DELETE", f"{message_id}/reactions/{quote(action.emoji)}")
        else:
            await self._asks(follower, {201, 404, 409}, "POST", f"{message_id}/reactions", {"emoji": action.emoji})

    async def _asks(self, follower: Follower, statuses: set[int], method: str, path: str, body: Any = None) -> None:
        answer = await follower.http.request(method, f"/api/v1/messages/{path}", json=body)
        assert answer.status_code in statuses, answer.text

    async def _create(self, who: int, others: list[int], fields: dict[str, Any]) -> None:
        member_ids = [self.followers[other].person.id for other in others]
        answer = await self.followers[who].http.post("/api/v1/conversations/", json=fields | {"member_ids": member_ids})
        assert answer.status_code == 201, answer.text
        found = (answer.json()["id"], frozenset([who, *others]))
        if found not in self._conversations:
            self._conversations.append(found)

    async def _send(self, follower: Follower, action: Send, conversation_id: str) -> None:
        earlier = self._messages.setdefault(conversation_id, [])
        reply_to = earlier[action.reply_to % len(earlier)] if earlier and action.reply_to is not None else None
        body = {
            "conversation_id": conversation_id,
            "content": action.content,
            "type": action.type,
            "metadata_json": action.metadata,
            "reply_to_id": reply_to,
            "client_id": str(uuid4()),
        }
        tries = [self._try(follower, body, (number % 2 == 0) == action.over_socket) for number in range(action.tries)]
        found = {message_id for message_id in await asyncio.gather(*tries) if message_id is not None}
        assert len(found) <= 1  # one message, however often it was tried
        assert found or (action.who, conversation_id) in self.hid
        earlier += found

    async def _try(self, follower: Follower, body: dict[str, Any], over_socket: bool) -> str | None:
        """The id of the message; None when it replies to one that its sender cleared away."""
        if over_socket:
            ack = await follower.device.asks("send_message", body)
            if body["reply_to_id"] is not None and ack.get("code") == "message_not_found":
                return None
            assert ack["ok"], ack
            return str(ack["message"]["id"])
        answer = await follower.http.post("/api/v1/messages/", json=body)
        if body["reply_to_id"] is not None and answer.status_code == 404:
            return None
        assert answer.status_code in (200, 201), answer.text
        return str(answer.json()["id"])


def on_rest(action: Action) -> Action:
    """The same by request, where it has a socket's way as well; typing has no other and becomes reading."""
    if isinstance(action, Send):
        return Send(**{**vars(action), "over_socket": False, "tries": 1})
    if isinstance(action, MarkRead | Type):
        return MarkRead(action.who, action.where, over_socket=False)
    return action


@asynccontextmanager
async def stage(host: Host) -> AsyncIterator[Stage]:
    """Three new people, who have a group with something in it before their clients start."""
    people = [host.add(name) for name in ("Ana", "Bob", "Cleo")]
    first = people[0].group("From before", *people[1:])
    for person in people:
        person.send(first, f"{person.name} was here")
    async with AsyncExitStack() as stack:
        for person in people:
            stack.callback(person.close)
        followers = [await stack.enter_async_context(Follower(host.server, person)) for person in people]
        ready = Stage(followers)
        ready.adopt(first)
        yield ready
