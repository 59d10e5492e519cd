"""Somebody whose network fails now and then: they read too little, are closed as slow, come back and catch up."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson

from bench.soak.wire import Closed, Wire, event_of

SPELL_SECONDS = 20.0
DRIP_SECONDS = 0.25  # for one packet, about a kilobyte
BACK_SECONDS = 0.5
PAGE, MAX_PAGES = 100, 10  # further behind than that, a client drops what it has and shows the newest page
SLOW = 1013


@dataclass
class Slow:
    """During a `storm` they read nothing, or drop by drop. What happens is counted; mistakes begin with a `!`."""

    port: int
    token: str
    http: httpx.AsyncClient
    storm: asyncio.Event
    counts: Counter[str]
    drips: bool
    #: The number of the newest message seen, by conversation.
    newest: dict[str, int] = field(default_factory=dict)
    #: What comes while they catch up, which they do first.
    held: list[bytes] | None = None

    @property
    def is_up_to_date(self) -> bool:
        """Not catching up any more."""
        return self.held is None

    async def live(self) -> None:
        """Connect, again and again."""
        while True:
            wire = await Wire.open(self.port)
            self.held = []
            catching_up: asyncio.Task[None] | None = None
            reads_until, was_slow = 0.0, False
            try:
                catching_up = asyncio.create_task(self._catch_up(await wire.enter(self.token)))
                while True:
                    now = asyncio.get_running_loop().time()
                    if self.storm.is_set() and self.is_up_to_date and now > reads_until:
                        was_slow = True
                        await self._be_slow(wire)
                        reads_until = now + 2 * SPELL_SECONDS
                    self._see(await wire.packet())
                    if catching_up.done():
                        catching_up.result()
            except Closed as closed:
                # Whose window is closed mostly does not get the close frame either.
                is_fair = was_slow and closed.code in (SLOW, None)
                self.counts["closed as slow" if is_fair else f"! closed with {closed.code}"] += 1
            finally:
                wire.leave()
                if catching_up is not None:
                    catching_up.cancel()
            await asyncio.sleep(BACK_SECONDS)

    async def _be_slow(self, wire: Wire) -> None:
        self.counts["slow spells"] += 1
        await asyncio.sleep(random.uniform(0, SPELL_SECONDS / 8))
        with suppress(TimeoutError):
            async with asyncio.timeout(SPELL_SECONDS):
                while self.storm.is_set():
                    await asyncio.sleep(DRIP_SECONDS)
                    if self.drips:
                        self._see(await wire.packet())

    def _see(self, packet: bytes) -> None:
        if self.held is not None:
            self.held.append(packet)
            return
        name, body = event_of(packet)
        if name != "new_message":
            return
        conversation, number = body["conversation_id"], body["sequence_number"]
        seen = self.newest.get(conversation, 0)
        if number > seen:  # else it was in a page already
            self.counts["messages"] += 1
            self.counts["! gaps"] += number != seen + 1
            self.newest[conversation] = number

    async def _catch_up(self, heads: dict[str, int]) -> None:
        """Nothing but messages happens in these conversations, so a head is the number of the newest."""
        for conversation, head in heads.items():
            seen = self.newest.get(conversation, head)
            self.newest[conversation] = head if seen == head else await self._fetch(conversation, seen)
        self.counts["caught up"] += 1
        held, self.held = self.held or [], None
        for packet in held:
            self._see(packet)

    async def _fetch(self, conversation: str, seen: int) -> int:
        """Page by page back to what was seen; the newest number."""
        numbers: list[int] = []
        cursor: str | None = None
        for _ in range(MAX_PAGES):
            query = {"limit": PAGE} | ({"cursor": cursor} if cursor else {})
            path = f"/api/v1/messages/conversations/{conversation}/messages"
            answer = await self.http.get(path, params=query, headers={"Authorization": f"Bearer {self.token}"})
            page: dict[str, Any] = orjson.loads(answer.raise_for_status().content)
            numbers += [message["sequenceNumber"] for message in page["data"]]
            cursor = page["pagination"]["next_cursor"]
            if numbers[-1] <= seen + 1 or cursor is None:
                break
        self.counts["too far behind"] += numbers[-1] > seen + 1
        self.counts["messages"] += numbers[0] - max(seen, numbers[-1] - 1)
        self.counts["! gaps"] += numbers != list(range(numbers[0], numbers[-1] - 1, -1))
        return numbers[0]
