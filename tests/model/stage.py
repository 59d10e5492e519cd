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
    AddMember,
    AskPoll,
    Block,
    CatchUp,
    Change,
    Clear,
    CreateGroup,
    Delete,
    Edit,
    GroupAction,
    Inside,
    Leave,
    MarkDelivered,
    MarkRead,
    OpenDirect,
    PollAction,
    React,
    Rename,
    Send,
    SetRole,
    Step,
    Together,
    Type,
    Vote,
)
from tests.model.follower import Follower
from tests.socket.host import Host
from tms_chat.core.errors import CODES


class Stage:
    """Does what the actions say, through real requests and sockets. Knows only what a caller is answered."""

    def __init__(self, followers: Sequence[Follower]) -> None:
        self.followers = followers
        self._conversations: dict[str, set[int]] = {}
        self._messages: dict[str, list[str]] = {}
        self._senders: dict[str, int] = {}
        self._said: dict[tuple[int, str], str] = {}  # what to take back
        self._polls: dict[str, list[tuple[str, list[str]]]] = {}
        self._loose: set[str] = set()  # where somebody may have gone out
        self._direct: set[str] = set()
        self._is_anybody_blocked = False
        # Who cannot count by hand there: they deleted for themselves, came later, or were told of their own doing.
        self.partial: set[tuple[int, str]] = set()

    def adopt(self, conversation_id: str, message_ids: list[str]) -> None:
        """A conversation of everybody that is there already, with a message of each of them."""
        self._conversations[conversation_id] = set(range(PEOPLE))
        self._messages[conversation_id] = message_ids
        self._senders |= {message_id: who for who, message_id in enumerate(message_ids)}

    async def do(self, step: Step) -> None:
        """One step, to its end."""
        if isinstance(step, Together):
            await self._together(step.actions)
            return
        follower = self.followers[step.who]
        follower.apply_heard()
        await follower.device.close()
        # Whoever is away can still use REST, from another device, but has no socket to say anything over.
        await self._together([on_rest(action) for action in step.while_gone])
        await follower.connect()
        if isinstance(step, CatchUp):
            _, afresh = await asyncio.gather(self._together(step.before_sync), follower.ask_for_missed())
            await follower.load_afresh(afresh)
        else:
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
        elif isinstance(action, Block):
            await self._block(action)
        else:
            mine = [conversation_id for conversation_id, people in self._conversations.items() if action.who in people]
            if mine:
                await self._act_in(action, mine[action.where % len(mine)])

    async def _act_in(self, action: Inside, chat: str) -> None:
        follower = self.followers[action.who]
        if isinstance(action, Send):
            await self._send(follower, action, chat)
        elif isinstance(action, Clear):
            self.partial.add((action.who, chat))
            await self._asks(follower, chat, {200}, "DELETE", f"messages/conversations/{chat}/clear")
        elif isinstance(action, Change):
            if earlier := self._concerning(action, chat):
                await self._change(follower, action, chat, earlier[action.which % len(earlier)])
        elif isinstance(action, PollAction):
            await self._poll(follower, action, chat)
        elif isinstance(action, GroupAction):
            await self._look_after(follower, action, chat)
        elif isinstance(action, Type):
            await follower.device.emit("typing_start", {"conversation_id": chat})
        elif isinstance(action, MarkDelivered):
            await self._deliver(follower, action, chat)
        elif action.over_socket:
            ack = await follower.device.asks("join_conversation", {"conversation_id": chat})
            assert ack["ok"] or chat in self._loose, ack
        else:
            await self._asks(follower, chat, {200}, "POST", f"conversations/{chat}/mark-read")

    async def _deliver(self, follower: Follower, action: MarkDelivered, chat: str) -> None:
        if action.over_socket:
            body = {"conversation_id": chat, "sequence_number": 10**6}  # counts up to the newest
            ack = await follower.device.asks("message_delivered", body)
            assert ack["ok"] or chat in self._loose, ack
        else:
            await self._asks(follower, chat, {200}, "POST", "messages/mark-delivered", {"conversation_id": chat})

    def _concerning(self, action: Change, chat: str) -> list[str]:
        """The messages that it is most likely about, so that most of what is asked for happens."""
        earlier = self._messages.get(chat, [])
        if isinstance(action, React):
            said = [message_id for message_id in earlier if (action.who, message_id) in self._said]
            return said if action.take_back and said else earlier
        if isinstance(action, Delete) and not action.for_everyone:
            return earlier
        return [message_id for message_id in earlier if self._senders.get(message_id) == action.who] or earlier

    async def _change(self, follower: Follower, action: Change, chat: str, message_id: str) -> None:
        """Whether it may be done depends on what the others do at the same time; whatever happens is told."""
        path = f"messages/{message_id}"
        if isinstance(action, Edit):
            # Somebody else's, of another type, deleted, or not in one's history any more.
            await self._asks(follower, chat, {200, 403, 404, 409}, "PUT", path, {"content": action.content})
        elif isinstance(action, Delete):
            if not action.for_everyone:
                self.partial.add((action.who, chat))
            body = {"delete_for_everyone": action.for_everyone}
            await self._asks(follower, chat, {200, 403, 404}, "DELETE", path, body)
        elif action.take_back:
            emoji = self._said.get((action.who, message_id), action.emoji)
            await self._asks(follower, chat, {200, 404}, "DELETE", f"{path}/reactions/{quote(emoji)}")
        else:
            self._said[action.who, message_id] = action.emoji
            await self._asks(follower, chat, {201, 404, 409}, "POST", f"{path}/reactions", {"emoji": action.emoji})

    async def _poll(self, follower: Follower, action: PollAction, chat: str) -> None:
        polls = self._polls.setdefault(chat, [])
        if isinstance(action, AskPoll):
            options = [{"option_text": text, "position": place} for place, text in enumerate(("one", "two", "three"))]
            body: Any = {"conversation_id": chat, "question": "Which?", "options": options}
            body |= {"multiple_choice": action.multiple_choice}
            made = await self._asks(follower, chat, {201}, "POST", "polls/", body)
            if "poll" in made:
                self._messages.setdefault(chat, []).append(made["message"]["id"])
                polls.append((made["poll"]["id"], [option["id"] for option in made["poll"]["options"]]))
        elif polls:
            poll_id, ids = polls[action.which % len(polls)]
            if isinstance(action, Vote):  # closed, deleted, or two choices where there is one
                voted = {"option_ids": [ids[place] for place in sorted(action.options)]}
                await self._asks(follower, chat, {200, 404, 409, 422}, "POST", f"polls/{poll_id}/vote", voted)
            else:
                await self._asks(follower, chat, {200, 403, 404, 409}, "PUT", f"polls/{poll_id}/close")

    async def _look_after(self, follower: Follower, action: GroupAction, chat: str) -> None:
        """Only administrators may, and nobody in a pair's conversation."""
        self.partial.add((action.who, chat))
        path, people = f"conversations/{chat}", self._conversations[chat]
        if isinstance(action, Rename):
            await self._asks(follower, chat, {200, 403}, "PUT", path, {"name": action.name})
            return
        if isinstance(action, Leave):
            self._loose.add(chat)
            if "success" in await self._asks(follower, chat, {200, 403}, "POST", f"{path}/leave"):
                people.discard(action.who)
            return
        other = (action.who + action.other) % PEOPLE
        person_id = self.followers[other].person.id
        if isinstance(action, AddMember):
            self.partial.add((other, chat))
            body: Any = {"user_ids": [person_id]}
            if "success" in await self._asks(follower, chat, {200, 403}, "POST", f"{path}/members", body):
                people.add(other)
        elif isinstance(action, SetRole):
            self.partial.add((other, chat))
            body = {"role": action.role}
            await self._asks(follower, chat, {200, 403, 404, 409}, "PUT", f"{path}/members/{person_id}", body)
        else:
            self._loose.add(chat)
            gone = await self._asks(follower, chat, {200, 403, 404}, "DELETE", f"{path}/members/{person_id}")
            if "success" in gone:
                people.discard(other)

    async def _block(self, action: Block) -> None:
        self._is_anybody_blocked = True
        http, other = self.followers[action.who].http, self.followers[(action.who + action.other) % PEOPLE]
        if action.undo:
            answer = await http.delete(f"/api/v1/users/blocks/{other.person.id}")
        else:
            answer = await http.post("/api/v1/users/blocks", json={"user_id": other.person.id})
        assert answer.status_code in (200, 201), answer.text

    async def _asks(
        self, follower: Follower, chat: str, statuses: set[int], method: str, path: str, body: Any = None
    ) -> Any:
        answer = await follower.http.request(method, f"/api/v1/{path}", json=body)
        assert answer.status_code in statuses | self._refusals(chat), answer.text
        return answer.json()

    def _refusals(self, chat: str) -> set[int]:
        """What may refuse anything there, because of what the others do: known only once an answer is there."""
        gone = {404} if chat in self._loose else set()
        return gone | ({403} if self._is_anybody_blocked and chat in self._direct else set())

    async def _create(self, who: int, others: list[int], fields: dict[str, Any]) -> None:
        member_ids = [self.followers[other].person.id for other in others]
        answer = await self.followers[who].http.post("/api/v1/conversations/", json=fields | {"member_ids": member_ids})
        if answer.status_code == 403 and self._is_anybody_blocked:
            return
        assert answer.status_code == 201, answer.text
        chat = answer.json()["id"]
        self._conversations.setdefault(chat, {who, *others})
        if fields["type"] == "dm":
            self._direct.add(chat)

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
        assert found or (action.who, conversation_id) in self.partial or self._refusals(conversation_id)
        self._senders |= dict.fromkeys(found, action.who)
        earlier += found

    async def _try(self, follower: Follower, body: dict[str, Any], over_socket: bool) -> str | None:
        """The id of the message; None when it replies to one that its sender does not see, or is refused."""
        chat = body["conversation_id"]
        if over_socket:
            ack = await follower.device.asks("send_message", body)
            if ack["ok"]:
                return str(ack["message"]["id"])
            status = CODES[ack["code"]][0]
        else:
            answer = await follower.http.post("/api/v1/messages/", json=body)
            if answer.status_code in (200, 201):
                return str(answer.json()["id"])
            status = answer.status_code
        assert status in self._refusals(chat) | ({404} if body["reply_to_id"] is not None else set())
        return None


def on_rest(action: Action) -> Action:
    """The same by request, where it has a socket's way as well; typing has no other and becomes reading."""
    if isinstance(action, Send):
        return Send(**{**vars(action), "over_socket": False, "tries": 1})
    if isinstance(action, MarkDelivered):
        return MarkDelivered(action.who, action.where, over_socket=False)
    if isinstance(action, MarkRead | Type):
        return MarkRead(action.who, action.where, over_socket=False)
    return action


@asynccontextmanager
async def stage(host: Host) -> AsyncIterator[Stage]:
    """Three new people, who have a group with something in it before their clients start."""
    people = [host.add(name) for name in ("Ana", "Bob", "Cleo")]
    first = people[0].group("From before", *people[1:])
    said = [person.send(first, f"{person.name} was here")["id"] for person in people]
    async with AsyncExitStack() as stack:
        for person in people:
            stack.callback(person.close)
        followers = [await stack.enter_async_context(Follower(host.server, person)) for person in people]
        ready = Stage(followers)
        ready.adopt(first, said)
        yield ready
