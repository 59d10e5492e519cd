"""A lost last event shows no gap: so each socket is told again and again how far its conversations are.

From memory, and of those alone in which something happened lately; a socket that nothing happened to is told nothing.
Nothing is kept for a socket either: when its turn is follows from where it lies in memory. A turn comes around in 20 to
30 seconds, sockets are spread over it, and a tick of it walks over all of them once, which for 5,000 takes half a
millisecond.
"""

import asyncio
import random
import time
from typing import Final

import structlog

from tms_chat.core.ids import ConversationId
from tms_chat.realtime.publisher import Publisher
from tms_chat.realtime.sessions import Session, Sessions

log = structlog.get_logger(__name__)

SECONDS_A_TURN: Final = 25.0
TICKS: Final = 25
JITTER: Final = 0.2
#: So many turns after the last event of a conversation nobody is reminded of it any more.
TURNS_REMEMBERED: Final = 4


class Heads:
    """Sends `hello` to sockets when their turn is. `epoch` as in the first one."""

    def __init__(
        self, sessions: Sessions, publisher: Publisher, epoch: str, *, seconds_a_turn: float = SECONDS_A_TURN
    ) -> None:
        self._sessions = sessions
        self._publisher = publisher
        self._epoch = epoch
        self._seconds = seconds_a_turn
        self._tick = 0
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Needs the running loop."""
        self._task = asyncio.get_running_loop().create_task(self._keep_telling())

    async def stop(self) -> None:
        """Nobody is told any more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def tell(self) -> None:
        """Those whose turn is now; the next time it is that of the next."""
        self._tick = (self._tick + 1) % TICKS
        self._publisher.forget_news(time.monotonic() - TURNS_REMEMBERED * self._seconds)
        news = self._publisher.news
        if not news:
            return
        for session in self._sessions.all():
            if turn_of(session) == self._tick:
                heads = self._heads(session)
                if heads:
                    body = {"epoch": self._epoch, "heads": heads}
                    self._publisher.to_socket(session, "hello", body, is_volatile=True)

    def _heads(self, session: Session) -> dict[ConversationId, int]:
        """Of the conversations that this socket hears. Lines are there as long as somebody hears them."""
        news, lines = self._publisher.news, self._sessions.lines
        return {key: lines[key].last for key in session.conversations if key in news and key in lines}

    async def _keep_telling(self) -> None:
        while True:
            await asyncio.sleep(self._seconds / TICKS * random.uniform(1 - JITTER, 1 + JITTER))
            try:
                self.tell()
            except Exception:
                log.exception("heads_failed")


def turn_of(session: Session) -> int:
    """One of the ticks: by the address, whose lowest bits are all alike."""
    return (id(session) >> 4) * 2_654_435_761 % 4_294_967_291 % TICKS
