"""What is to be sent to one socket: prepared once for all its recipients, and bounded."""

from typing import Final

from tms_chat.realtime.engine.frames import deflated_frame, text_frame

#: Above so many waiting packets, what may be lost (typing, presence) is not queued any more.
MAX_PACKETS_BEFORE_VOLATILE: Final = 32


class Prepared:
    """One packet, encoded and framed once, however many sockets it goes to. `is_volatile`: it may be lost."""

    __slots__ = ("_deflated", "_frame", "is_volatile", "packet", "size")

    def __init__(self, packet: bytes, *, is_volatile: bool = False) -> None:
        self.packet = packet
        self.size = len(packet)
        self.is_volatile = is_volatile
        self._frame: bytes | None = None
        self._deflated: bytes | None = None

    def frame(self) -> bytes:
        """As a websocket frame."""
        if self._frame is None:
            self._frame = text_frame(self.packet)
        return self._frame

    def deflated(self) -> bytes:
        """As a compressed websocket frame."""
        if self._deflated is None:
            self._deflated = deflated_frame(self.packet)
        return self._deflated


class Outbox:
    """The packets that wait for a socket, in order."""

    MAX_PACKETS: Final = 256
    MAX_BYTES: Final = 1024 * 1024

    __slots__ = ("items", "size")

    def __init__(self) -> None:
        self.items: list[Prepared] = []
        self.size = 0

    def is_full_for(self, item: Prepared) -> bool:
        """Whether this packet would be one too many."""
        return len(self.items) >= self.MAX_PACKETS or self.size + item.size > self.MAX_BYTES

    def take(self, most: int | None = None) -> list[Prepared]:
        """What waits, in order: everything, or the first so many."""
        if most is not None and len(self.items) > most:
            taken, self.items = self.items[:most], self.items[most:]
            self.size -= sum(item.size for item in taken)
            return taken
        items, self.items, self.size = self.items, [], 0
        return items
