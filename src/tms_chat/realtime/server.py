"""The sockets of the chat: who may connect, and what becomes of a socket. The engine under it knows no chat."""

import asyncio
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from tms_chat.conversations.queries import HEADS
from tms_chat.core.addresses import own_address
from tms_chat.core.errors import ChatError
from tms_chat.core.ids import ConversationId, UserId
from tms_chat.core.limits import Limits
from tms_chat.core.rate import Limiter
from tms_chat.db.engine import Database
from tms_chat.db.prepared import Steps
from tms_chat.http.discovery import SOCKET_PATH
from tms_chat.http.origins import Cors, OriginPolicy
from tms_chat.identity.caller import Authenticator, Caller
from tms_chat.identity.tokens import TokenRefused
from tms_chat.notifications.queries import attention_steps
from tms_chat.realtime.arrivals import ASK, Arrivals, Outcome, Seen
from tms_chat.realtime.bus.port import Bus
from tms_chat.realtime.commands import Commands
from tms_chat.realtime.elsewhere import Elsewhere, Surroundings
from tms_chat.realtime.engine.connection import Connection
from tms_chat.realtime.engine.polling import PollingApp
from tms_chat.realtime.engine.request import Request
from tms_chat.realtime.engine.server import Engine
from tms_chat.realtime.heads import Heads
from tms_chat.realtime.missed import Missed
from tms_chat.realtime.people import People
from tms_chat.realtime.presence import Presence
from tms_chat.realtime.publisher import Publisher
from tms_chat.realtime.repair import Repair
from tms_chat.realtime.sessions import Session, Sessions
from tms_chat.realtime.spending import Spending
from tms_chat.realtime.sweep import sweep
from tms_chat.realtime.wire import Wire

log = structlog.get_logger(__name__)

PING_INTERVAL_SECONDS = 25.0
PING_TIMEOUT_SECONDS = 20.0
MAX_FRAME_BYTES = 128 * 1024
SWEEP_SECONDS = 2.0


