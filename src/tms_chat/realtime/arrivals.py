"""What a new socket is told first: its rooms, then the heads. Whoever arrives at the same moment is read together.

One reading is enough: the socket is known before it, so a membership that begins or ends meanwhile finds it, and what
is published meanwhile is noted and raises the heads. After the reading it is in its rooms within the same tick.
"""

from collections.abc import Callable, Collection, Coroutine
from typing import Any

import structlog

from tms_chat.conversations.queries import heads_of
from tms_chat.core.errors import ChatError
from tms_chat.core.ids import ConversationId, UserId
from tms_chat.core.notify import Attention
from tms_chat.db.engine import Database
from tms_chat.notifications.queries import attention_of
from tms_chat.realtime.missed import Missed
from tms_chat.realtime.people import People
from tms_chat.realtime.presence import Presence
from tms_chat.realtime.publisher import Publisher
from tms_chat.realtime.sessions import Session

log = structlog.get_logger(__name__)

AT_ONCE = 200


class Arrivals:
    """`spawn` starts the one task that reads."""

    def __init__(
        self,
        db: Database,
        people: People,
        publisher: Publisher,
        presence: Presence,
        missed: Missed,
        epoch: str,
        spawn: Callable[[Coroutine[Any, Any, None]], object],
    ) -> None:
        self._db = db
        self._people = people
        self._publisher = publisher
        self._presence = presence
        self._missed = missed
        self._epoch = epoch
        self._spawn = spawn
        self._waiting: list[Session] = []
        self._is_reading = False

    def add(self, session: Session) -> None:
        """A socket was let in."""
        self._waiting.append(session)
        if not self._is_reading:
            self._is_reading = True
            self._spawn(self._read())

    async def _read(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:AT_ONCE], self._waiting[AT_ONCE:]
                with self._missed:
                    await self._welcome(batch)
        finally:
            self._is_reading = False

    async def _welcome(self, batch: list[Session]) -> None:
        user_ids = {session.user_id for session in batch}
        try:
            heads, attention = await heads_of(self._db, user_ids), await attention_of(self._db, user_ids)
        except Exception as error:
            if not isinstance(error, ChatError):
                log.exception("welcome_failed")
            refusal = error if isinstance(error, ChatError) else ChatError("internal")
            for session in batch:
                self._publisher.close(session, refusal.code, refusal.detail)
            return
        for session in batch:
            if session.is_open:
                self._greet(session, heads[session.user_id], attention[session.user_id])

    def _greet(self, session: Session, heads: dict[ConversationId, int], attention: Attention) -> None:
        user_id: UserId = session.user_id
        self._people.arrived(user_id, attention)
        self._publisher.enter(session, heads)
        shown = {
            conversation_id: self._missed.newest(conversation_id, heads.get(conversation_id, 0))
            for conversation_id in session.conversations
        }
        session.left = None
        self._publisher.to_socket(session, "rooms_joined", {"conversation_ids": list(shown)})
        self._publisher.to_socket(session, "hello", {"epoch": self._epoch, "heads": shown})
        hidden_from: Collection[UserId] = self._people.blocked_by(user_id)
        self._presence.arrived(user_id, shown, hidden_from)
