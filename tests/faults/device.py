"""One device of one person: a socket that is opened for ever, a screen, and the catching up between the two.

The screen is that of `tms verify`. The device is not: hundreds of these run in one process, they notice when nobody
is at the other end, their sockets and their requests may take different ways, and they outlive another history in
the place of theirs.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import aiohttp

from tests.faults.wire import GONE, Closed, Door, Json, Patience, Socket, open_socket
from tms_chat.verify.history import ENTER, WELCOME, Client, Event, Line, Shown
from tms_chat.verify.screen import Screen
from tms_chat.verify.wire import event_of, shown_of

#: So long a later event is held for the ones before it, which may be on their way.
HOLD_SECONDS: Final = 0.3
PAGE: Final = 100


@dataclass(frozen=True)
class Person:
    """Somebody of the host."""

    id: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        """Of every request."""
        return {"Authorization": f"Bearer {self.token}"}


class Shut(Exception):
    """The conversation is not there for this person."""


class Device:
    """Follows one conversation. `socket_door` and `http_door` may lead through different networks."""

    def __init__(
        self, name: str, person: Person, conversation_id: str, http: aiohttp.ClientSession, socket: Door, door: Door
    ) -> None:
        self.person = person
        self.client = Client(name, person.id)
        self.screen = Screen(self.client)
        self.socket_door = socket
        self.http_door = door
        self.is_online = False
        self.refusals: list[str] = []
        self._conversation_id = conversation_id
        self._http = http
        self._epoch = ""
        self._line = Line(is_socket=True, after=None)
        self._welcomed_at = 0
        self._socket: Socket | None = None
        self._wanted = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Connect, and stay so."""
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._stay_connected()), loop.create_task(self._stay_up_to_date())]

    async def close(self) -> None:
        """Leave."""
        for task in self._tasks:
            task.cancel()
        for result in await asyncio.gather(*self._tasks, return_exceptions=True):
            if isinstance(result, Exception):
                raise result

    async def ask(self, name: str, body: Json) -> Json:
        """Over its socket: what is acknowledged. Raises Closed, or one of GONE."""
        if self._socket is None:
            raise Closed("not connected")
        return await self._socket.ask(name, body)

    async def fetch(self) -> tuple[dict[str, Shown], int] | None:
        """The whole conversation and the number up to which that is true; None when it is not there. Raises GONE."""
        try:
            return await self._fetch()
        except Shut:
            return None

    async def shows(self, head: int) -> bool:
        """Whether it shows everything up to this number, or nothing to somebody who is no member."""
        if self.screen.position is not None:
            return self.screen.position >= head
        with suppress(*GONE):
            return await self.fetch() is None
        return False

    async def _stay_connected(self) -> None:
        patience = Patience()
        while True:
            with suppress(Closed, *GONE):
                async with open_socket(self._http, self.socket_door(), self.person.token) as socket:
                    self._socket = socket
                    async for name, body in socket.events():
                        if name == "hello":
                            self._greeted(body)
                            patience.reset()
                        else:
                            self._hear(name, body)
            self.is_online, self._socket = False, None
            await patience.pause()

    def _greeted(self, hello: Json) -> None:
        """At the beginning of a line, and now and then: a lost last event shows no gap."""
        head = hello["heads"].get(self._conversation_id)
        if not self.is_online:
            self.is_online = True
            self._line = Line(is_socket=True, after=head)
            self.client.lines.append(self._line)
        screen = self.screen
        if self._epoch and hello["epoch"] != self._epoch:
            screen.must_load = True  # another history
        self._epoch = hello["epoch"]
        if head is None:
            screen.end()
        elif screen.position is None or head < screen.position:
            screen.must_load = True
        if head is not None and (screen.must_load or head != screen.position):
            self._wanted.set()

    def _hear(self, name: str, body: Json) -> None:
        if body.get("conversation_id") != self._conversation_id:
            return
        event = event_of(name, body)
        if event is None:
            return
        if not (event.what == ENTER and event.seq == self._welcomed_at):
            self._line.events.append(event)
        # The greeting tells of its own number too: who was not told when it happened gets no `member_added` with it.
        self._welcomed_at = event.seq if event.what == WELCOME else 0
        if event.what == WELCOME:
            self._line.events.append(Event(event.seq, ENTER, "", (self.person.id,)))
        self.screen.take(name, body)
        if self.screen.is_behind:
            asyncio.get_running_loop().call_later(HOLD_SECONDS, self._wanted.set)

    async def _stay_up_to_date(self) -> None:
        patience = Patience()
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            try:
                await self._catch_up()
                patience.reset()
            except GONE:
                await patience.pause()
                self._wanted.set()

    async def _catch_up(self) -> None:
        if self.screen.must_load:
            await self._load()
            return
        while self.screen.position is not None and await self._sync(self.screen.position):
            pass

    async def _sync(self, after: int) -> bool:
        """One answer, and whether there is more."""
        body = {"epoch": self._epoch, "positions": {self._conversation_id: after}}
        found = await self._asks("POST", "/api/v1/sync", json=body)
        line = Line(is_socket=False, after=after)
        self.client.lines.append(line)
        for told in found["events"]:
            event = event_of(told["name"], told["body"])
            if event is not None and told["body"]["conversation_id"] == self._conversation_id:
                line.events.append(event)
                self.screen.take(told["name"], told["body"])
        if self._conversation_id in found["too_far"]:
            self._epoch = found["epoch"]
            await self._load()
            return False
        if self._conversation_id in found["left"]:
            self.screen.end()
        return bool(found["more"])

    async def _load(self) -> None:
        try:
            messages, seq = await self._fetch()
        except Shut:
            self.screen.end()
        else:
            at = time.time()
            for message_id in messages:
                self.client.shown_at.setdefault(message_id, at)
            self.screen.load(seq, messages)

    async def _fetch(self) -> tuple[dict[str, Shown], int]:
        """Newest first, page by page: what changes meanwhile comes as an event that is newer than the first page."""
        messages: dict[str, Shown] = {}
        address = f"/api/v1/messages/conversations/{self._conversation_id}/messages?limit={PAGE}"
        cursor, seq = "", 0
        while True:
            async with self._http.get(
                f"{self.http_door()}{address}{cursor}", headers=self.person.headers
            ) as answer:  # fmt: skip
                self._check(answer)
                seq = seq or int(answer.headers["X-Conversation-Seq"])
                page = await answer.json()
            messages |= {message["id"]: shown_of(message) for message in page["data"]}
            if not page["pagination"]["has_more"]:
                return messages, seq
            cursor = f"&cursor={page['pagination']['next_cursor']}"

    async def _asks(self, method: str, path: str, json: Json) -> Json:
        async with self._http.request(
            method, f"{self.http_door()}{path}", headers=self.person.headers, json=json
        ) as answer:  # fmt: skip
            self._check(answer)
            found: Json = await answer.json()
            return found

    def _check(self, answer: aiohttp.ClientResponse) -> None:
        if answer.status == 404:
            raise Shut
        if answer.status in (429, 503):
            raise aiohttp.ClientError(answer.status)
        if answer.status != 200:
            self.refusals.append(f"{answer.method} {answer.url.path}: {answer.status}")
            raise aiohttp.ClientError(answer.status)
