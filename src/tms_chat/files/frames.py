"""Moving pictures without what is around their frames: comments, XMP, EXIF, and what makes a GIF a page as well.

The frames themselves are copied, so nothing is lost and nothing is held in memory.
"""

import struct
from typing import IO

COPY_BYTES = 1024 * 1024
#: The chunks of a film (WebP container specification, "Extended File Format"); EXIF and XMP are not among them.
WEBP_CHUNKS = frozenset({b"VP8X", b"ICCP", b"ANIM", b"ANMF"})
WEBP_HAS_EXIF_OR_XMP = 0b0000_1100


class MalformedPicture(Exception):
    """It ends too early, or has something where a block should begin."""


def strip_gif(source: IO[bytes], out: IO[bytes]) -> None:
    """Copy the screen, the frames with their timing, and how often to repeat (GIF89a specification, §17 to §27)."""
    out.write(_exactly(source, 6))
    screen = _exactly(source, 7)
    out.write(screen + _colours(source, screen[4]))
    while True:
        kind = _exactly(source, 1)
        if kind == b";":
            out.write(kind)
            return
        if kind == b",":
            frame = _exactly(source, 9)
            out.write(kind + frame + _colours(source, frame[8]) + _exactly(source, 1))
            _blocks(source, out)
        elif kind == b"!":
            _extension(source, out)
        else:
            raise MalformedPicture(f"a block begins with {kind!r}")


def _extension(source: IO[bytes], out: IO[bytes]) -> None:
    label = _exactly(source, 1)
    if label == b"\xf9":  # timing and transparency of the next frame
        out.write(b"!" + label)
        _blocks(source, out)
        return
    if label == b"\xff":
        size = _exactly(source, 1)
        name = _exactly(source, size[0])
        if name in (b"NETSCAPE2.0", b"ANIMEXTS1.0"):
            loop = _exactly(source, 4)  # a block of three bytes: 1, and how often
            if loop[0] != 3:
                raise MalformedPicture("the number of repetitions has another length")
            out.write(b"!" + label + size + name + loop + b"\x00")
    _blocks(source, None)


def _blocks(source: IO[bytes], out: IO[bytes] | None) -> None:
    """Sub-blocks up to the empty one, copied or passed over."""
    while True:
        size = _exactly(source, 1)
        content = _exactly(source, size[0])
        if out is not None:
            out.write(size + content)
        if not content:
            return


def _colours(source: IO[bytes], flags: int) -> bytes:
    return _exactly(source, 3 << ((flags & 7) + 1)) if flags & 0x80 else b""


def strip_webp(source: IO[bytes], out: IO[bytes]) -> None:
    """Copy the chunks of the film itself, and say in its header that there is neither EXIF nor XMP."""
    head = _exactly(source, 12)
    if head[:4] != b"RIFF" or head[8:] != b"WEBP":
        raise MalformedPicture("not WebP")
    left = struct.unpack("<I", head[4:8])[0] - 4
    out.write(b"RIFF\x00\x00\x00\x00WEBP")
    while left >= 8:
        name, size = struct.unpack("<4sI", _exactly(source, 8))
        padded = size + (size & 1)
        left -= 8 + padded
        if name not in WEBP_CHUNKS:
            source.seek(padded, 1)
            continue
        out.write(struct.pack("<4sI", name, size))
        if name == b"VP8X":
            content = _exactly(source, padded)
            out.write(bytes([content[0] & ~WEBP_HAS_EXIF_OR_XMP]) + content[1:])
        else:
            _copy(source, out, padded)
    length = out.tell()
    out.seek(4)
    out.write(struct.pack("<I", length - 8))
    out.seek(length)


def _copy(source: IO[bytes], out: IO[bytes], count: int) -> None:
    while count:
        part = _exactly(source, min(count, COPY_BYTES))
        out.write(part)
        count -= len(part)


def _exactly(source: IO[bytes], count: int) -> bytes:
    content = source.read(count)
    if len(content) != count:
        raise MalformedPicture("it ends too early")
    return content
