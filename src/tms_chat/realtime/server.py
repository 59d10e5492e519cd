"""The Socket.IO server: who may connect, what a new socket is told, and when a socket is closed.

python-socketio for now; it is known to this folder only, because our own engine will take its place.
"""

import asyncio
import logging
from functools import partial
from typing import Any, cast

import engineio.payload
import socketio
import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from tms_chat.conversations.queries import heads_of
from tms_chat.core.addresses import own_address
from tms_chat.core.errors import ChatError
from tms_chat.core.ids import UserId
from tms_chat.core.limits import Limits
from tms_chat.db.engine import Database
from tms_chat.http.deps import cookie_header
from tms_chat.http.discovery import SOCKET_PATH, TRANSPORTS
from tms_chat.http.errors import problem
from tms_chat.http.origins import Cors, OriginPolicy
from tms_chat.identity.caller import Authenticator, Caller
from tms_chat.notifications.queries import attention_of
from tms_chat.realtime.commands import Commands
from tms_chat.realtime.guard import Connection, GuardedFrames, GuardedServer, current_connection, engine_session
from tms_chat.realtime.people import People
from tms_chat.realtime.presence import Presence
from tms_chat.realtime.publisher import Publisher
from tms_chat.realtime.sessions import Session, Sessions
from tms_chat.realtime.sweep import sweep

log = structlog.get_logger(__name__)

PING_INTERVAL_SECONDS = 25
PING_TIMEOUT_SECONDS = 20
MAX_FRAME_BYTES = 128 * 1024
SWEEP_SECONDS = 2.0


