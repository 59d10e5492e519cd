"""Pictures, made anew: what a browser shows holds nothing but the picture, no EXIF and no place where it was taken.

JPEG, PNG and still WebP are decoded and encoded again, turned as their EXIF says. GIF and animated WebP keep their
frames as they are and lose everything around them: a film stays one. Blocking: called in a few threads of its own.
"""

import contextlib
import io
import struct
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from PIL import Image, ImageOps, UnidentifiedImageError

from tms_chat.core.errors import ChatError
from tms_chat.files.frames import MalformedPicture, strip_gif, strip_webp

MAX_PIXELS = 50_000_000
LARGE_PIXELS = 12_000_000
MAX_FILM_PIXELS = 500_000_000  # of all frames together
THUMBNAIL_SIDE = 480  # pixels
AVATAR_SIDE = 512
QUALITY = 90
THUMBNAIL_QUALITY = 80
FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
MIMES = {"JPEG": "image/jpeg", "PNG": "image/png", "GIF": "image/gif", "WEBP": "image/webp"}

_LARGE = threading.Lock()
# Ours is checked before anything is decoded; Pillow's would only warn.
Image.MAX_IMAGE_PIXELS = None


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it is stored, and a small one beside it when it is larger than that."""

    file: IO[bytes]
    size: int
    mime: str
    width: int
    height: int
    thumbnail: bytes | None


def remake(file: IO[bytes], folder: Path) -> Picture | None:
    """The picture without anything else; None when it is broken. Raises ChatError `file_type_refused` for a bomb."""
    try:
        with _opened(file) as image, _room_for(image):
            if image.format == "GIF" or (image.format == "WEBP" and getattr(image, "is_animated", False)):
                return _film(image, file, folder)
            return _still(image, folder)
    except _BROKEN:
        return None


@dataclass(frozen=True, slots=True)
class Avatar:
    """The small picture of a conversation."""

    content: bytes
    width: int
    height: int


def avatar(file: IO[bytes]) -> Avatar:
    """The picture of a conversation: a WebP of at most 512 pixels, of a film the first frame. Raises ChatError."""
    try:
        with _opened(file) as image, _room_for(image):
            small = _shown(image)
            small.thumbnail((AVATAR_SIDE, AVATAR_SIDE))
            return Avatar(_webp(small, QUALITY), small.width, small.height)
    except _BROKEN:
        raise ChatError("file_type_refused", "The picture cannot be read: send a JPEG, PNG, GIF or WebP.") from None


# Pillow's decoders raise all of these for content that is not what its header says.
_BROKEN = (
    UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, MalformedPicture, LookupError, TypeError,
    ArithmeticError, NotImplementedError, struct.error,
)  # fmt: skip


def _opened(file: IO[bytes]) -> Image.Image:
    """Only the header is read so far."""
    file.seek(0)
    image = Image.open(file, formats=FORMATS)
    pixels = image.width * image.height
    if pixels > MAX_PIXELS or pixels * getattr(image, "n_frames", 1) > MAX_FILM_PIXELS:
        image.close()
        raise ChatError("file_type_refused", "The picture has more than 50 million pixels: make it smaller.")
    return image


def _room_for(image: Image.Image) -> contextlib.AbstractContextManager[Any]:
    """The largest take 400 MB, as WebP 1,000: one at a time, whoever sends how many."""
    return _LARGE if image.width * image.height > LARGE_PIXELS else contextlib.nullcontext()


def _still(image: Image.Image, folder: Path) -> Picture:
    kind = "JPEG" if image.format == "MPO" else image.format or "PNG"  # MPO: a JPEG that carries further ones
    profile = image.info.get("icc_profile")
    shown = _shown(image, keep_mode=kind == "PNG")
    vars(image).pop("_decoder", None)  # that of WebP holds the picture twice more
    options = {"icc_profile": profile} if profile and shown.mode in ("RGB", "RGBA", "L") else {}
    out = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  (the caller closes it)
    try:
        if kind == "JPEG":
            shown.save(out, "JPEG", quality=QUALITY, progressive=True, **options)
        elif kind == "PNG":
            shown.save(out, "PNG", **options)
        else:
            shown.save(out, "WEBP", quality=QUALITY, **options)
        return Picture(out, out.tell(), MIMES[kind], shown.width, shown.height, _thumbnail(shown))
    except BaseException:
        out.close()
        raise


def _shown(image: Image.Image, *, keep_mode: bool = False) -> Image.Image:
    """Decoded, turned as its EXIF says, in colours every format has, and with nothing attached."""
    image.load()
    turned = _upright(image)
    if not keep_mode:
        has_alpha = turned.mode in ("RGBA", "LA", "PA") or "transparency" in turned.info
        if turned.mode not in ("L", "RGB", "RGBA") or has_alpha:
            turned = turned.convert("RGBA" if has_alpha else "RGB")
    transparency = turned.info.get("transparency")
    turned.info = {} if transparency is None else {"transparency": transparency}
    return turned


def _upright(image: Image.Image) -> Image.Image:
    # In its place: a copy of a large one is 200 MB more. What is around a picture may be broken, itself being fine.
    with contextlib.suppress(*_BROKEN):
        ImageOps.exif_transpose(image, in_place=True)
    return image


def _film(image: Image.Image, file: IO[bytes], folder: Path) -> Picture:
    kind = image.format or "GIF"
    image.load()  # the first frame at least is one
    width, height = image.size
    thumbnail = _thumbnail(_shown(image))
    out = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115
    try:
        file.seek(0)
        (strip_gif if kind == "GIF" else strip_webp)(file, out)
        return Picture(out, out.tell(), MIMES[kind], width, height, thumbnail)
    except BaseException:
        out.close()
        raise


def _thumbnail(image: Image.Image) -> bytes | None:
    if max(image.size) <= THUMBNAIL_SIDE:
        return None
    scale = THUMBNAIL_SIDE / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    plain = image if image.mode in ("L", "RGB", "RGBA") else image.convert("RGBA")
    return _webp(plain.resize(size, reducing_gap=2.0), THUMBNAIL_QUALITY)


def _webp(image: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    image.save(out, "WEBP", quality=quality)
    return out.getvalue()
