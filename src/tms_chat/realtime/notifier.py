"""The `notification` event: to the devices of those who want to be told, as `core.notify` decides, from memory.

In a large conversation most people have the same wishes and nothing else that matters: the decision about them is
made once for each set of wishes, and once for each person only where something is special about them.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from tms_chat.core.clock import now
from tms_chat.core.ids import ConversationId, UserId
from tms_chat.core.notify import Decision, Notice, Wishes, decide
from tms_chat.realtime.engine import socketio
from tms_chat.realtime.engine.outbox import Prepared
from tms_chat.realtime.people import People
from tms_chat.realtime.sessions import Session, Sessions

MAX_REMEMBERED = 1000


@dataclass(frozen=True, slots=True)
class _Audience:
    """The sockets of a room by the wishes of their people, and those who muted it; true for these versions."""

    versions: tuple[int, int]
    by_wishes: dict[Wishes, list[Session]]
    muting: frozenset[UserId]


class Notifier:
    """Tells the sockets of one process."""

    def __init__(self, sessions: Sessions, people: People) -> None:
        self._sessions = sessions
        self._people = people
        self._audiences: dict[ConversationId, _Audience] = {}

    def tell(self, conversation_id: ConversationId, notice: Notice, beyond: Collection[Session] = ()) -> None:
        """One event for each decision that is not the same; none to the sockets `beyond` what it is about."""
        at = now()
        if notice.only is not None:
            told = self._decided(conversation_id, notice, [notice.only], at)
        else:
            audience = self._audience(conversation_id)
            special = {notice.actor_id, *notice.mentioned, *self._people.blockers_of(notice.actor_id), *audience.muting}
            if notice.replied_to is not None:
                special.add(notice.replied_to)
            told = self._decided(conversation_id, notice, special, at)
            kind = notice.kind_for(UserId(""))
            for wishes, sessions in audience.by_wishes.items():
                decision = decide(kind, wishes, at)
                if decision is not None:
                    told[decision] += [session for session in sessions if session.user_id not in special]
        for decision, sessions in told.items():
            if sessions:
                # A `NotificationEvent`, past its validation.
                event = {
                    "conversation_id": conversation_id,
                    "kind": decision.kind,
                    "message_id": notice.message_id,
                    "actor_id": notice.actor_id,
                    "sound": decision.sound,
                    "browser": decision.browser,
                }
                prepared = Prepared(socketio.event("notification", socketio.encode(event)))
                for session in sessions:
                    if not beyond or session not in beyond:
                        session.connection.send(prepared)

    def _decided(
        self, conversation_id: ConversationId, notice: Notice, user_ids: Iterable[UserId], at: datetime
    ) -> defaultdict[Decision, list[Session]]:
        """One by one."""
        told: defaultdict[Decision, list[Session]] = defaultdict(list)
        for user_id in user_ids:
            attention = self._people.get(user_id)
            if attention is None:  # not connected
                continue
            decision = decide(
                notice.kind_for(user_id),
                attention.wishes,
                at,
                is_muted=attention.is_muted(conversation_id, at),
                is_own=user_id == notice.actor_id,
                is_blocked=notice.actor_id in attention.blocked,
            )
            if decision is not None:
                told[decision] += [
                    session for session in self._sessions.of(user_id) if conversation_id in session.conversations
                ]
        return told

    def _audience(self, conversation_id: ConversationId) -> _Audience:
        versions = self._sessions.version, self._people.version
        known = self._audiences.get(conversation_id)
        if known is not None and known.versions == versions:
            return known
        by_wishes: dict[Wishes, list[Session]] = defaultdict(list)
        muting = set()
        for session in self._sessions.room(conversation_id):
            attention = self._people.get(session.user_id)
            if attention is None:
                continue
            if conversation_id in attention.muted:
                muting.add(session.user_id)
            by_wishes[attention.wishes].append(session)
        if len(self._audiences) >= MAX_REMEMBERED:
            self._audiences.clear()
        audience = _Audience(versions, dict(by_wishes), frozenset(muting))
        self._audiences[conversation_id] = audience
        return audience
