"""This process among the others: what it tells them, what it hears, and whether it hears at all.

It sends itself a beacon. When that does not come back the process is *deaf*: it says so, and asks the database every
second for what the bus should have brought, until it hears itself again. Nobody waits for the bus: a send is answered
while it is away.
"""

import asyncio
import secrets
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any, Final

import structlog

from tms_chat.core.events import Announcement
from tms_chat.core.ids import ConversationId
from tms_chat.realtime.bus import codec
from tms_chat.realtime.bus.codec import Kind, Message, Misfit, TooLong
from tms_chat.realtime.bus.port import Bus
from tms_chat.realtime.elsewhere import Elsewhere
from tms_chat.realtime.nodes import Nodes
from tms_chat.realtime.order import Change
from tms_chat.realtime.publisher import Publisher
from tms_chat.realtime.repair import Repair
from tms_chat.realtime.sessions import Sessions
from tms_chat.realtime.spending import TELL_SECONDS, Spending

log = structlog.get_logger(__name__)

BEACON_SECONDS: Final = 2.0
DEAF_AFTER_SECONDS: Final = 6.0
#: How often a deaf process connects anew; in between its bus tries by itself.
RESTART_SECONDS: Final = 10.0
#: So long after the last one came, both know each other, and what was said before is looked for.
SETTLING_SECONDS: Final = 0.3
MAX_SEQ: Final = 2**53


