"""Who is online and who is typing. Both have no number, may be lost, and expire by themselves."""

import asyncio
from collections.abc import Iterable
from typing import Any

from tms_chat.core.clock import iso, now
from tms_chat.core.ids import ConversationId, UserId
from tms_chat.realtime.publisher import Publisher
from tms_chat.realtime.sessions import Sessions

TYPING_SECONDS = 6.0
TYPING_REPEAT_SECONDS = 1.0
OFFLINE_AFTER_SECONDS = 2.0  # a reload is not an absence


class Presence:
    """Tells the people who share a conversation, and nobody else."""

    def __init__(self, publisher: Publisher, sessions: Sessions) -> None:
        self._publisher = publisher
        self._sessions = sessions
        self._leaving: dict[UserId, asyncio.TimerHandle] = {}
        self._typing: dict[tuple[ConversationId, UserId], tuple[float, asyncio.TimerHandle]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def arrived(self, user_id: UserId, conversation_ids: Iterable[ConversationId]) -> None:
        """The person's first socket has entered its rooms."""
        leaving = self._leaving.pop(user_id, None)
        if leaving is not None:
            leaving.cancel()  # nobody was told that they left
            return
        await self._publisher.to_conversations("user_online", _body(user_id), conversation_ids, but=user_id)

    def left(self, user_id: UserId, conversation_ids: Iterable[ConversationId]) -> None:
        """The person's last socket is gone; told to the others when nobody comes back within two seconds."""
        rooms = list(conversation_ids)
        for key in [key for key in self._typing if key[1] == user_id]:
            self._later(self.stopped_typing(*key))
        loop = asyncio.get_running_loop()
        self._leaving[user_id] = loop.call_later(OFFLINE_AFTER_SECONDS, self._gone, user_id, rooms)

    async def typing(self, conversation_id: ConversationId, user_id: UserId) -> None:
        """The person types; told at most once a second, and over after six seconds of silence."""
        loop = asyncio.get_running_loop()
        key = (conversation_id, user_id)
        told_at, timer = self._typing.get(key, (float("-inf"), None))
        if timer is not None:
            timer.cancel()
        repeat = loop.time() - told_at >= TYPING_REPEAT_SECONDS
        expiry = loop.call_later(TYPING_SECONDS, lambda: self._later(self.stopped_typing(conversation_id, user_id)))
        self._typing[key] = (loop.time() if repeat else told_at, expiry)
        if repeat:
            await self._tell_typing(conversation_id, user_id, True)

    async def stopped_typing(self, conversation_id: ConversationId, user_id: UserId) -> None:
        """The person stopped, or their six seconds are over; told only when they were typing."""
        was = self._typing.pop((conversation_id, user_id), None)
        if was is not None:
            was[1].cancel()
            await self._tell_typing(conversation_id, user_id, False)

    def leaving(self) -> list[UserId]:
        """Those whose last socket is gone and whose absence nobody was told yet."""
        return list(self._leaving)

    def close(self) -> None:
        """Cancel every timer."""
        for timer in [*self._leaving.values(), *(timer for _, timer in self._typing.values())]:
            timer.cancel()

    def _gone(self, user_id: UserId, conversation_ids: list[ConversationId]) -> None:
        self._leaving.pop(user_id, None)
        if not self._sessions.of(user_id):
            self._later(self._publisher.to_conversations("user_offline", _body(user_id), conversation_ids, but=user_id))

    async def _tell_typing(self, conversation_id: ConversationId, user_id: UserId, is_typing: bool) -> None:
        body = {"conversation_id": conversation_id, "user_id": user_id, "is_typing": is_typing}
        await self._publisher.to_conversations("user_typing", body, [conversation_id], but=user_id)

    def _later(self, coroutine: Any) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _body(user_id: UserId) -> dict[str, Any]:
    return {"user_id": user_id, "timestamp": iso(now())}
