"""One client: a socket that comes back for ever, a screen, and catching up between them (docs/SYNC.md)."""

import asyncio
import random
import time
from typing import Any, Final

from tms_chat.verify.api import Api, checked
from tms_chat.verify.history import LEAVE, WELCOME, Client, Event, Line
from tms_chat.verify.network import Network, SocketLine
from tms_chat.verify.screen import Screen
from tms_chat.verify.websocket import Torn
from tms_chat.verify.wire import Json, event_of, shown_of

HOLD_SECONDS: Final = 0.3
FIRST_WAIT: Final = 0.5
LONGEST_WAIT: Final = 30.0


class Device:
    """Follows the conversation for its person; everything it sees is written into `client`."""

    def __init__(self, network: Network, api: Api, client: Client, conversation_id: str) -> None:
        self.client = client
        self.screen = Screen(client)
        self.arrived_at = 0.0  # when its position last moved, Unix seconds
        self._network = network
        self._api = api
        self._conversation_id = conversation_id
        self._line: SocketLine | None = None
        self._epoch = ""
        self._behind = asyncio.Event()
        self._is_fresh = False  # connected a moment ago: what was missed is asked for at once, all of it
        self._paused_until = 0.0

    @property
    def is_connected(self) -> bool:
        """Whether its socket is let in and greeted."""
        return self._line is not None

    async def run(self) -> None:
        """Until it is cancelled. Raises Failed."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._stay_connected())
            group.create_task(self._keep_up())

    def tear(self) -> None:
        """Cut its line."""
        if self._line is not None:
            self._line.tear()

    def pause(self, seconds: float) -> None:
        """Take nothing off the line for a while."""
        self._paused_until = time.monotonic() + seconds

    async def _stay_connected(self) -> None:
        failures = 0
        while True:
            try:
                self._line = await self._network.connect(self._api.person)
                failures = 0
                await self._follow(self._line)
            except Torn:
                failures += 1
            finally:
                self.tear()
                self._line = None
            await asyncio.sleep(random.uniform(0, min(LONGEST_WAIT, FIRST_WAIT * 2 ** (failures - 1))))

    async def _follow(self, line: SocketLine) -> None:
        head = line.heads.get(self._conversation_id)
        heard = Line(is_socket=True, after=head)
        self.client.lines.append(heard)
        if self._epoch and line.epoch != self._epoch:
            self.screen.end()  # another history: nothing of what it holds need be true in that one
        self._epoch = line.epoch
        is_inside = head is not None
        self._is_fresh = True
        self._look(line.heads)
        while True:
            name, body = await line.receive()
            await asyncio.sleep(max(0.0, self._paused_until - time.monotonic()))
            if name == "hello":
                self._look(body["heads"])
            if body.get("conversation_id") != self._conversation_id:
                continue
            event = event_of(name, body)
            if event is not None:
                is_inside = self._is_inside(is_inside, event)
                self._take(heard, event, name, body)
            elif not is_inside and not body.get("seq"):
                self.client.intrusions.append(name)

    def _is_inside(self, before: bool, event: Event) -> bool:
        if event.what == WELCOME:
            return True
        return before and not (event.what in LEAVE and self.client.user_id in event.people)

    def _look(self, heads: dict[str, int]) -> None:
        """A greeting: whether something was missed, also a last event, which leaves no gap to be seen."""
        head, position = heads.get(self._conversation_id), self.screen.position
        if self._is_fresh and head is None and position is not None:
            self._behind.set()  # out of it meanwhile
        elif head is not None and (position is None or position < head):
            self._behind.set()

    def _take(self, heard: Line, event: Event, name: str, body: Json) -> None:
        heard.events.append(event)
        before = self.screen.position
        self.screen.take(name, body)
        if self.screen.position != before:
            self.arrived_at = time.time()
        if self.screen.is_behind:
            self._behind.set()

    async def _keep_up(self) -> None:
        while True:
            await self._behind.wait()
            self._behind.clear()
            if self._is_fresh or self.screen.position is None:
                self._is_fresh = False
                await self._sync()
            else:
                await asyncio.sleep(HOLD_SECONDS)
                await self._fill_gap()

    async def _sync(self) -> None:
        """What was missed, of all conversations in one question."""
        while True:
            epoch, position = self._epoch, self.screen.position
            positions = {} if position is None else {self._conversation_id: position}
            body = {"epoch": epoch, "positions": positions}
            answer = checked(await self._api.ask("POST", "/sync", body)).json()
            if self._epoch != epoch:
                self._behind.set()
                return
            self._take_all(position, answer["events"])
            if self._conversation_id in answer["left"]:
                self.screen.end()
            elif self._conversation_id in (*answer["too_far"], *answer["joined"]) or self.screen.must_load:
                await self._load()
            if not answer["more"]:
                return

    async def _fill_gap(self) -> None:
        """What is missing before what is held. Asked until the gap is closed: nothing is shown over a hole."""
        position = self.screen.position
        if position is None:
            return
        path = f"/conversations/{self._conversation_id}/events?after={position}&limit=500"
        answer = await self._api.ask("GET", path)
        if answer.status_code == 404:
            await self._sync()
            return
        self._take_all(position, checked(answer).json()["events"])
        if self.screen.is_behind:
            self._behind.set()

    def _take_all(self, position: int | None, events: list[Any]) -> None:
        heard = Line(is_socket=False, after=position)
        self.client.lines.append(heard)
        for told in events:
            name, body = told["name"], told["body"]
            event = event_of(name, body)
            if event is not None and body["conversation_id"] == self._conversation_id:
                self._take(heard, event, name, body)

    async def _load(self) -> None:
        epoch = self._epoch
        found = await self._api.messages(self._conversation_id)
        if self._epoch != epoch:  # pages of two histories
            self._behind.set()
            return
        if found is None:
            self.screen.end()
            return
        seq, messages = found
        self.screen.load(seq, {message["id"]: shown_of(message) for message in messages})
        self.arrived_at = time.time()
        if self.screen.is_behind:
            self._behind.set()