class Wire:
    """`read_again` reads what is kept about connected people, after something of it may have been missed."""

    def __init__(
        self,
        bus: Bus,
        sessions: Sessions,
        publisher: Publisher,
        spawn: Callable[[Coroutine[Any, Any, None]], object],
        read_again: Callable[[], Coroutine[Any, Any, None]],
        elsewhere: Elsewhere,
        spending: Spending,
        *,
        beacon_seconds: float = BEACON_SECONDS,
    ) -> None:
        self.node = secrets.token_hex(8)
        self.bus = bus
        self.repair: Repair | None = None
        self.is_deaf = False
        #: By reason: what was heard and is not ours, what was heard twice.
        self.ignored: Counter[str] = Counter()
        self._sessions = sessions
        self._publisher = publisher
        self._spawn = spawn
        self._read_again = read_again
        self._elsewhere = elsewhere
        self._spending = spending
        self._beacon_seconds = beacon_seconds
        self._deaf_after = DEAF_AFTER_SECONDS / BEACON_SECONDS * beacon_seconds
        self._nodes = Nodes()
        self._count = 0
        self._heard_at = self._restarted_at = 0.0
        self._beating: list[asyncio.Task[None]] = []
        self._settling: asyncio.TimerHandle | None = None

    async def start(self) -> None:
        """Hear the others from now on, as far as the bus can be reached."""
        if not self.bus.reaches_others:
            return
        await self.bus.start(self._receive)
        self._heard_at = asyncio.get_running_loop().time()
        self._elsewhere.say = self._sign
        loop = asyncio.get_running_loop()
        self._beating = [loop.create_task(self._beat()), loop.create_task(self._keep_spending())]

    async def stop(self) -> None:
        """Say goodbye."""
        if not self._beating:
            return
        for task in self._beating:
            task.cancel()
        if self._settling is not None:
            self._settling.cancel()
        self._say("beacon", {"bye": True})
        await self.bus.stop()

    def tell(self, item: Change | Announcement) -> None:
        """What was committed here. Nothing is said while nobody else is there: who comes looks by itself."""
        if not self._nodes:
            return
        try:
            if isinstance(item, Change):
                about, payload = codec.about_change(item)
                self._say("change", about, payload)
            elif (told := codec.about_person(item)) is not None:
                self._say(*told)
        except Exception:
            log.exception("bus_encoding_failed", announced=repr(item)[:120])  # the others look

    def problem(self) -> str | None:
        """For health: what is wrong with the bus, if anything is."""
        if not self.is_deaf:
            return None
        return f"{self.bus.label}: nothing is heard, events of other processes come with up to two seconds' delay"

    def _say(self, kind: Kind, about: dict[str, Any], payload: str | None = None) -> None:
        self._count += 1
        try:
            text = codec.encode(Message(self.node, self._count, kind, about, payload), self.bus.max_bytes)
        except TooLong as error:
            log.error("bus_message_too_long", kind=kind, reason=str(error))  # the others miss its number, and look
        else:
            self.bus.send(text)

    def _sign(self, about: dict[str, Any], payload: str | None) -> None:
        """What has no number, may be lost, and is said only when somebody is there."""
        if self._nodes:
            self._say("signs", about, payload)

    def _receive(self, text: str) -> None:
        try:
            message = codec.decode(text)
            if message.node == self.node:
                if message.kind == "beacon":
                    self._hears()
                return
            is_new = message.node not in self._nodes
            if not self._nodes.heard(message.node, message.count, asyncio.get_running_loop().time()):
                self.ignored["again"] += 1
                return
            if is_new:
                self._meet(message.node)
            self._take(message)
        except Misfit as misfit:
            self.ignored[str(misfit)] += 1
            if self.ignored[str(misfit)] == 1:
                log.warning("bus_message_ignored", reason=str(misfit))

    def _meet(self, node: str) -> None:
        """Another process: it is told at once that there is this one, and what was said before is looked for; once,
        when many come together."""
        self._say("beacon", self._elsewhere.about_me())
        self._elsewhere.met(node)
        self._spending.listen(True)
        if self._settling is not None:
            self._settling.cancel()
        self._settling = asyncio.get_running_loop().call_later(SETTLING_SECONDS, self._after_a_loss)

    def _take(self, message: Message) -> None:
        match message.kind:
            case "change":
                self._change(message)
            case "personal" | "ended":
                self._spawn(self._publisher.take(codec.to_announcement(message)))
            case "beacon":
                if message.about.get("bye"):
                    self._nodes.left(message.node)
                    self._elsewhere.lost(message.node, has_said_so=True)
                else:
                    self._elsewhere.beacon(message.node, message.about)
            case "signs":
                try:
                    if message.about["what"] == "spent":
                        self._spending.heard(message.about, message.payload)
                    else:
                        self._elsewhere.heard(message.node, self.node, message.about, message.payload)
                except (KeyError, TypeError, ValueError, AttributeError):
                    raise Misfit("not a sign") from None

    def _change(self, message: Message) -> None:
        place, seq, joins = message.about.get("c"), message.about.get("seq"), message.about.get("joins", ())
        if not isinstance(place, str) or not isinstance(joins, list | tuple | bool):
            raise Misfit("not a change")
        if seq is not None and (type(seq) is not int or not 0 <= seq <= MAX_SEQ):
            raise Misfit("not a number of a conversation")
        conversation_id = ConversationId(place)
        is_open = conversation_id in self._sessions.lines
        concerns_people = joins is True or (joins and any(self._sessions.is_online(user_id) for user_id in joins))
        if not is_open and not concerns_people:
            return
        if message.payload is not None:
            self._publisher.let_through(codec.to_change(message))
        elif self.repair is not None and seq is not None:
            self._publisher.committed(conversation_id, seq)
            if is_open:
                self.repair.missing(conversation_id)
            if concerns_people:
                self.repair.look(at_all=True)

    def _hears(self) -> None:
        self._heard_at = asyncio.get_running_loop().time()
        if self.is_deaf:
            self.is_deaf = False
            self._nodes.forgive(self._heard_at)
            log.info("bus_heard_again", bus=self.bus.label)
            self._after_a_loss()

    async def _beat(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self._say("beacon", self._elsewhere.about_me())
            await asyncio.sleep(self._beacon_seconds)
            at = loop.time()
            if not self.is_deaf and at - self._heard_at > self._deaf_after:
                self.is_deaf = True
                log.warning("bus_deaf", bus=self.bus.label, silent_seconds=round(at - self._heard_at, 1))
                self._after_a_loss()
            if self.is_deaf:
                self._restart(at)
                continue
            gone = self._nodes.take_gone(at)
            if gone:
                log.warning("nodes_gone", nodes=gone)
            for node in gone:
                self._elsewhere.lost(node, has_said_so=False)
            if self._nodes.take_lost(at) or gone:
                self._after_a_loss()

    async def _keep_spending(self) -> None:
        while True:
            await asyncio.sleep(TELL_SECONDS)
            self._spending.listen(bool(self._nodes))
            self._spending.tell(self._sign)

    def _restart(self, at: float) -> None:
        if at - self._restarted_at > RESTART_SECONDS:
            self._restarted_at = at
            self.bus.restart()

    def _after_a_loss(self) -> None:
        if self.repair is not None:
            self.repair.look(at_all=True)
        self._spawn(self._read_again())