class SocketServer:
    """Owns the sockets of this process."""

    def __init__(
        self,
        db: Database,
        auth: Authenticator,
        origins: OriginPolicy,
        epoch: str,
        *,
        limits: Limits,
        sockets_per_user: int,
        ping_interval: float = PING_INTERVAL_SECONDS,
        ping_timeout: float = PING_TIMEOUT_SECONDS,
    ) -> None:
        self._limits = limits
        self._sockets_per_user = sockets_per_user
        self._db = db
        self._auth = auth
        self._epoch = epoch
        self._origins = origins
        self._sio = GuardedServer(
            async_mode="asgi",
            transports=list(TRANSPORTS),
            # A function, not a list: given an empty list, engine.io would let everybody in.
            cors_allowed_origins=lambda origin, environ: (
                origin is None or origins.accepts(origin, environ["asgi.scope"])
            ),
            cors_credentials=True,
            ping_interval=ping_interval,
            ping_timeout=ping_timeout,
            max_http_buffer_size=MAX_FRAME_BYTES,
            # One command of a socket at a time: in order, and a flood waits in the socket and not in our memory.
            async_handlers=False,
            namespaces="*",
            # Given False they would write to stderr by themselves, beside our structured lines.
            logger=logging.getLogger("socketio"),
            engineio_logger=logging.getLogger("engineio"),
        )
        # Bounded by bytes already; the library would answer 200 to a batch of more packets than this and drop it.
        engineio.payload.Payload.max_decode_packets = MAX_FRAME_BYTES
        self.sessions = Sessions()
        self.people = People(self.sessions, partial(attention_of, db))
        self.publisher = Publisher(self._sio, self.sessions, self.people)
        self.presence = Presence(self.publisher, self.sessions)
        self._commands = Commands(db, auth, limits, self.publisher, self.presence)
        self._welcomes: set[asyncio.Task[None]] = set()
        self._sweeper: asyncio.Task[None] | None = None
        self._sio.on("connect", self._on_connect)
        self._sio.on("connect", self._on_other_namespace, namespace="*")
        self._sio.on("disconnect", self._on_disconnect)
        self._sio.on("*", self._on_event)

    def around(self, app: ASGIApp) -> ASGIApp:
        """`app`, with Socket.IO answering under its path."""
        inner = cast(ASGIApp, socketio.ASGIApp(self._sio, app, socketio_path=SOCKET_PATH))
        too_large, gone = (Cors(refuse, self._origins) for refuse in (self._refuse_too_large, _refuse_gone))
        return GuardedFrames(inner, too_large, gone, self._adopt, SOCKET_PATH, MAX_FRAME_BYTES)

    def start(self) -> None:
        """Begin to look after the sockets; needs the running loop."""
        self._sweeper = asyncio.get_running_loop().create_task(self._keep_sweeping())

    async def stop(self) -> None:
        """Close every socket and stop looking after them."""
        if self._sweeper is not None:
            self._sweeper.cancel()
        self.presence.close()
        for session in self.sessions.all():
            await self._sio.disconnect(session.sid)
        await self._sio.shutdown()

    async def _on_connect(self, sid: str, environ: dict[str, Any], auth: Any = None) -> None:
        connection = current_connection.get()
        peer = (environ["asgi.scope"].get("client") or ("unknown",))[0]
        try:
            caller = await self._admit(environ, auth.get("token") if isinstance(auth, dict) else None, peer)
        except Exception as error:
            if not isinstance(error, ChatError):
                log.exception("connect_failed")
            if connection is not None:
                connection.end_soon()
            code = error.code if isinstance(error, ChatError) else "internal"
            raise socketio.exceptions.ConnectionRefusedError(code) from None
        if connection is not None:
            connection.is_authenticated = True
        session = Session(sid, caller, connection, self._origins.own(environ["asgi.scope"]) or "", peer)
        self.sessions.add(session)
        # From here to the end of this function nothing waits, so that the CONNECT packet leaves before any event.
        welcome = asyncio.get_running_loop().create_task(self._welcome(session))
        self._welcomes.add(welcome)
        welcome.add_done_callback(self._welcomes.discard)

    async def _admit(self, environ: dict[str, Any], token: Any, peer: str) -> Caller:
        """The caller, within the limits. A good token gets in whatever others of its address tried: an office comes
        back together after a restart, and some of its tokens are overdue then."""
        try:
            caller = await self._recognise(environ, token)
        except ChatError as error:
            if error.status == 401:
                self._limits.take_failed_handshake(peer)
            raise
        self._limits.take("handshakes", caller.id, peer)
        if self._limits.enforced and len(self.sessions.of(caller.id)) >= self._sockets_per_user:
            raise ChatError("too_many_sockets")
        return caller

    async def _recognise(self, environ: dict[str, Any], token: Any) -> Caller:
        """By the token of the CONNECT packet, else by the host's cookie, which counts only with an accepted Origin."""
        headers = Headers(scope=environ["asgi.scope"])
        if not token and self._auth.host is not None and "origin" in headers:  # engine.io has refused foreign ones
            caller = await self._auth.cookie_caller(cookie_header(headers))
            if caller is not None:
                return caller
        return await self._auth.caller(token if isinstance(token, str) else None)

    async def _welcome(self, session: Session) -> None:
        """Rooms first, then the heads: what is committed in between is in a room or in the heads, or in both."""
        try:
            await self.people.arrived(session.user_id)
            await self.publisher.enter(session, await heads_of(self._db, session.user_id))
            heads = await heads_of(self._db, session.user_id)
            await self.publisher.enter(session, heads.keys() - session.conversations)
            await self.publisher.to_socket(session.sid, "rooms_joined", {"conversation_ids": list(heads)})
            await self.publisher.to_socket(session.sid, "hello", {"epoch": self._epoch, "heads": heads})
            if self.sessions.get(session.sid) is session:
                hidden_from = self.people.blocked_by(session.user_id)
                await self.presence.arrived(session.user_id, list(heads), hidden_from)
        except Exception as error:
            if not isinstance(error, ChatError):
                log.exception("welcome_failed", user_id=session.user_id)
            refusal = error if isinstance(error, ChatError) else ChatError("internal")
            await self.publisher.close(session, refusal.code, refusal.detail)

    async def _on_other_namespace(self, namespace: str, *_: Any) -> None:
        raise socketio.exceptions.ConnectionRefusedError(
            f"This server speaks on the default namespace only, not on {namespace[:64]!r}: connect to the server's "
            f"address without a path, and set the path option to {SOCKET_PATH}."
        )

    async def _on_disconnect(self, sid: str, *_: Any) -> None:
        session, rooms = self.sessions.remove(sid)
        if session is not None and rooms is not None:
            hidden_from = self.people.blocked_by(session.user_id)
            self.people.gone(session.user_id)
            self.presence.left(session.user_id, rooms, hidden_from)

    async def _on_event(self, event: str, sid: str, *arguments: Any) -> dict[str, Any]:
        session = self.sessions.get(sid)
        if session is None:
            return {"ok": False, "code": "token_invalid", "detail": "This socket is closing."}
        own_address.set(session.address)
        return await self._commands.handle(session, event, arguments)

    def _adopt(self, eio_sid: str, connection: Connection) -> bool:
        """A websocket took over a long-polling session: whether that is an authenticated one."""
        session = self.sessions.get(self._sio.manager.sid_from_eio_sid(eio_sid, "/") or "")
        if session is None:
            return False
        session.connection = connection
        connection.is_authenticated = True
        return True

    async def _refuse_too_large(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A poll above the bound ends its socket, as a frame above it ends a websocket."""
        refusal = ChatError("body_too_large", f"A Socket.IO packet is at most {MAX_FRAME_BYTES // 1024} kB.")
        await problem(scope, refusal)(scope, receive, send)
        engine_socket = self._sio.eio.sockets.get(engine_session(scope))
        if engine_socket is not None:
            await engine_socket.close(wait=False)

    async def _keep_sweeping(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                await self.people.catch_up()
                await sweep(self._db, self.sessions, self.publisher)
            except ChatError:
                pass  # the database is away: said in the log by the one who asked it
            except Exception:
                log.exception("sweep_failed")

    def online(self) -> list[UserId]:
        """Everybody who is connected to this process, or left so short a time ago that nobody was told."""
        return list({*self.sessions.users(), *self.presence.leaving()})

    def count(self) -> int:
        """How many sockets are connected."""
        return len(self.sessions)


async def _refuse_gone(scope: Scope, receive: Receive, send: Send) -> None:
    """A poll of a session that ended while it was on its way."""
    await problem(scope, ChatError("socket_closed"))(scope, receive, send)
