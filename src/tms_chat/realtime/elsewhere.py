"""Who is connected at the other nodes, and who types there. Nobody's state is stored anywhere: each node tells of its
own people, and those of a node of which nothing is heard are forgotten after a while. No node speaks for another.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable, Mapping, Sequence
from typing import Any, Final
from zlib import crc32

import orjson

from tms_chat.core.clock import iso, now
from tms_chat.core.errors import ChatError
from tms_chat.core.ids import ConversationId, UserId
from tms_chat.realtime.publisher import Publisher

ROSTER_CHUNK: Final = 100
#: Not told again sooner, however many ask.
ROSTER_SECONDS: Final = 5.0
#: A node that said goodbye: its people come back to another one meanwhile. And one that fell silent, which is noticed
#: after seven seconds: it may be the bus.
FORGOTTEN_AFTER_GOODBYE: Final = 6.0
FORGOTTEN_AFTER_SILENCE: Final = 18.0
#: The node of whoever types says after six seconds that it is over; if it cannot, we do.
TYPING_SECONDS: Final = 8.0
#: While the database is away nobody knows where somebody is to be announced.
RETRY_SECONDS: Final = 2.0

#: The conversations of a person, and those whom they blocked.
Surroundings = tuple[Collection[ConversationId], Collection[UserId]]
Say = Callable[[dict[str, Any], str | None], None]


class Elsewhere:
    """`say` tells the other nodes, `surroundings` reads where people are to be announced."""

    def __init__(
        self,
        publisher: Publisher,
        surroundings: Callable[[Sequence[UserId]], Awaitable[Mapping[UserId, Surroundings]]],
        spawn: Callable[[Coroutine[Any, Any, None]], object],
    ) -> None:
        self.say: Say | None = None
        self._publisher = publisher
        self._surroundings = surroundings
        self._spawn = spawn
        self._mine: set[UserId] = set()
        # Counted are those of both: `_before` holds who was there while a roster comes in, whose end may be lost.
        self._of: dict[str, set[UserId]] = {}
        self._before: dict[str, set[UserId]] = {}
        self._nodes_of: Counter[UserId] = Counter()
        self._forgetting: dict[str, asyncio.TimerHandle] = {}
        self._typing: dict[tuple[ConversationId, UserId], asyncio.TimerHandle] = {}
        self._differs: set[str] = set()
        self._told_roster_at = -ROSTER_SECONDS
        self._is_closed = False

    def is_online(self, user_id: UserId) -> bool:
        """Whether somebody is connected at another node."""
        return user_id in self._nodes_of

    def users(self) -> list[UserId]:
        """Everybody who is."""
        return list(self._nodes_of)

    def came(self, user_id: UserId, rooms: Iterable[ConversationId], hidden_from: Collection[UserId]) -> None:
        """Somebody is connected here now."""
        self._mine.add(user_id)
        self._tell("online", user_id, rooms, hidden_from)

    def left(self, user_id: UserId, rooms: Iterable[ConversationId], hidden_from: Collection[UserId]) -> None:
        """Somebody is not connected here any more."""
        self._mine.discard(user_id)
        self._tell("offline", user_id, rooms, hidden_from)

    def types(self, conversation_id: ConversationId, user_id: UserId, is_typing: bool) -> None:
        """Somebody types here."""
        if self.say is not None:
            self.say({"what": "typing", "c": conversation_id, "user": user_id, "on": is_typing}, None)

    def meets(self, told: UserId, about: UserId) -> None:
        """The block between somebody here and somebody connected elsewhere is over: if they share a conversation, and
        there is none the other way round, the one is told of the other."""
        self._spawn(self._announce([about], True, only=told))

    def about_me(self) -> dict[str, Any]:
        """For the beacon: enough to notice that something was lost."""
        return {"online": len(self._mine), "sum": _sum(self._mine)}

    def met(self, node: str) -> None:
        """Another node is there, or there again."""
        if (timer := self._forgetting.pop(node, None)) is not None:
            timer.cancel()
        self._tell_roster()

    def lost(self, node: str, *, has_said_so: bool) -> None:
        """Nothing is heard of it any more."""
        seconds = FORGOTTEN_AFTER_GOODBYE if has_said_so else FORGOTTEN_AFTER_SILENCE
        if node in self._of and node not in self._forgetting:
            self._forgetting[node] = asyncio.get_running_loop().call_later(seconds, self._forget, node)

    def beacon(self, node: str, about: Mapping[str, Any]) -> None:
        """What another node says of itself; twice in a row something else than we know, and it is asked."""
        known = self._of.get(node, set())
        total = _sum(known)
        is_whole = node not in self._before
        if is_whole and about.get("online") == len(known) and about.get("sum", total) == total:
            self._differs.discard(node)
        elif node not in self._differs:
            self._differs.add(node)
        elif self.say is not None:
            self.say({"what": "ask", "of": node}, None)

    def heard(self, node: str, me: str, about: Mapping[str, Any], payload: str | None) -> None:
        """A sign of another node. Raises KeyError, TypeError or ValueError for what is none."""
        match about["what"]:
            case "online" | "offline":
                self._moved(node, UserId(about["user"]), about["what"] == "online", payload)
            case "roster":
                users = {UserId(user_id) for user_id in orjson.loads(payload or "[]")}
                self._roster(node, users, is_first=about["first"], is_last=about["last"])
            case "ask" if about["of"] == me:
                self._tell_roster()
            case "typing":
                self._types_there(ConversationId(about["c"]), UserId(about["user"]), about["on"] is True)

    def close(self) -> None:
        """Cancel every timer, and try nothing again."""
        self._is_closed = True
        for timer in (*self._forgetting.values(), *self._typing.values()):
            timer.cancel()

    def _tell(
        self, what: str, user_id: UserId, rooms: Iterable[ConversationId], hidden_from: Collection[UserId]
    ) -> None:
        if self.say is not None:
            self.say({"what": what, "user": user_id}, orjson.dumps([list(rooms), list(hidden_from)]).decode())

    def _tell_roster(self) -> None:
        at = asyncio.get_running_loop().time()
        if self.say is None or at - self._told_roster_at < ROSTER_SECONDS:
            return  # whoever missed it sees by the next beacon that it did, and asks
        self._told_roster_at = at
        people = list(self._mine)
        starts = range(0, max(1, len(people)), ROSTER_CHUNK)
        for start in starts:
            about = {"what": "roster", "first": start == 0, "last": start == starts[-1]}
            self.say(about, orjson.dumps(people[start : start + ROSTER_CHUNK]).decode())

    def _moved(self, node: str, user_id: UserId, is_online: bool, payload: str | None) -> None:
        was_online = user_id in self._nodes_of
        was_known = user_id in self._counted(node)
        known = self._of.setdefault(node, set())
        if is_online:
            known.add(user_id)
            self._nodes_of[user_id] += not was_known
        elif was_known:
            known.discard(user_id)
            self._before.get(node, set()).discard(user_id)
            self._remove(user_id)
        if user_id in self._mine or was_online == (user_id in self._nodes_of):
            return
        if payload is None:
            self._spawn(self._announce([user_id], is_online))
        else:
            rooms, hidden_from = orjson.loads(payload)
            self._show(user_id, is_online, (rooms, hidden_from))

    def _roster(self, node: str, users: set[UserId], *, is_first: bool, is_last: bool) -> None:
        if is_first:
            self._before[node] = self._counted(node)
            self._of[node] = set()
        before = self._before.get(node)
        if before is None:
            return  # its beginning was lost: it is asked again
        came = users - self._counted(node)
        self._of[node] |= users
        new = [user_id for user_id in came if user_id not in self._nodes_of and user_id not in self._mine]
        self._nodes_of.update(came)
        if new:
            self._spawn(self._announce(new, True))
        if is_last:
            del self._before[node]
            self._leave(before - self._of[node])

    def _forget(self, node: str) -> None:
        self._forgetting.pop(node, None)
        self._differs.discard(node)
        users = self._counted(node)
        self._before.pop(node, None)
        self._of.pop(node, None)
        self._leave(users)

    def _counted(self, node: str) -> set[UserId]:
        return self._of.get(node, set()) | self._before.get(node, set())

    def _leave(self, users: Iterable[UserId]) -> None:
        gone = [user_id for user_id in users if self._remove(user_id) and user_id not in self._mine]
        if gone:
            self._spawn(self._announce(gone, False))

    def _remove(self, user_id: UserId) -> bool:
        """Whether that was the last node."""
        self._nodes_of[user_id] -= 1
        if self._nodes_of[user_id] > 0:
            return False
        del self._nodes_of[user_id]
        return True

    async def _announce(self, users: Sequence[UserId], is_online: bool, only: UserId | None = None) -> None:
        found: Mapping[UserId, Surroundings] | None = None
        while found is None and not self._is_closed:
            try:
                found = await self._surroundings(users)
            except ChatError:  # the database is away: said in the log by the one who asked it
                await asyncio.sleep(RETRY_SECONDS)
        for user_id in users:
            around = (found or {}).get(user_id)
            is_ours = user_id in self._mine and only is None
            if around is not None and self.is_online(user_id) == is_online and not is_ours:
                self._show(user_id, is_online, around, only)

    def _show(self, user_id: UserId, is_online: bool, around: Surroundings, only: UserId | None = None) -> None:
        body = {"user_id": user_id, "timestamp": iso(now())}
        name = "user_online" if is_online else "user_offline"
        self._publisher.to_conversations(name, body, around[0], but=user_id, hidden_from=around[1], only=only)

    def _types_there(self, conversation_id: ConversationId, user_id: UserId, is_typing: bool) -> None:
        key = (conversation_id, user_id)
        if (timer := self._typing.pop(key, None)) is not None:
            timer.cancel()
        elif not is_typing:
            return
        if is_typing:
            loop = asyncio.get_running_loop()
            self._typing[key] = loop.call_later(TYPING_SECONDS, self._types_there, conversation_id, user_id, False)
        body = {"conversation_id": conversation_id, "user_id": user_id, "is_typing": is_typing}
        self._publisher.to_conversations("user_typing", body, [conversation_id], but=user_id)


def _sum(users: Iterable[UserId]) -> int:
    """The same for the same people in any order: their number alone hides that one came and another one left."""
    total = 0
    for user_id in users:
        total ^= crc32(user_id.encode())
    return total
