"""Who is online and who is typing. Both have no number, may be lost, and expire by themselves."""

import asyncio
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from tms_chat.core.clock import iso, now
from tms_chat.core.ids import ConversationId, UserId
from tms_chat.realtime.elsewhere import Elsewhere
from tms_chat.realtime.publisher import Publisher
from tms_chat.realtime.sessions import Sessions

TYPING_SECONDS = 6.0
TYPING_REPEAT_SECONDS = 1.0
OFFLINE_AFTER_SECONDS = 2.0  # a reload is not an absence
#: So many who come within this time are told of at once, the others together at its end: after a restart everybody
#: comes, and a write to everybody's socket for each of them would cost more than letting them in.
CROWD_SECONDS = 0.5
CROWD = 30


@dataclass(frozen=True, slots=True)
class _Leaving:
    """Somebody whose last socket is gone; `timer` tells it to the others."""

    rooms: set[ConversationId]
    hidden_from: Collection[UserId]
    timer: asyncio.TimerHandle


class Presence:
    """Tells the people who share a conversation, and nobody else: `hidden_from` are those whom the person blocked."""

    def __init__(self, publisher: Publisher, sessions: Sessions, elsewhere: Elsewhere) -> None:
        self._elsewhere = elsewhere
        self._publisher = publisher
        self._sessions = sessions
        self._told_online: set[UserId] = set()
        self._coming: dict[UserId, tuple[list[ConversationId], Collection[UserId]]] = {}
        self._came = 0
        self._telling: asyncio.TimerHandle | None = None
        self._leaving: dict[UserId, _Leaving] = {}
        self._typing: dict[tuple[ConversationId, UserId], asyncio.TimerHandle] = {}
        self._told_typing: dict[tuple[ConversationId, UserId], float] = {}

    def arrived(
        self, user_id: UserId, conversation_ids: Iterable[ConversationId], hidden_from: Collection[UserId]
    ) -> None:
        """A socket of this person has entered its rooms; told once, and not after a short absence."""
        if user_id in self._leaving:
            self._leaving.pop(user_id).timer.cancel()
        if user_id in self._told_online or user_id in self._coming:
            return
        if self._telling is None:
            self._telling = asyncio.get_running_loop().call_later(CROWD_SECONDS, self._tell_coming)
        self._came += 1
        if self._came > CROWD:
            self._coming[user_id] = [*conversation_ids], hidden_from
        else:
            self._tell_online(user_id, conversation_ids, hidden_from)

    def left(self, user_id: UserId, conversation_ids: set[ConversationId], hidden_from: Collection[UserId]) -> None:
        """The person's last socket is gone; told to the others when nobody comes back within two seconds."""
        for key in [key for key in self._typing if key[1] == user_id]:
            self.stopped_typing(*key)
        if self._coming.pop(user_id, None) is not None:
            return  # nobody was told that they were there
        before = self._leaving.pop(user_id, None)
        if before is not None:
            before.timer.cancel()
            conversation_ids = conversation_ids | before.rooms
        timer = asyncio.get_running_loop().call_later(OFFLINE_AFTER_SECONDS, self._gone, user_id)
        self._leaving[user_id] = _Leaving(conversation_ids, hidden_from, timer)

    def typing(self, conversation_id: ConversationId, user_id: UserId) -> None:
        """The person types; told at most once a second, and over after six seconds of silence."""
        loop = asyncio.get_running_loop()
        key = (conversation_id, user_id)
        told_at = self._told_typing.get(key)
        if told_at is not None and loop.time() - told_at < TYPING_REPEAT_SECONDS and key not in self._typing:
            return  # stopped and started again within the second: the next sign of it will tell
        if key in self._typing:
            self._typing.pop(key).cancel()
        self._typing[key] = loop.call_later(TYPING_SECONDS, self.stopped_typing, *key)
        if told_at is None or loop.time() - told_at >= TYPING_REPEAT_SECONDS:
            self._told_typing[key] = loop.time()
            self._tell_typing(conversation_id, user_id, True)

    def stopped_typing(self, conversation_id: ConversationId, user_id: UserId) -> None:
        """The person stopped, or their six seconds are over; told only when they were typing."""
        key = (conversation_id, user_id)
        timer = self._typing.pop(key, None)
        if timer is not None:
            timer.cancel()
            asyncio.get_running_loop().call_later(TYPING_REPEAT_SECONDS, self._forget_typing, key)
            self._tell_typing(conversation_id, user_id, False)

    def leaving(self) -> list[UserId]:
        """Those whose last socket is gone and whose absence nobody was told yet."""
        return list(self._leaving)

    def close(self) -> None:
        """Cancel every timer."""
        if self._telling is not None:
            self._telling.cancel()
        for timer in [*(leaving.timer for leaving in self._leaving.values()), *self._typing.values()]:
            timer.cancel()

    def _tell_coming(self) -> None:
        coming, self._coming = self._coming, {}
        self._telling, self._came = None, 0
        for user_id, (conversation_ids, hidden_from) in coming.items():
            self._tell_online(user_id, conversation_ids, hidden_from)

    def _tell_online(
        self, user_id: UserId, conversation_ids: Iterable[ConversationId], hidden_from: Collection[UserId]
    ) -> None:
        self._told_online.add(user_id)
        if not self._elsewhere.is_online(user_id):
            self._publisher.to_conversations(
                "user_online", _body(user_id), conversation_ids, but=user_id, hidden_from=hidden_from
            )
        self._elsewhere.came(user_id, conversation_ids, hidden_from)

    def _gone(self, user_id: UserId) -> None:
        leaving = self._leaving.pop(user_id)
        if not self._sessions.is_online(user_id) and user_id in self._told_online:
            self._told_online.discard(user_id)
            if not self._elsewhere.is_online(user_id):
                self._publisher.to_conversations(
                    "user_offline", _body(user_id), leaving.rooms, but=user_id, hidden_from=leaving.hidden_from
                )
            self._elsewhere.left(user_id, leaving.rooms, leaving.hidden_from)

    def _forget_typing(self, key: tuple[ConversationId, UserId]) -> None:
        if key not in self._typing:
            self._told_typing.pop(key, None)

    def _tell_typing(self, conversation_id: ConversationId, user_id: UserId, is_typing: bool) -> None:
        body = {"conversation_id": conversation_id, "user_id": user_id, "is_typing": is_typing}
        self._publisher.to_conversations("user_typing", body, [conversation_id], but=user_id)
        self._elsewhere.types(conversation_id, user_id, is_typing)


def _body(user_id: UserId) -> dict[str, Any]:
    return {"user_id": user_id, "timestamp": iso(now())}
