"""What a session makes of the packets of its client: a state machine without I/O and without a clock.

    OPENED ──CONNECT──▶ ASKED ──let in──▶ CONNECTED ──DISCONNECT──▶ CLOSED

A packet that does not fit, or a heartbeat that is missed, leads to CLOSED from everywhere.
"""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final

from tms_chat.realtime.engine import socketio
from tms_chat.realtime.engine.packets import CLOSE, MESSAGE, PONG, BadPacket


class Phase(Enum):
    """How far a session is."""

    OPENED = auto()
    ASKED = auto()  # its CONNECT is being looked at
    CONNECTED = auto()
    CLOSED = auto()


@dataclass(frozen=True, slots=True)
class Asked:
    """The client wants in, with what its CONNECT carries."""

    auth: Any


@dataclass(frozen=True, slots=True)
class Foreign:
    """A CONNECT to a namespace that does not exist here."""

    namespace: str


@dataclass(frozen=True, slots=True)
class Said:
    """An event, with its arguments, and the number its acknowledgement asks for."""

    name: str
    arguments: tuple[Any, ...]
    ack: int | None


@dataclass(frozen=True, slots=True)
class Gone:
    """The client ended the session: with DISCONNECT, for there is one namespace only, or with CLOSE."""


Action = Asked | Foreign | Said | Gone | None

GONE: Final = Gone()


class Due(Enum):
    """What a deadline asks for."""

    PING = auto()  # and then the answer to it, within the timeout
    REST = auto()  # the answer came: until the interval is over
    TIMEOUT = auto()


class Machine:
    """One session. Feed it packets, and ask it at its deadlines what is due."""

    __slots__ = ("_awaits_pong", "_has_pinged", "phase")

    def __init__(self) -> None:
        self.phase = Phase.OPENED
        self._awaits_pong = False
        self._has_pinged = False

    def receive(self, packet: str) -> Action:
        """One Engine.IO packet of the client. Raises BadPacket, which ends the session."""
        if self.phase is Phase.CLOSED:
            return None
        kind = packet[:1]
        if kind == MESSAGE:
            return self._message(packet)
        if kind == PONG:
            self._pong(packet)
            return None
        if kind == CLOSE:
            self.phase = Phase.CLOSED
            return GONE
        # Not PING either: since revision 4 it is the server that asks.
        raise BadPacket("not an Engine.IO packet for a server")

    def let_in(self) -> bool:
        """The CONNECT is granted; False when the client has left meanwhile."""
        if self.phase is not Phase.ASKED:
            return False
        self.phase = Phase.CONNECTED
        return True

    def beat(self) -> Due:
        """A deadline of the heartbeat has come."""
        if self._awaits_pong:
            return Due.TIMEOUT
        if self._has_pinged:
            self._has_pinged = False
            return Due.REST
        self._has_pinged = self._awaits_pong = True
        return Due.PING

    def close(self) -> None:
        """No further packet means anything."""
        self.phase = Phase.CLOSED

    def _pong(self, packet: str) -> None:
        if packet != PONG:
            raise BadPacket("a PONG with a payload")
        # One that nobody asked for does no harm: it arrives when a client's own timer and ours cross.
        self._awaits_pong = False

    def _message(self, text: str) -> Action:
        packet = socketio.parse(text[1:])
        if packet.namespace != "/":
            if packet.kind == socketio.CONNECT:
                return Foreign(packet.namespace)
            raise BadPacket("a packet for a namespace that does not exist")
        if packet.kind == socketio.CONNECT:
            if self.phase is not Phase.OPENED:
                raise BadPacket("a second CONNECT")
            self.phase = Phase.ASKED
            return Asked(packet.data)
        if packet.kind == socketio.DISCONNECT:
            self.phase = Phase.CLOSED
            return GONE
        if self.phase is Phase.OPENED:
            raise BadPacket("a packet before CONNECT")
        if packet.kind == socketio.ACK:
            return None  # nothing the server says asks for one
        return Said(packet.data[0], tuple(packet.data[1:]), packet.ack)
