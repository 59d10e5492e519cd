"""Somebody comes in: their token is looked at, and what they are told first is read, all in one snapshot; those who
come at the same moment (after a restart everybody does) are read together.

In the tick in which the snapshot is there, a socket is let in, enters its rooms and is told the heads. What is
published between the snapshot and that tick is noted: it raises the heads, and whoever it concerns is read again.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from tms_chat.conversations.queries import HEADS
from tms_chat.core.ids import ConversationId, UserId
from tms_chat.core.notify import Attention
from tms_chat.db.engine import Database
from tms_chat.db.prepared import Row, Steps
from tms_chat.identity.caller import Authenticator, Caller
from tms_chat.identity.standing import standing_of
from tms_chat.identity.tokens import Claims
from tms_chat.notifications.queries import attention_steps
from tms_chat.people.model import stored_user
from tms_chat.realtime.engine.connection import Connection
from tms_chat.realtime.missed import Missed

AT_ONCE: Final = 200
#: After one reading before the next: whoever is alone waits for nothing, and a crowd is read in batches, for statements
#: cost hardly more for ten than for one.
PAUSE_SECONDS: Final = 0.002
#: The outcome of an arrival whose token needs more than a look at what is stored.
ASK: Final = "ask"


@dataclass(frozen=True, slots=True)
class Seen:
    """What one snapshot says: who it is, what they want to hear of, and the newest number of each conversation."""

    caller: Caller
    attention: Attention
    heads: dict[ConversationId, int]


#: None for who is in, the code of a refusal, `ASK`, or what went wrong.
Outcome = str | Exception | None


class _Arrival(NamedTuple):
    connection: Connection
    claims: Claims
    decided: Callable[[Outcome], None]


Enter = Callable[[Connection, Seen], str | None]


class Arrivals:
    """`enter` lets somebody in within the same tick, or gives the code of the refusal; `spawn` runs what reads."""

    def __init__(
        self,
        db: Database,
        auth: Authenticator,
        missed: Missed,
        enter: Enter,
        spawn: Callable[[Coroutine[Any, Any, None]], object],
    ) -> None:
        self._db = db
        self._auth = auth
        self._missed = missed
        self._enter = enter
        self._spawn = spawn
        self._waiting: list[_Arrival] = []
        self._is_reading = False

    def expect(self, connection: Connection, claims: Claims, decided: Callable[[Outcome], None]) -> None:
        """`decided` is told what becomes of them."""
        self._waiting.append(_Arrival(connection, claims, decided))
        if not self._is_reading:
            self._is_reading = True
            self._spawn(self._read())

    async def arrive(self, connection: Connection, claims: Claims) -> str | None:
        """The same for who waits for it. Raises ChatError `unavailable`."""
        outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self.expect(connection, claims, lambda found: None if outcome.done() else outcome.set_result(found))
        found = await outcome
        if isinstance(found, Exception):
            raise found
        return found

    async def _read(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:AT_ONCE], self._waiting[AT_ONCE:]
                with self._missed:
                    await self._look(batch)
                await asyncio.sleep(PAUSE_SECONDS)
        finally:
            self._is_reading = False

    async def _look(self, batch: list[_Arrival]) -> None:
        looked_at = time.time()
        try:
            rows, heads, attention = await self._db.ask(_snapshot, [arrival.claims for arrival in batch])
        except Exception as error:
            for arrival in batch:
                arrival.decided(error)
            return
        for arrival in batch:
            claims = arrival.claims
            if claims.user_id in self._missed.concerned:
                self._waiting.append(arrival)
                continue
            row = rows.get(claims.token_hash)
            if row is None or not self._auth.counts(claims, row):
                arrival.decided(ASK)
                continue
            newest = {key: self._missed.newest(key, head) for key, head in heads[claims.user_id].items()}
            seen = Seen(Caller(stored_user(row), claims, looked_at), attention[claims.user_id], newest)
            try:
                outcome: Outcome = self._enter(arrival.connection, seen)
            except Exception as error:
                outcome = error
            arrival.decided(outcome)


def _snapshot(
    shown: Sequence[Claims],
) -> Steps[tuple[dict[str, Row], dict[UserId, dict[ConversationId, int]], dict[UserId, Attention]]]:
    user_ids = list({claims.user_id for claims in shown})
    rows = yield from standing_of(shown)
    heads: dict[UserId, dict[ConversationId, int]] = defaultdict(dict)
    for user_id, conversation_id, seq in (yield HEADS, (user_ids,)):
        heads[user_id][conversation_id] = seq
    attention = yield from attention_steps(user_ids)
    return rows, heads, attention
