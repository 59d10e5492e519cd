"""People in one conversation: some write, all watch; and in the end what each of them saw is checked."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Any, Final
from uuid import uuid4

import aiohttp

from tests.faults.cluster import Cluster
from tests.faults.device import Device, Person
from tests.faults.truth import head_of, history_of
from tests.faults.waiting import until
from tests.faults.wire import GONE, Closed, Door, Hurry, Json, Patience, http_session
from tests.socket.host import HOST_SECRET
from tests.support.people import host_token
from tms_chat.core.errors import CODES
from tms_chat.verify.checker import CONVERGE_SECONDS, check
from tms_chat.verify.history import DELETION, EDIT, Answer, Change, Send
from tms_chat.verify.verdict import Verdict

#: Whoever waits longer for an acknowledgement has found a bug.
PATIENCE_SECONDS: Final = 90.0
#: After the fault one of several processes may still answer 503, but not for long.
RECOVERY_SECONDS: Final = 15.0
AT_ONCE: Final = 20
DAYS: Final = 10 * 24 * 3600
#: Of all sends: so many are edited, deleted, reacted to afterwards.
EDITS, DELETIONS, REACTIONS = 0.08, 0.05, 0.08
#: In a race as much of that: a change costs as much as several messages.
RACING: Final = 0.15
#: And so many connections has each: who waits for answers one after the other leaves the server idle in between.
HURRIES: Final = 6

#: One attempt to send this.
Attempt = Callable[[Json], Awaitable[Answer]]


@dataclass
class Crowd:
    """Made by `gathered`. `doors` are where requests go; a device may have others."""

    cluster: Cluster
    http: aiohttp.ClientSession
    people: list[Person]
    guest: Person
    conversation_id: str
    devices: list[Device] = field(default_factory=list)
    sends: list[Send] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    #: Answers that no fault excuses.
    surprises: Counter[str] = field(default_factory=Counter)
    refused: Counter[int] = field(default_factory=Counter)
    longest_answer: float = 0.0
    removals: int = 0
    _stopped: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def acknowledged(self) -> int:
        """So far."""
        return sum(1 for send in self.sends if send.acknowledged)

    def door(self) -> str:
        """Any node: nobody has sticky sessions."""
        return random.choice(self.cluster.nodes).base_url

    def add_device(self, person: Person, *, socket: Door | None = None, door: Door | None = None) -> Device:
        """One more; it connects at once."""
        name = f"device {len(self.devices) + 1}"
        device = Device(name, person, self.conversation_id, self.http, socket or self.door, door or self.door)
        self.devices.append(device)
        device.start()
        return device

    async def are_online(self, *, seconds: float = 60) -> None:
        """Returns once every device is greeted."""
        await until(lambda: all(device.is_online for device in self.devices), seconds=seconds, what="all are online")

    async def reaches(self, sends: int, *, seconds: float = 60) -> None:
        """Returns once so many were acknowledged."""
        await until(lambda: self.acknowledged >= sends, seconds=seconds, what=f"{sends} sends are acknowledged")

    @asynccontextmanager
    async def talking(
        self, *, rate: float, senders: int = 6, guest_moves: bool = True, is_race: bool = False
    ) -> AsyncIterator[None]:
        """Sends at this rate in all; whoever gets no answer tries again with the same `client_id` until there is one.

        Some messages are edited, deleted, reacted to. The guest is removed and added again every second or so.
        `is_race`: as fast as it goes, each in several ways at once, and little is changed afterwards.
        """
        self._stopped.clear()
        loop = asyncio.get_running_loop()
        hurries: list[Hurry] = []
        ways: list[tuple[Person, Attempt]] = []
        for person in self.people[:senders]:
            ways += self._ways_in_a_hurry(person, hurries) if is_race else [(person, partial(self._post, person))]
        tasks = []
        for person, attempt in ways:
            tasks.append(loop.create_task(self._talk(person, len(ways) / rate, attempt, RACING if is_race else 1.0)))
        if guest_moves:
            tasks.append(loop.create_task(self._move_guest()))
        try:
            yield
        finally:
            self._stopped.set()
            async with asyncio.timeout(PATIENCE_SECONDS + 10):
                await asyncio.gather(*tasks)
            for hurry in hurries:
                hurry.close()

    def _ways_in_a_hurry(self, person: Person, hurries: list[Hurry]) -> Iterator[tuple[Person, Attempt]]:
        """Over the first socket of whoever has one, and over connections that are added to `hurries`."""
        for device in self.devices:
            if device.person == person:
                yield person, partial(self._say, device)
                break
        for _ in range(HURRIES):
            hurries.append(Hurry(self.door, person.token))
            yield person, partial(self._throw, hurries[-1])

    async def settled(self) -> Verdict:
        """What became of it, once everybody shows the end."""
        quiet_since = time.monotonic()
        head = await self._converge(quiet_since)
        fetched = await self._fetch_all()
        for device in self.devices:
            device.client.fetched = fetched[device.person.id]
            self.surprises.update(device.refusals)
        history = await history_of(self.cluster.first, self.conversation_id, [p.id for p in self._founders()])
        assert history.head >= head
        history.sends, history.changes = self.sends, self.changes
        history.clients = [device.client for device in self.devices]
        return check(history)

    def _founders(self) -> list[Person]:
        return [*self.people, self.guest]

    async def _converge(self, since: float) -> int:
        """Notes how long each device took to show the newest number, or that it did not within the promise."""
        head = 0
        waiting = list(self.devices)
        while waiting and time.monotonic() - since < CONVERGE_SECONDS + 5:
            head = await head_of(self.cluster.first, self.conversation_id)
            at = time.monotonic() - since
            for device in list(waiting):
                if await device.shows(head):
                    device.client.converged_after = at
                    waiting.remove(device)
            await asyncio.sleep(0.1)
        return head

    async def _fetch_all(self) -> dict[str, Any]:
        one_each = {device.person.id: device for device in self.devices}
        limit = asyncio.Semaphore(AT_ONCE)

        async def fetch(device: Device) -> Any:
            patience, deadline = Patience(), time.monotonic() + RECOVERY_SECONDS
            async with limit:
                while True:
                    try:
                        found = await device.fetch()
                    except GONE:
                        if time.monotonic() > deadline:
                            raise
                        await patience.pause()
                    else:
                        return None if found is None else found[0]

        found = await asyncio.gather(*(fetch(device) for device in one_each.values()))
        return dict(zip(one_each, found, strict=True))

    async def _talk(self, person: Person, pause: float, attempt: Attempt, changes: float) -> None:
        await asyncio.sleep(random.uniform(0, pause))
        due = time.monotonic()
        for number in count(1):
            if self._stopped.is_set():
                return
            answer = await self._send(person, f"{person.id} {number}", attempt)
            if answer is not None and random.random() < changes:
                await self._change(person, answer)
            # A fault that held us up is not caught up on with a burst.
            due = max(due + pause, time.monotonic() - pause)
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    async def _send(self, person: Person, content: str, attempt: Attempt) -> Answer | None:
        send = Send(str(uuid4()), person.id, content)
        self.sends.append(send)
        body = {"conversation_id": self.conversation_id, "content": content, "client_id": send.client_id}
        patience, deadline = Patience(), time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            answer = await attempt(body)
            send.answers.append(answer)
            if answer.status not in (0, 429, 503):
                return answer if answer.is_good else None
            await patience.pause()
        return None

    async def _post(self, person: Person, body: Json) -> Answer:
        return await self.ask(person, "POST", "/api/v1/messages/", body)

    async def _throw(self, hurry: Hurry, body: Json) -> Answer:
        asked_at = time.time()
        try:
            status, headers, sent = await hurry.post("/api/v1/messages/", body)
        except GONE:
            return Answer(0, asked_at, time.time())
        answer = Answer(status, asked_at, time.time(), sent.get("id", ""), sent.get("sequenceNumber", 0))
        return self._noted(answer, "POST /api/v1/messages", may_come_again="retry-after" in headers)

    async def _say(self, device: Device, body: Json) -> Answer:
        asked_at = time.time()
        try:
            said = await device.ask("send_message", body)
        except (Closed, *GONE):
            return Answer(0, asked_at, time.time())
        sent = said.get("message", {"id": "", "sequence_number": 0})
        status = 201 if said["ok"] else CODES[said["code"]][0]
        answer = Answer(status, asked_at, time.time(), sent["id"], sent["sequence_number"])
        return self._noted(answer, "send_message", may_come_again="retry_after" in said)

    async def _change(self, person: Person, sent: Answer) -> None:
        dice = random.random()
        address = f"/api/v1/messages/{sent.message_id}"
        if dice < EDITS:
            await self._try(Change(EDIT, sent.message_id, f"edited {sent.number}"), person, "PUT", address)
        elif dice < EDITS + DELETIONS:
            await self._try(Change(DELETION, sent.message_id, ""), person, "DELETE", address)
        elif dice < EDITS + DELETIONS + REACTIONS:
            await self.ask(person, "POST", f"{address}/reactions", {"emoji": random.choice("👍🎉")})

    async def _try(self, change: Change, person: Person, method: str, address: str) -> None:
        self.changes.append(change)
        body: Json = {"content": change.content} if change.what == EDIT else {"delete_for_everyone": True}
        change.is_acknowledged = (await self.ask(person, method, address, body)).is_good

    async def _move_guest(self) -> None:
        """Removed, looks whether it may still read, added again; each until it is answered."""
        admin, members = self.people[0], f"/api/v1/conversations/{self.conversation_id}/members"
        while not self._stopped.is_set():
            await self._until_answered(admin, "DELETE", f"{members}/{self.guest.id}")
            self.removals += 1
            peek = await self.ask(self.guest, "GET", f"/api/v1/messages/conversations/{self.conversation_id}/messages")
            if peek.is_good:
                self.surprises["the removed guest can read the conversation"] += 1
            await asyncio.sleep(random.uniform(0.3, 1.0))
            await self._until_answered(admin, "POST", members, {"user_ids": [self.guest.id]})
            await asyncio.sleep(random.uniform(0.3, 1.0))

    async def _until_answered(self, person: Person, method: str, path: str, body: Json | None = None) -> None:
        patience, deadline = Patience(), time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            if (await self.ask(person, method, path, body)).status not in (0, 429, 503):
                return
            await patience.pause()

    async def ask(self, person: Person, method: str, path: str, body: Json | None = None) -> Answer:
        """One try, anywhere."""
        asked_at = time.time()
        try:
            async with self.http.request(method, f"{self.door()}{path}", json=body, headers=person.headers) as answer:
                found = await answer.json() if answer.content_type == "application/json" else {}
        except GONE:
            return Answer(0, asked_at, time.time())
        got = Answer(answer.status, asked_at, time.time(), found.get("id", ""), found.get("sequenceNumber", 0))
        what = f"{method} {path.rpartition('/')[0]}"
        return self._noted(got, what, may_come_again="Retry-After" in answer.headers)

    def _noted(self, answer: Answer, what: str, *, may_come_again: bool) -> Answer:
        self.longest_answer = max(self.longest_answer, answer.at - answer.asked_at)
        if answer.status >= 400:
            self.refused[answer.status] += 1
        if answer.status >= 500 and answer.status != 503:
            self.surprises[f"{what} was answered {answer.status}"] += 1
        if answer.status == 503 and not may_come_again:
            self.surprises["503 without Retry-After"] += 1
        return answer


@asynccontextmanager
async def gathered(
    cluster: Cluster, people: int, *, devices: int | None = None, guests: int = 1
) -> AsyncIterator[Crowd]:
    """So many people and a guest in one new group, each with a device, or so many devices shared among them; the guest
    with so many."""
    numbers = count(1)

    def person() -> Person:
        user_id = f"person-{next(numbers)}-{uuid4().hex[:6]}"
        # Whatever the server takes for the time: signed long ago, for long.
        times: dict[str, Any] = {"iat": int(time.time()) - DAYS, "exp": int(time.time()) + DAYS}
        email, name = f"{user_id}@corp.local", user_id.replace("-", " ")
        return Person(user_id, host_token(HOST_SECRET, user_id, email, name, **times))

    async with http_session() as http:
        crowd = Crowd(cluster, http, [person() for _ in range(people)], person(), "")
        await _each(lambda one: _known(crowd, one), [*crowd.people, crowd.guest])
        crowd.conversation_id = await _group(crowd)
        try:
            for number in range(people if devices is None else devices):
                crowd.add_device(crowd.people[number % people])
            for _ in range(guests):
                crowd.add_device(crowd.guest)
            await crowd.are_online()
            yield crowd
        finally:
            for device in crowd.devices:
                await device.close()


async def _group(crowd: Crowd) -> str:
    admin, others = crowd.people[0], [person.id for person in [*crowd.people[1:], crowd.guest]]
    body = {"type": "group", "name": "Faults", "member_ids": others[:100]}
    answer = await crowd.ask(admin, "POST", "/api/v1/conversations/", body)
    assert answer.status == 201
    for at in range(100, len(others), 50):
        path = f"/api/v1/conversations/{answer.message_id}/members"
        assert (await crowd.ask(admin, "POST", path, {"user_ids": others[at : at + 50]})).status == 200
    return answer.message_id


async def _known(crowd: Crowd, person: Person) -> None:
    assert (await crowd.ask(person, "GET", "/api/v1/users/me")).status == 200


async def _each(do: Callable[[Person], Awaitable[None]], people: list[Person]) -> None:
    limit = asyncio.Semaphore(AT_ONCE)

    async def one(person: Person) -> None:
        async with limit:
            await do(person)

    await asyncio.gather(*(one(person) for person in people))
