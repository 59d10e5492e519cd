"""What connected people want to hear of, in memory: nothing is asked of the database while a message is on its way.

Loaded when somebody's first socket arrives, read again whenever they change it, forgotten with their last socket.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final
from weakref import WeakValueDictionary

import structlog

from tms_chat.core.errors import ChatError
from tms_chat.core.ids import ConversationId, UserId
from tms_chat.core.notify import Attention
from tms_chat.realtime.sessions import Sessions

log = structlog.get_logger(__name__)

READ_AT_ONCE: Final = 500

#: Of these people, from the database.
Load = Callable[[Sequence[UserId]], Awaitable[Mapping[UserId, Attention]]]


class People:
    """`load` reads what people want to hear of."""

    def __init__(self, sessions: Sessions, load: Load) -> None:
        self._sessions = sessions
        self._load = load
        self._known: dict[UserId, Attention] = {}
        self._blockers: dict[UserId, set[UserId]] = defaultdict(set)
        self._stale: set[UserId] = set()
        # Who was read by themselves while many are read: which of the two is newer nobody knows.
        self._meanwhile: set[UserId] = set()
        self._catching_up = asyncio.Lock()
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
                self._keep(user_id, (await self._load([user_id]))[user_id])
            except Exception as error:
                self._read_later([user_id], error)

    async def read_again(self) -> None:
        """Of everybody who is connected, after the news of a change may have been lost."""
        self._stale.update(self._sessions.users())
        await self.catch_up()

    async def catch_up(self) -> None:
        """Read again what may be old, many at a time. What cannot be read now is read the next time."""
        async with self._catching_up:
            self._meanwhile.clear()
            stale = list(self._stale)
            for start in range(0, len(stale), READ_AT_ONCE):
                users = stale[start : start + READ_AT_ONCE]
                self._stale.difference_update(users)
                try:
                    read = await self._load(users)
                except Exception as error:
                    self._read_later(users, error)
                    if isinstance(error, ChatError):
                        return
                    continue
                changed = self._meanwhile.intersection(users)
                for user_id in read.keys() - changed:
                    self._keep(user_id, read[user_id])
                self._stale |= changed

    def left(self, user_id: UserId, conversation_id: ConversationId) -> None:
        """Out of a conversation, which ends its mute: who comes back hears it."""
        known = self._known.get(user_id)
        if known is not None and conversation_id in known.muted:
            muted = {key: until for key, until in known.muted.items() if key != conversation_id}
            self._known[user_id] = replace(known, muted=muted)
            self._meanwhile.add(user_id)
            self.version += 1

    def gone(self, user_id: UserId) -> None:
        """The person's last socket has left."""
        self._stale.discard(user_id)
        self._forget(user_id)

    def _read_later(self, users: Iterable[UserId], error: Exception) -> None:
        if not isinstance(error, ChatError):  # else the database is away: said in the log by the one who asked it
            log.error("attention_not_read", exc_info=error)
        self._stale.update(user_id for user_id in users if self._sessions.is_online(user_id))

    def _turn(self, user_id: UserId) -> asyncio.Lock:
        return self._turns.setdefault(user_id, asyncio.Lock())

    def _forget(self, user_id: UserId) -> None:
        known = self._known.pop(user_id, None)
        self.version += 1
        for blocked in known.blocked if known is not None else ():
            self._blockers[blocked].discard(user_id)
            if not self._blockers[blocked]:
                del self._blockers[blocked]

    def _keep(self, user_id: UserId, attention: Attention) -> None:
        self._forget(user_id)
        if self._sessions.is_online(user_id):  # they may have left meanwhile
            self._known[user_id] = attention
            self._meanwhile.add(user_id)
            for blocked in attention.blocked:
                self._blockers[blocked].add(user_id)
