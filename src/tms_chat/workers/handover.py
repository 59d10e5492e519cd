"""A connection moves to the worker that its request is for.

A session of long-polling lives in one process, and its requests reach any: the workers accept from one listener, and a
proxy sends them over whichever connection is free. Its id ends with the number of its worker, so whoever reads another
number in a request that begins hands over the connection itself, a descriptor and the bytes read so far (unix(7),
SCM_RIGHTS). Nothing is passed on byte by byte, the client's address stays what it is, and whatever comes next over that
connection is served where it is now. An id with a false number is unknown there as well.
"""

import asyncio
import re
import socket
from collections.abc import Callable, Sequence
from typing import Any, Final, cast

import structlog

log = structlog.get_logger(__name__)

#: The first line of a request that names a session of long-polling, also a websocket that is to take one over.
NAMED: Final = re.compile(rb"(?:GET|POST) /socket\.io/?\?(?:[!-~]*?&)?sid=[\w-]{20}\.([0-9]{1,2})[& ]")
MOST_BYTES: Final = 300_000  # of a request, read so far
MOST_LETTERS: Final = 64  # taken at once

Protocols = Callable[[], asyncio.Protocol]


class Handover:
    """`number` is that of this worker; `posts` lead to all, in their order, and `mail` is where this one's ends.

    Both ends outlive a worker: what is written to one that has died is read by the one in its place, which knows
    nothing of the session and says so.
    """

    def __init__(self, number: int, mail: socket.socket, posts: Sequence[socket.socket]) -> None:
        self._number = number
        self._mail = mail
        self._posts = posts
        self._arriving: set[asyncio.Task[Any]] = set()
        self.mark = f".{number}"  # at the end of ids

    def start(self, protocols: Protocols) -> None:
        """Take what comes, each with a new protocol; needs the running loop."""
        asyncio.get_running_loop().add_reader(self._mail, self._take, protocols)

    def stop(self) -> None:
        """Take no more."""
        asyncio.get_running_loop().remove_reader(self._mail)

    def move(self, transport: asyncio.Transport, data: bytes) -> bool:
        """Whether the connection has left for another worker; `data` is how its next request begins."""
        named = NAMED.match(data)
        if named is None:
            return False
        number = int(named[1])
        if number == self._number or not 1 <= number <= len(self._posts) or len(data) > MOST_BYTES:
            return False
        if transport.get_write_buffer_size():
            return False  # an answer is still on its way, and stays here with us
        transport.pause_reading()
        try:
            descriptor = transport.get_extra_info("socket").fileno()
            socket.send_fds(self._posts[number - 1], [data], [descriptor])
        except OSError as error:
            log.warning("connection_not_moved", to=number, reason=error.strerror)
            transport.resume_reading()
            return False
        transport.abort()  # our hold on it: the other one has its own
        return True

    def _take(self, protocols: Protocols) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(MOST_LETTERS):
            try:
                data, descriptors, _flags, _address = socket.recv_fds(self._mail, MOST_BYTES, 1)
            except (BlockingIOError, InterruptedError):
                return
            for descriptor in descriptors:
                connection = socket.socket(fileno=descriptor)
                connection.setblocking(False)
                arrived = Arrived(protocols, data)
                task = loop.create_task(loop.connect_accepted_socket(arrived.protocol, connection))
                self._arriving.add(task)
                task.add_done_callback(self._arriving.discard)


class Arrived(asyncio.Protocol):
    """Hands the connection to a new protocol, with what was read of it elsewhere, before anything else is read."""

    def __init__(self, protocols: Protocols, data: bytes) -> None:
        self._protocols = protocols
        self._data = data

    def protocol(self) -> asyncio.Protocol:
        """The factory of the loop."""
        return self

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is here."""
        protocol = self._protocols()
        cast(asyncio.Transport, transport).set_protocol(protocol)
        protocol.connection_made(transport)
        protocol.data_received(self._data)
