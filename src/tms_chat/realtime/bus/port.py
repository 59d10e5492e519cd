"""What a bus is. It carries short texts to every process of an installation, the sending one included.

It may lose them, repeat them and change their order: what must not be lost is in the database, and `realtime.order`
puts it in its place. It never keeps a sender waiting.
"""

from collections.abc import Callable
from typing import Final, Protocol

#: What waits to be sent while the bus is away, in messages and in their bytes; the oldest are dropped, which the others
#: notice.
MAX_WAITING: Final = 2_000
MAX_WAITING_BYTES: Final = 32 * 1024 * 1024

Receive = Callable[[str], None]


class Bus(Protocol):
    """`receive` is called on the event loop, once for each message."""

    #: For the log and for health: what carries the messages.
    label: str
    #: The longest message, in bytes of UTF-8.
    max_bytes: int
    #: Whether there may be other processes.
    reaches_others: bool

    async def start(self, receive: Receive) -> None:
        """Begin to listen, and go on trying for ever when it breaks. Returns at once when it cannot be reached."""

    def send(self, message: str) -> None:
        """To everybody; what was sent in this tick leaves together. Never waits and never fails."""

    def restart(self) -> None:
        """Nothing is heard: connect anew, whatever the connections look like from here."""

    async def stop(self) -> None:
        """Send what waits, if that is possible at once, and hear nothing more."""


def size(text: str) -> int:
    """In bytes of UTF-8."""
    return len(text) if text.isascii() else len(text.encode())
