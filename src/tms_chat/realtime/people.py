"""What connected people want to hear of, in memory: nothing is asked of the database while a message is on its way.

Loaded when somebody's first socket arrives, read again whenever they change it, forgotten with their last socket.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import replace
from weakref import WeakValueDictionary

import structlog

from tms_chat.core.errors import ChatError
from tms_chat.core.ids import ConversationId, UserId
from tms_chat.core.notify import Attention
from tms_chat.realtime.sessions import Sessions

log = structlog.get_logger(__name__)


class People:
    """`load` reads one person's attention from the database."""

    def __init__(self, sessions: Sessions, load: Callable[[UserId], Awaitable[Attention]]) -> None:
        self._sessions = sessions
        self._load = load
        self._known: dict[UserId, Attention] = {}
        self._blockers: dict[UserId, set[UserId]] = defaultdict(set)
        self._stale: set[UserId] = set()
        #: Moves with every change of what anybody wants.
        self.version = 0
        self._turns: WeakValueDictionary[UserId, asyncio.Lock] = WeakValueDictionary()

    def get(self, user_id: UserId) -> Attention | None:
        """What a connected person wants to hear of; None for everybody else."""
        return self._known.get(user_id)

    def blockers_of(self, user_id: UserId) -> Collection[UserId]:
        """The connected people who blocked this person."""
        return self._blockers.get(user_id, ())

    def blocked_by(self, user_id: UserId) -> Collection[UserId]:
        """The people whom this connected person blocked."""
        known = self._known.get(user_id)
        return known.blocked if known is not None else ()

    def arrived(self, user_id: UserId, attention: Attention) -> None:
        """Before a socket of this person hears anything: what was read since it connected. What a change read since
        then is newer, and stays."""
        if user_id not in self._known:
            self._keep(user_id, attention)

    async def changed(self, user_id: UserId) -> None:
        """They committed a change. Read again rather than patched: whatever comes late reads what is newest."""
        if not self._sessions.is_online(user_id):
            return
        async with self._turn(user_id):
            try:
                self._keep(user_id, await self._load(user_id))
            except ChatError:
                self._stale.add(user_id)  # the database is away: said in the log by the one who asked it

    async def catch_up(self) -> None:
        """Read again what could not be read when it changed."""
        for user_id in list(self._stale):
            self._stale.discard(user_id)
            await self.changed(user_id)

    def known(self) -> dict[UserId, Attention]:
        """Of everybody who is connected; a copy."""
        return {**self._known}

    def renewed(self, before: Mapping[UserId, Attention], read: Mapping[UserId, Attention]) -> None:
        """What was read since `before` for all these people, but for those who changed something meanwhile."""
        for user_id, attention in read.items():
            if self._known.get(user_id) is before.get(user_id):
                self._keep(user_id, attention)

    def left(self, user_id: UserId, conversation_id: ConversationId) -> None:
        """Out of a conversation, which ends its mute: who comes back hears it."""
        known = self._known.get(user_id)
        if known is not None and conversation_id in known.muted:
            muted = {key: until for key, until in known.muted.items() if key != conversation_id}
            self._known[user_id] = replace(known, muted=muted)
            self.version += 1

    def gone(self, user_id: UserId) -> None:
        """The person's last socket has left."""
        self._stale.discard(user_id)
        known = self._known.pop(user_id, None)
        self.version += 1
        for blocked in known.blocked if known is not None else ():
            self._blockers[blocked].discard(user_id)
            if not self._blockers[blocked]:
                del self._blockers[blocked]

    def _turn(self, user_id: UserId) -> asyncio.Lock:
        return self._turns.setdefault(user_id, asyncio.Lock())

    def _keep(self, user_id: UserId, attention: Attention) -> None:
        self.gone(user_id)
        if self._sessions.is_online(user_id):  # they may have left meanwhile
            self._known[user_id] = attention
            for blocked in attention.blocked:
                self._blockers[blocked].add(user_id)
