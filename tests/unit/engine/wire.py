"""What a client writes, byte by byte, right or wrong; and what a reader is holding on to."""

from __future__ import annotations

import gc
import zlib

from tms_chat.realtime.engine.frames import BINARY, CLOSE, PING, PONG, TEXT, FrameReader

__all__ = ["BINARY", "CLOSE", "CONTINUATION", "FIN", "MASK", "PING", "PONG", "RSV1", "TEXT", "frame", "held", "packed"]

CONTINUATION = 0x0
FIN = 0x80
RSV1 = 0x40
MASK = b"\x12\xa4\x00\xff"


def frame(first: int, payload: bytes = b"", mask: bytes | None = MASK, size: int | None = None) -> bytes:
    """A frame as section 5.2 of RFC 6455 draws it; `size` is what its header claims, where that is a lie."""
    size = len(payload) if size is None else size
    bit = 0 if mask is None else 0x80
    if size < 126:
        head = bytes((first, bit | size))
    elif size < 65_536:
        head = bytes((first, bit | 126)) + size.to_bytes(2, "big")
    else:
        head = bytes((first, bit | 127)) + size.to_bytes(8, "big")
    if mask is None:
        return head + payload
    return head + mask + bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))


def packed(payload: bytes) -> bytes:
    """Compressed as section 7.2.1 of RFC 7692 says, with the largest window."""
    packer = zlib.compressobj(wbits=-15)
    return (packer.compress(payload) + packer.flush(zlib.Z_SYNC_FLUSH))[:-4]


def held(reader: FrameReader) -> int:
    """The bytes a reader keeps until more of them come."""
    return sum(len(part) for part in gc.get_referents(reader) if isinstance(part, bytes | bytearray))
