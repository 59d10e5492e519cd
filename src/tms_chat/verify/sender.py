"""One sender: messages, edits, deletions and reactions, each asked for until it is answered, some of them on purpose
twice at once, or cut off before the answer comes."""

import asyncio
import random
import time
from dataclasses import dataclass, field
from typing import Final
from uuid import uuid4

from tms_chat.verify.api import BUSY, Api, Failed, wait_after
from tms_chat.verify.history import DELETION, EDIT, Answer, Change, Send
from tms_chat.verify.wire import Json

EMOJI: Final = ("👍", "🎉", "❤️", "😀")
RECENT: Final = 20
PATIENCE: Final = 90.0
# Shares of what a sender does.
EDITS: Final = 0.1
DELETIONS: Final = 0.07
REACTIONS: Final = 0.08
# Shares of sends.
TWICE_AT_ONCE: Final = 0.08
CUT_OFF: Final = 0.06
CUT_AFTER_SECONDS: Final = 0.02


@dataclass(slots=True)
class Board:
    """What all senders together asked for, and the newest messages that there are."""

    sends: list[Send] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    recent: list[str] = field(default_factory=list)

    def show(self, message_id: str) -> None:
        """Somebody may react to this."""
        self.recent = [*self.recent[-RECENT:], message_id]


class Sender:
    """Acts for one person, one thing after the other."""

    def __init__(self, api: Api, conversation_id: str, board: Board) -> None:
        self._api = api
        self._conversation_id = conversation_id
        self._board = board
        self._own: list[str] = []
        self._count = 0

    async def run(self, until: float, interval: float) -> None:
        """Something every `interval` seconds until then (monotonic), and what is begun is brought to its end."""
        while (now := time.monotonic()) < until:
            await self._act()
            await asyncio.sleep(max(0.0, interval * random.uniform(0.5, 1.5) - (time.monotonic() - now)))

    async def _act(self) -> None:
        roll = random.random()
        if roll < EDITS and self._own:
            await self._change(EDIT, random.choice(self._own))
        elif roll < EDITS + DELETIONS and len(self._own) > 3:
            await self._change(DELETION, self._own.pop(random.randrange(len(self._own))))
        elif roll < EDITS + DELETIONS + REACTIONS and self._board.recent:
            path = f"/messages/{random.choice(self._board.recent)}/reactions"
            await self._api.ask("POST", path, {"emoji": random.choice(EMOJI)})
        else:
            await self._send()

    async def _send(self) -> None:
        self._count += 1
        send = Send(str(uuid4()), self._api.person.user_id, f"{self._api.person.name}, message {self._count}")
        self._board.sends.append(send)
        roll = random.random()
        if roll < TWICE_AT_ONCE:
            await asyncio.gather(self._try(send), self._try(send))
        elif roll < TWICE_AT_ONCE + CUT_OFF:
            await self._cut_off(send)
        deadline = time.monotonic() + PATIENCE
        while send.acknowledged is None and time.monotonic() < deadline:
            if not await self._try(send):
                return
        good = send.acknowledged
        if good is not None:
            self._own = [*self._own[-RECENT:], good.message_id]
            self._board.show(good.message_id)

    async def _try(self, send: Send) -> bool:
        """Whether another try may help, or it is done."""
        asked_at = time.time()
        body: Json = {"conversation_id": self._conversation_id, "content": send.content, "client_id": send.client_id}
        answer = await self._api.once("POST", "/messages/", body)
        if answer is None or not answer.is_success:
            send.answers.append(Answer(answer.status_code if answer is not None else 0, asked_at, time.time()))
            await asyncio.sleep(wait_after(answer))
            return answer is None or answer.status_code in BUSY or answer.status_code >= 500
        said = answer.json()
        good = Answer(answer.status_code, asked_at, time.time(), said["id"], said["sequenceNumber"])
        send.answers.append(good)
        return True

    async def _cut_off(self, send: Send) -> None:
        asked_at = time.time()
        try:
            async with asyncio.timeout(random.uniform(0, CUT_AFTER_SECONDS)):
                await self._try(send)
        except TimeoutError:
            send.answers.append(Answer(0, asked_at, time.time()))

    async def _change(self, what: str, message_id: str) -> None:
        text = "" if what == DELETION else f"{self._api.person.name}, edited {uuid4().hex[:6]}"
        change = Change(what, message_id, text)
        self._board.changes.append(change)
        method, body = ("DELETE", {"delete_for_everyone": True}) if what == DELETION else ("PUT", {"content": text})
        try:
            answer = await self._api.ask(method, f"/messages/{message_id}", body)
        except Failed:
            return  # it may have been written or not
        change.is_acknowledged = answer.is_success
