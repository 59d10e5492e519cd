"""One run: a conversation of its own, devices and senders, faults while they are at it, quiet, and then everything is
collected. What it means is for `checker`."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from tms_chat.verify.api import Api, Failed, Person, checked
from tms_chat.verify.device import Device
from tms_chat.verify.guest import Guest
from tms_chat.verify.history import Client, Event, History, Stored
from tms_chat.verify.network import Network
from tms_chat.verify.people import FENCE
from tms_chat.verify.sender import Board, Sender
from tms_chat.verify.wire import event_of, shown_of, stored_of

MAX_PEOPLE: Final = 40
MAX_PAUSE_SECONDS: Final = 2.0
LOOK_SECONDS: Final = 0.05
CONNECT_SECONDS: Final = 60.0

Tell = Callable[[str, float], None]  # the phase, and how much of it is done (0 … 1)
Kill = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Plan:
    """`rate`: requests a second of all senders together; `faults`: seconds between two faults, 0 for none; `kills`:
    seconds between two kills of one kind; `quiet`: how long clients may take to get to the end. Times in seconds."""

    clients: int = 20
    senders: int = 4
    seconds: float = 30.0
    rate: float = 20.0
    faults: float = 1.0
    kills: float = 6.0
    quiet: float = 60.0

    @property
    def people(self) -> int:
        """How many test people it takes: some have several devices."""
        return min(self.clients, MAX_PEOPLE)


class Run:
    """`kills`, by the name of what is killed, kill it and bring it back; none where that is not ours to do. `killed`
    says how often that was."""

    def __init__(
        self, network: Network, people: Sequence[Person], plan: Plan, tell: Tell, kills: Mapping[str, Kill]
    ) -> None:
        assert plan.senders < len(people)  # the last one is removed and added again
        self._people = people
        self._plan = plan
        self._tell = tell
        self._kills = kills
        self._network = network
        self._board = Board()
        self._devices: list[Device] = []
        self.conversation_id = ""
        self.killed: Counter[str] = Counter()

    async def __call__(self) -> History:
        """What was seen. Raises Failed when it cannot be done."""
        async with AsyncExitStack() as stack:
            apis = [await stack.enter_async_context(self._network.api(person)) for person in self._people]
            work = asyncio.ensure_future(self._work(apis))
            try:
                return await work
            except ExceptionGroup as group:
                raise _first(group) from None
            finally:
                work.cancel()

    async def _work(self, apis: Sequence[Api]) -> History:
        keeper = apis[0]
        self.conversation_id = await self._create(keeper)
        guest = Guest(keeper, apis[-1], self.conversation_id)
        for number in range(self._plan.clients):
            api = apis[number % len(apis)]
            client = Client(f"client {number + 1} ({api.person.name})", api.person.user_id)
            self._devices.append(Device(self._network, api, client, self.conversation_id))
            if api is apis[-1]:
                guest.clients.append(client)
        running = [asyncio.ensure_future(device.run()) for device in self._devices]
        try:
            await _beside(running, self._connected())
            senders = [Sender(api, self.conversation_id, self._board) for api in apis[: self._plan.senders]]
            await _beside(running, self._storm(senders, guest))
            await _beside(running, self._calm(keeper))
            return await self._collect(apis, keeper)
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            await self._leave(apis)

    async def _create(self, keeper: Api) -> str:
        name = f"{FENCE} {datetime.now(UTC):%Y-%m-%d %H:%M} (a test, may be ignored)"
        if await keeper.once("GET", "/users/me") is None:
            raise Failed(f"There is no answer at {', '.join(self._network.nodes)}: is the server running?")
        others = [person.user_id for person in self._people[1:]]
        answer = await keeper.ask("POST", "/conversations/", {"type": "group", "name": name, "member_ids": others})
        if answer.status_code == 401:
            raise Failed(
                "The server does not accept the sessions of the test people: run with the settings of the server "
                "(DATABASE_URL, JWT_SECRET or DATA_DIR), so that both have one key and one database."
            )
        conversation_id: str = checked(answer).json()["id"]
        return conversation_id

    async def _connected(self) -> None:
        deadline = time.monotonic() + CONNECT_SECONDS
        while (open_ := sum(device.is_connected for device in self._devices)) < len(self._devices):
            self._tell("connecting", open_ / len(self._devices))
            if time.monotonic() > deadline:
                raise Failed(f"Only {open_} of {len(self._devices)} clients could connect: is the address right?")
            await asyncio.sleep(LOOK_SECONDS)

    async def _storm(self, senders: Sequence[Sender], guest: Guest) -> None:
        began = time.monotonic()
        until = began + self._plan.seconds
        interval = len(senders) / self._plan.rate
        async with asyncio.TaskGroup() as group:
            disturbing = group.create_task(self._disturb())
            for name, kill in self._kills.items():
                group.create_task(self._keep_killing(name, kill, until))
            sending = [group.create_task(sender.run(until, interval)) for sender in senders]
            sending.append(group.create_task(guest.come_and_go(until)))
            while not all(task.done() for task in sending):
                share = (time.monotonic() - began) / self._plan.seconds
                self._tell(f"sending, {len(self._board.sends)} messages", min(1.0, share))
                if time.monotonic() > until:
                    disturbing.cancel()
                await asyncio.sleep(LOOK_SECONDS)
            disturbing.cancel()

    async def _disturb(self) -> None:
        """Cut a line, or leave it unread for a while."""
        while self._plan.faults:
            await asyncio.sleep(random.uniform(0, 2 * self._plan.faults))
            device = random.choice(self._devices)
            if random.random() < 0.7:
                device.tear()
            else:
                device.pause(random.uniform(0, MAX_PAUSE_SECONDS))

    async def _keep_killing(self, name: str, kill: Kill, until: float) -> None:
        """Until then (monotonic), and what is killed is back at the end."""
        while (pause := random.uniform(0.5, 1.5) * self._plan.kills) < until - time.monotonic():
            await asyncio.sleep(pause)
            self.killed[name] += 1
            await kill()

    async def _calm(self, keeper: Api) -> None:
        """Until every member's screen is at the end. Its clock begins when the last request was answered."""
        began, wall = time.monotonic(), time.time()
        head = await self._head(keeper)
        while True:
            behind = [device for device in self._devices if (device.screen.position or 0) < head]
            for device in self._devices:
                if device not in behind and device.client.converged_after is None:
                    device.client.converged_after = max(0.0, device.arrived_at - wall)
            self._tell("waiting until all clients show the end", 1 - len(behind) / len(self._devices))
            if not behind or time.monotonic() > began + self._plan.quiet:
                return
            await asyncio.sleep(LOOK_SECONDS)

    async def _head(self, keeper: Api) -> int:
        path = f"/messages/conversations/{self.conversation_id}/messages?limit=1"
        return int((await keeper.get(path)).headers["X-Conversation-Seq"])

    async def _collect(self, apis: Sequence[Api], keeper: Api) -> History:
        self._tell("collecting", 0.0)
        head = await self._head(keeper)
        stored: dict[str, Stored] = {}
        shown = {}
        for index, api in enumerate(apis):
            found = await api.messages(self.conversation_id)
            shown[api.person.user_id] = None if found is None else {m["id"]: shown_of(m) for m in found[1]}
            for message in found[1] if found is not None else []:
                if api is keeper or message["senderId"] == api.person.user_id:
                    stored[message["id"]] = stored_of(message)
            self._tell("collecting", (index + 1) / len(apis))
        for device in self._devices:
            device.client.fetched = shown[device.client.user_id]
        return History(
            founders=[person.user_id for person in self._people],
            journal=await self._journal(keeper),
            head=head,
            sends=self._board.sends,
            changes=self._board.changes,
            stored=stored,
            clients=[device.client for device in self._devices],
        )

    async def _journal(self, keeper: Api) -> list[Event]:
        events: list[Event] = []
        after = 0
        while True:
            path = f"/conversations/{self.conversation_id}/events?after={after}&limit=500"
            answer: dict[str, Any] = (await keeper.get(path)).json()
            told = (event_of(told["name"], told["body"]) for told in answer["events"])
            page = [event for event in told if event is not None]
            events += page
            if not page or not answer["more"]:
                return events
            after = page[-1].seq

    async def _leave(self, apis: Sequence[Api]) -> None:
        """Nobody finds the conversation in a list any more. What fails is told of by the run itself."""
        for api in reversed(apis):
            await api.once("POST", f"/conversations/{self.conversation_id}/leave")


async def _beside(running: Sequence["asyncio.Future[None]"], work: Coroutine[Any, Any, None]) -> None:
    """Do it while these go on; when one of them ends, it is by an error, which is raised."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait((task, *running), return_when=asyncio.FIRST_COMPLETED)
        for ended in running:
            if ended.done():
                ended.result()
        await task
    finally:
        task.cancel()


def _first(error: Exception) -> Exception:
    """Of what went wrong at once."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error
