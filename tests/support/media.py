"""Small files of every kind, made here: nothing is read from the disk."""

from __future__ import annotations

import io
import wave
import zipfile
from typing import Any

from PIL import Image

GPS = 0x8825
ORIENTATION = 0x0112
SECRET = b"taken at 52.5163 N, 13.3777 E"


def picture(kind: str, size: tuple[int, int] = (60, 40), colour: str = "red", **options: Any) -> bytes:
    """One colour, in the format that Pillow calls `kind`."""
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind, **options)
    return out.getvalue()


def photo(kind: str = "JPEG", size: tuple[int, int] = (60, 40)) -> bytes:
    """As a camera makes it: lying on its side, with the place where it was taken."""
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif[0x010E] = SECRET.decode()
    exif.get_ifd(GPS)[1] = "N"
    exif.get_ifd(GPS)[2] = (52.0, 30.0, 58.7)
    return picture(kind, size, exif=exif)


def film(kind: str, frames: int = 3, size: tuple[int, int] = (60, 40), **options: Any) -> bytes:
    """A GIF or WebP that moves."""
    images = [Image.new("RGB", size, (60 * number, 0, 0)) for number in range(frames)]
    out = io.BytesIO()
    images[0].save(out, kind, save_all=True, append_images=images[1:], duration=100, loop=0, **options)
    return out.getvalue()


def archive(*names: str) -> bytes:
    """A ZIP with these in it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name in names:
            name, _, content = name.partition("=")
            made.writestr(name, content or "x")
    return out.getvalue()


def sound() -> bytes:
    """A tenth of a second of silence."""
    out = io.BytesIO()
    with wave.open(out, "wb") as made:
        made.setnchannels(1)
        made.setsampwidth(2)
        made.setframerate(8000)
        made.writeframes(b"\0\0" * 800)
    return out.getvalue()


EBML = bytes.fromhex("1A45DFA39F4286810142F7810142F2810442F381084282847765626D")
SPEECH = EBML + b"\x86\x86A_OPUS" + b"\0" * 64
WEBM_FILM = EBML + b"\x86\x85V_VP8\x86\x86A_OPUS" + b"\0" * 64
