"""The bus of one process, which has nobody to tell; and of several nodes in one process."""

import asyncio

from tms_chat.realtime.bus.port import Receive


class Air:
    """What nodes of one process share."""

    def __init__(self) -> None:
        self.listeners: list[Receive] = []


class MemoryBus:
    """See `port.Bus`."""

    label = "memory: one process"
    max_bytes = 1_000_000

    def __init__(self, air: Air | None = None) -> None:
        self.reaches_others = air is not None
        self._air = air or Air()
        self._receive: Receive | None = None

    async def start(self, receive: Receive) -> None:
        """See `port.Bus`."""
        self._receive = receive
        self._air.listeners.append(receive)

    def send(self, message: str) -> None:
        """See `port.Bus`."""
        for listener in self._air.listeners:
            asyncio.get_running_loop().call_soon(listener, message)

    def restart(self) -> None:
        """See `port.Bus`."""

    async def stop(self) -> None:
        """See `port.Bus`."""
        if self._receive is not None:
            self._air.listeners.remove(self._receive)
            self._receive = None
