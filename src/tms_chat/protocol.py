"""The HTTP side of a connection: bounds the head of a request and what we wait for, hands websockets to the engine.

uvicorn parses HTTP; what is a websocket handshake for our socket path never becomes a request of the application.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import structlog
from httptools import HttpParserError, HttpParserUpgrade, parse_url
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from tms_chat.gate import Gate
from tms_chat.http.hot import WHOLE_ANSWER, WholeAnswer
from tms_chat.realtime.engine.handshake import Head, usual_head

log = structlog.get_logger(__name__)

MAX_HEAD_BYTES = 64 * 1024
HEAD_SLICE_BYTES = 4 * 1024
HEAD_REFUSAL = b"The request line and the headers are larger than 64 kB: delete this site's cookies and try again."
LINGER_SECONDS = 1.0
LOOK_SECONDS = 2.0
HEAD_SECONDS = 20.0  # for the head of a request, the first one since the connection was made
CLOSE = (b"connection", b"close")
STALLED_SECONDS = 60.0  # without a byte of a body, or without one of an answer taken


class HttpProtocol(HttpToolsProtocol):
    """Bounds the head of a request, which uvicorn collects without end: 431 (RFC 6585 §5) and the connection closes.

    Counted is what comes in a row without being body: the head, and then trailers or chunk extensions, which are
    collected too. It is counted in slices, not where exactly in one a head begins or ends: 60 kB pass, 68 do not.
    """

    _counted = 0
    _is_over = False
    _is_in_head = True
    _looks = 0  # since we began to wait for what we wait for now
    _unsent = 0

    def look(self) -> None:
        """Every LOOK_SECONDS: hangs up on a client that keeps us waiting, which uvicorn does between requests only.
        One glance at all connections costs less than a timer for each request."""
        unsent = self.transport.get_write_buffer_size()
        if unsent != self._unsent:
            self._unsent, self._looks = unsent, 0
        seconds = self._patience()
        if seconds is None:
            self._looks = 0
            return
        self._looks += 1
        if self._looks * LOOK_SECONDS > seconds:
            self.transport.abort()

    def _patience(self) -> float | None:
        """How long we wait for what we wait for; None when it is not the client's turn."""
        cycle: RequestResponseCycle | None = self.cycle
        if self._unsent:
            return STALLED_SECONDS
        if self._is_in_head:
            return HEAD_SECONDS if cycle is None or cycle.response_complete else None
        return STALLED_SECONDS if cycle is not None and cycle.more_body and not self.flow.read_paused else None

    def data_received(self, data: bytes) -> None:
        """Bytes from the client, as many as came at once: a part of a head, or several requests."""
        if self._is_between_requests() and self._gate.moves(self.transport, data):
            self._unset_keepalive_if_required()
            self._is_over = True
            return
        for start in range(0, len(data), HEAD_SLICE_BYTES):
            if self._is_over or self.transport.is_closing() or self.transport.get_protocol() is not self:
                return  # refused, broken, at its end, or a websocket by now
            end = min(start + HEAD_SLICE_BYTES, len(data))
            self._counted += end - start
            if self._counted > MAX_HEAD_BYTES:
                self._refuse()
            else:
                self._parse(data, start, end)

    @property
    def _gate(self) -> Gate:
        return self.ws_protocol_class  # type: ignore[return-value]

    def _is_between_requests(self) -> bool:
        """Whether the next byte is the first one of a request, and no answer is owed."""
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is None:
            return self._is_in_head and not self._counted
        return cycle.response_complete and not cycle.more_body and not self._is_in_head

    def _parse(self, data: bytes, start: int, end: int) -> None:
        """As the base class does, and what stands behind a handshake is the first that the websocket reads: clients may
        send it without waiting for our answer."""
        self._unset_keepalive_if_required()
        try:
            self.parser.feed_data(data[start:end])
        except HttpParserUpgrade as upgrade:
            if self._should_upgrade():
                self._enter(data[start + upgrade.args[0] :])
            else:
                # Answered as if it asked for nothing, and the last one here: what follows its head is no request, but
                # the parser would take it for one, and what a proxy lets through as a body would become a request.
                self._is_over = True
                self.cycle.keep_alive = False
        except HttpParserError:
            message = "Invalid HTTP request received."
            self.logger.warning(message)
            self.send_400_response(message)

    def on_message_begin(self) -> None:
        """The parser saw the first byte of a request."""
        super().on_message_begin()
        self.scope["extensions"] = EXTENSIONS  # type: ignore[typeddict-item]
        self._is_in_head = True
        self._counted = self._looks = 0

    def on_headers_complete(self) -> None:
        """The parser saw the empty line after the headers."""
        if self._gate.is_draining:
            self.headers.append(CLOSE)  # whoever comes back comes to another process, and need not try this one first
        super().on_headers_complete()
        if self._gate.is_draining and self.cycle is not None:
            self.cycle.keep_alive = False
        self._is_in_head = False
        self._counted = self._looks = 0

    def on_body(self, body: bytes) -> None:
        """The parser saw a piece of a body."""
        super().on_body(body)
        self._counted = self._looks = 0

    def _refuse(self) -> None:
        self._is_over = True
        log.info("head_too_large", client=self.client[0] if self.client else None)
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is not None and not cycle.response_complete:
            # Another answer is under way, and this one would end up in the middle of it: the connection ends after that
            # one, or now, when it is the trailers of that request itself that have no end.
            cycle.keep_alive = False
            if cycle.more_body:
                self.transport.close()
            return
        head = [
            b"HTTP/1.1 431 Request Header Fields Too Large",
            b"content-type: text/plain; charset=utf-8",
            b"content-length: %d" % len(HEAD_REFUSAL),
            b"connection: close",
        ]
        self.transport.write(b"\r\n".join([*head, b"", HEAD_REFUSAL]))
        # Closed at once, with something still to be read, the connection would be reset before the answer is read.
        self.loop.call_later(LINGER_SECONDS, self.transport.close)

    def _should_upgrade(self) -> bool:
        """Asked by the base class. A websocket for another path is an ordinary request, which is answered in words."""
        return self._get_upgrade() == b"websocket" and self._gate.is_for(parse_url(self.url).path)

    def _enter(self, rest: bytes) -> None:
        """The request is a handshake for our socket path: this object lets go of the connection."""
        self.connections.discard(self)
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is not None and not cycle.response_complete:
            self.transport.close()  # sent behind another request, whose answer would be cut in two
            return
        url = parse_url(self.url)
        head = Head(self.scope["method"], self.scope["http_version"], url.path, url.query or b"", self.headers)
        # An answer before this one may still be on its way to somebody who does not read it.
        self._gate.enter(self.transport, head, self.client, rest, is_paused=self.flow.write_paused)
        self.parser = None  # type: ignore[assignment]  # they hold each other