class SocketServer:
    """Owns the sockets of this process; the application of its engine. Intervals in seconds, as clients are told."""

    def __init__(
        self,
        db: Database,
        auth: Authenticator,
        origins: OriginPolicy,
        epoch: str,
        *,
        bus: Bus,
        limits: Limits,
        limiters: Mapping[str, Limiter],
        sockets_per_user: int,
        has_compression: bool = False,
        ping_interval: float = PING_INTERVAL_SECONDS,
        ping_timeout: float = PING_TIMEOUT_SECONDS,
    ) -> None:
        self._limits = limits
        self._sockets_per_user = sockets_per_user
        self._db = db
        self._auth = auth
        self._origins = origins
        self._epoch = epoch
        self.engine = Engine(
            self,
            path=SOCKET_PATH,
            ping_interval=ping_interval,
            ping_timeout=ping_timeout,
            max_bytes=MAX_FRAME_BYTES,
            has_compression=has_compression,
        )
        self.polling = PollingApp(self.engine)
        self.sessions = Sessions()
        self.people = People(self.sessions, lambda users: db.ask(attention_steps, users))
        missed = Missed()
        self.publisher = Publisher(self.sessions, self.people, missed)
        self._heads = Heads(self.sessions, self.publisher, epoch)
        self.elsewhere = Elsewhere(self.publisher, self._surroundings, self.engine.spawn)
        self.publisher.is_elsewhere = self.elsewhere.is_online
        self.publisher.meets = self.elsewhere.meets
        self.presence = Presence(self.publisher, self.sessions, self.elsewhere)
        self._arrivals = Arrivals(db, auth, missed, self._enter, self.engine.spawn)
        self._commands = Commands(db, auth, limits, self.publisher, self.presence)
        self.wire = Wire(
            bus,
            self.sessions,
            self.publisher,
            self.engine.spawn,
            self.people.read_again,
            self.elsewhere,
            Spending(limiters),
        )
        self._repair = Repair(db, self.sessions, self.publisher, lambda: self.wire.is_deaf)
        self.wire.repair = self._repair
        self.publisher.missing = self._repair.missing
        if bus.reaches_others:
            self.publisher.tell = self.wire.tell
        self._sweeper: asyncio.Task[None] | None = None

    def around(self, app: ASGIApp) -> ASGIApp:
        """`app`, with long-polling answering under the socket path. Websockets do not come this way."""
        polling = Cors(self.polling, self._origins)

        async def choose(scope: Scope, receive: Receive, send: Send) -> None:
            is_ours = scope["type"] == "http" and self.engine.serves(scope["path"])
            await (polling if is_ours else app)(scope, receive, send)

        return choose

    async def start(self) -> None:
        """Begin to look after the sockets, and to hear the other processes."""
        self.engine.start()
        self._repair.start(looks=self.wire.bus.reaches_others)
        await self.wire.start()
        self._heads.start()
        self._sweeper = asyncio.get_running_loop().create_task(self._keep_sweeping())

    async def stop(self) -> None:
        """Close every socket and stop looking after them."""
        if self._sweeper is not None:
            self._sweeper.cancel()
        await self._heads.stop()
        self.presence.close()
        self.elsewhere.close()
        await self._repair.stop()
        await self.engine.stop()
        await self.wire.stop()

    def admits(self, request: Request) -> bool:
        """A page of ours or an allowed one, or no page at all."""
        origin = request.header(b"origin")
        return origin is None or self._origins.accepts(origin, request.scope)

    def greet(self, connection: Connection, auth: Any) -> bool:
        """Whoever shows a good bearer token of somebody known is let in without a task of their own. The ordinary way,
        `connect`, meets people for the first time and says what is wrong with a token."""
        token = auth.get("token") if isinstance(auth, dict) else None
        if not isinstance(token, str):
            return False
        try:
            claims = self._auth.decode(token)
        except TokenRefused:
            return False
        self._arrivals.expect(connection, claims, partial(self._decided, connection, auth))
        return True

    def _decided(self, connection: Connection, auth: Any, outcome: Outcome) -> None:
        if outcome == ASK:
            connection.ask(auth)
        elif outcome is not None:
            connection.refuse(_code(outcome) if isinstance(outcome, Exception) else outcome)

    async def connect(self, connection: Connection, auth: Any) -> str | None:
        """The token of the CONNECT packet decides; a refusal is a code of the contract."""
        request = connection.request
        assert request is not None
        token = auth.get("token") if isinstance(auth, dict) else None
        try:
            caller = await self._recognise(request, token)
            outcome = await self._arrivals.arrive(connection, caller.claims)
            return "token_invalid" if outcome == ASK else outcome
        except ChatError as error:
            if error.status == 401:
                try:
                    self._limits.take_failed_handshake(request.peer)
                except ChatError as limited:
                    return limited.code
            return error.code
        except Exception as error:
            return _code(error)

    async def _recognise(self, request: Request, token: Any) -> Caller:
        """By the token of the CONNECT packet, else by the host's cookie, which counts only with an accepted Origin."""
        # Foreign origins were refused before; all Cookie headers are one (RFC 9113 §8.2.3).
        if not token and self._auth.host is not None and request.header(b"origin") is not None:
            caller = await self._auth.cookie_caller("; ".join(request.all(b"cookie")))
            if caller is not None:
                return caller
        return await self._auth.caller(token if isinstance(token, str) else None)

    def _enter(self, connection: Connection, seen: Seen) -> str | None:
        """Within the limits. A good token gets in whatever others of its address tried: an office comes back together
        after a restart, and some of its tokens are overdue then."""
        request, user_id = connection.request, seen.caller.id
        if request is None:
            return None
        try:
            self._limits.take("handshakes", user_id, request.peer)
        except ChatError as limited:
            return limited.code
        if self._limits.enforced and len(self.sessions.of(user_id)) >= self._sockets_per_user:
            return "too_many_sockets"
        address = sys.intern(self._origins.own(request.scope) or "")
        session = Session(connection, seen.caller, address, request.peer)
        if connection.let_in(session):
            self.sessions.add(session)
            self.people.arrived(user_id, seen.attention)
            self.publisher.enter(session, seen.heads)
            self.publisher.to_socket(session, "rooms_joined", {"conversation_ids": [*seen.heads]})
            self.publisher.to_socket(session, "hello", {"epoch": self._epoch, "heads": seen.heads})
            self.presence.arrived(user_id, seen.heads, self.people.blocked_by(user_id))
        return None

    async def event(self, connection: Connection, name: str, arguments: tuple[Any, ...]) -> dict[str, Any]:
        """A command; the acknowledgement says what became of it."""
        session: Session = connection.session
        own_address.set(session.address)
        return await self._commands.handle(session, name, arguments)

    def gone(self, connection: Connection) -> None:
        """A socket has left; with somebody's last one goes their presence."""
        session: Session = connection.session
        rooms = self.sessions.remove(session)
        if rooms is not None:
            hidden_from = self.people.blocked_by(session.user_id)
            self.people.gone(session.user_id)
            self.presence.left(session.user_id, rooms, hidden_from)

    def other_namespace(self, namespace: str) -> str:
        """For clients whose server address has a path in it."""
        return (
            f"This server speaks on the default namespace only, not on {namespace[:64]!r}: connect to the server's "
            f"address without a path, and set the path option to {SOCKET_PATH}."
        )

    async def _keep_sweeping(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            for work in (partial(sweep, self._db, self.sessions, self.publisher), self.people.catch_up):
                try:
                    await work()
                except ChatError:
                    pass  # the database is away: said in the log by the one who asked it
                except Exception:
                    log.exception("sweep_failed")

    async def _surroundings(self, user_ids: Sequence[UserId]) -> dict[UserId, Surroundings]:
        return await self._db.ask(_surroundings, user_ids)

    def online(self) -> list[UserId]:
        """Everybody who is connected to some process, or left so short a time ago that nobody was told."""
        return list({*self.online_here(), *self.elsewhere.users()})

    def online_here(self) -> list[UserId]:
        """The same of this process."""
        return list({*self.sessions.users(), *self.presence.leaving()})

    def count(self) -> int:
        """How many sockets are connected."""
        return len(self.sessions)


def _surroundings(user_ids: Sequence[UserId]) -> Steps[dict[UserId, Surroundings]]:
    rooms: dict[UserId, list[ConversationId]] = defaultdict(list)
    for user_id, conversation_id, _ in (yield HEADS, (user_ids,)):
        rooms[user_id].append(conversation_id)
    attention = yield from attention_steps(user_ids)
    return {user_id: (rooms[user_id], attention[user_id].blocked) for user_id in user_ids}


def _code(error: Exception) -> str:
    """Of the refusal for what went wrong. What nobody expected is in the log."""
    if isinstance(error, ChatError):
        return error.code
    log.error("connect_failed", exc_info=error)
    return "internal"
