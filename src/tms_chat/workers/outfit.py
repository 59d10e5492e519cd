"""What a worker gets from its parent: descriptors that it inherits, and what it is to do with them."""

import json
import os
import socket
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Outfit:
    """Travels as text on the command line; it holds no secret.

    `number` counts from 1. `posts` are for writing to each worker, in their order, and `mail` is for reading what is
    written to this one. From `alive` nothing is ever read but its end: the parent's. `ready` takes one byte when this
    worker serves. `is_herald`: it says what is said once at a start.
    """

    number: int
    listener: int
    posts: tuple[int, ...]
    mail: int
    alive: int
    ready: int
    is_herald: bool
    settings: dict[str, Any]

    @property
    def descriptors(self) -> tuple[int, ...]:
        """All of them."""
        return (self.listener, *self.posts, self.mail, self.alive, self.ready)

    def as_text(self) -> str:
        """See `read_outfit`."""
        return json.dumps(asdict(self))

    def keep(self) -> None:
        """In the worker: programs that it starts get none of them."""
        for descriptor in self.descriptors:
            os.set_inheritable(descriptor, False)

    def listening(self) -> socket.socket:
        """What all workers accept from."""
        return _socket(self.listener)

    def mailbox(self) -> tuple[socket.socket, Sequence[socket.socket]]:
        """What is read, and what is written to."""
        return _socket(self.mail), [_socket(post) for post in self.posts]

    def say_ready(self) -> None:
        """Once."""
        os.write(self.ready, b"r")
        os.close(self.ready)


def read_outfit(text: str) -> Outfit:
    """What `as_text` wrote."""
    told = json.loads(text)
    return Outfit(**{**told, "posts": tuple(told["posts"])})


def _socket(descriptor: int) -> socket.socket:
    made = socket.socket(fileno=descriptor)
    made.setblocking(False)
    return made