class FirstBytes(asyncio.Protocol):
    """What a connection has until its first bytes came. A websocket handshake in its usual form goes to the engine at
    once: parsing it piece by piece, for an object that is made for requests and their answers, costs a quarter of what
    letting somebody in does. Whatever else it is, `HttpProtocol` gets it, and all that comes after it.
    """

    __slots__ = ("_config", "_looks", "_loop", "_server_state", "_state", "_transport")

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self._config = config
        self._server_state = server_state
        self._state = app_state
        self._loop = _loop
        self._looks = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Somebody is there."""
        self._transport = transport
        self._server_state.connections.add(self)  # type: ignore[arg-type]

    def connection_lost(self, exc: Exception | None) -> None:
        """Gone without a word."""
        self._server_state.connections.discard(self)

    def data_received(self, data: bytes) -> None:
        """The first bytes, which are the last ones here."""
        self._server_state.connections.discard(self)
        transport = self._transport
        gate: Gate = self._config.ws_protocol_class  # type: ignore[assignment]
        if gate.moves(transport, data):
            return
        usual = usual_head(data) if len(data) <= HEAD_SLICE_BYTES else None
        if usual is not None and gate.is_for(usual[0].path):
            head, rest = usual
            gate.enter(transport, head, transport.get_extra_info("peername"), rest)
            return
        http = HttpProtocol(self._config, self._server_state, self._state, self._loop)
        http.connection_made(transport)
        transport.set_protocol(http)
        http.data_received(data)

    def look(self) -> None:
        """As `HttpProtocol.look`."""
        self._looks += 1
        if self._looks * LOOK_SECONDS > HEAD_SECONDS:
            self._transport.abort()

    def shutdown(self) -> None:
        """The server stops."""
        self._transport.close()


def write_whole(
    send: Callable[..., Any], status: int, headers: Iterable[tuple[bytes, bytes]], body: Sequence[bytes]
) -> bool:
    """A `WholeAnswer`. uvicorn takes an answer in two steps, two system calls, and looks at each header twice: a tenth
    of what a send costs.

    Everything the steps do besides is done here too. What is not as usual (a client that does not read or has left, a
    connection that ends with this answer, a line in the access log) takes the steps.
    """
    cycle = getattr(send, "__self__", None)
    if type(cycle) is not RequestResponseCycle or cycle.response_started or not cycle.keep_alive:
        return False
    if cycle.disconnected or cycle.flow.write_paused or cycle.access_log:
        return False
    parts = [STATUS_LINE[status]]
    for name, value in (*cycle.default_headers, *headers):
        parts += (name, b": ", value, b"\r\n")
    parts.append(b"\r\n")
    cycle.response_started = cycle.response_complete = True
    cycle.waiting_for_100_continue = False
    if len(body) == 1:
        cycle.transport.write(b"".join((*parts, *body)))
    else:
        # Large, and of pieces that others are answered with too: the kernel takes them from where they are.
        cycle.transport.writelines((b"".join(parts), *body))
    cycle.message_event.set()
    cycle.on_response()
    return True


EXTENSIONS: dict[str, WholeAnswer] = {WHOLE_ANSWER: write_whole}  # of all requests
