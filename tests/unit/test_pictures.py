"""Pictures are made anew: nothing but the picture is left, films stay films, bombs and broken ones harm nobody."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from PIL import Image

from tests.support.media import SECRET, film, photo, picture
from tms_chat.core.errors import ChatError
from tms_chat.files.pictures import Picture, avatar, remake

MIMES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif"}


def made(content: bytes, folder: Path) -> tuple[Picture, Image.Image, bytes]:
    found = remake(io.BytesIO(content), folder)
    assert found is not None
    with found.file as file:
        file.seek(0)
        stored = file.read()
    assert len(stored) == found.size
    return found, Image.open(io.BytesIO(stored)), stored


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_stands_upright_and_does_not_say_where_it_was_taken(kind: str, tmp_path: Path) -> None:
    before = photo(kind)
    assert SECRET in before
    found, image, stored = made(before, tmp_path)
    assert (found.mime, found.width, found.height, image.size) == (MIMES[kind], 40, 60, (40, 60))
    assert image.format == kind
    assert SECRET not in stored
    assert dict(image.getexif()) == {}
    assert found.thumbnail is None  # it is small already


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_large_picture_has_a_small_one_beside_it(kind: str, tmp_path: Path) -> None:
    found, image, _ = made(picture(kind, (1200, 300)), tmp_path)
    assert image.size == (found.width, found.height) == (1200, 300)
    assert found.thumbnail is not None
    small = Image.open(io.BytesIO(found.thumbnail))
    assert (small.format, small.size) == ("WEBP", (480, 120))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
def test_every_kind_of_colours(mode: str, tmp_path: Path) -> None:
    for kind in ("JPEG", "PNG", "WEBP"):
        out = io.BytesIO()
        try:
            Image.new(mode, (600, 20)).save(out, kind)
        except (OSError, ValueError):
            continue  # this format has no such colours
        found, image, _ = made(out.getvalue(), tmp_path)
        image.load()
        assert found.thumbnail


def test_what_is_transparent_stays_so(tmp_path: Path) -> None:
    for kind in ("PNG", "WEBP"):
        out = io.BytesIO()
        Image.new("RGBA", (600, 600), (255, 0, 0, 0)).save(out, kind)
        found, image, _ = made(out.getvalue(), tmp_path)
        assert found.thumbnail
        for shown in (image, Image.open(io.BytesIO(found.thumbnail))):
            assert shown.convert("RGBA").getpixel((0, 0))[3] == 0  # type: ignore[index]


@pytest.mark.parametrize("kind", ["GIF", "WEBP"])
def test_a_film_stays_one_and_loses_what_is_around_it(kind: str, tmp_path: Path) -> None:
    options = {"comment": SECRET} if kind == "GIF" else {"exif": b"Exif\0\0" + SECRET, "xmp": SECRET}
    before = film(kind, 4, (500, 40), **options)
    assert SECRET in before
    found, image, stored = made(before, tmp_path)
    assert (image.n_frames, image.size, found.mime) == (4, (500, 40), MIMES[kind])  # type: ignore[attr-defined]
    assert image.info["loop"] == 0
    for number in range(4):
        image.seek(number)
        image.load()
        assert image.info["duration"] == 100
    assert SECRET not in stored
    assert found.thumbnail


def test_a_gif_that_is_a_page_as_well_is_only_a_gif_afterwards(tmp_path: Path) -> None:
    page = b"<script>alert(document.domain)</script>"
    gif = film("GIF", 2)
    for both in (gif + page, gif[:-1] + b"!\xfe" + bytes([len(page)]) + page + b"\0;", film("GIF", 2, comment=page)):
        assert page in both
        _, image, stored = made(both, tmp_path)
        assert page not in stored
        assert image.n_frames == 2  # type: ignore[attr-defined]


def png_of(width: int, height: int) -> bytes:
    """A head that promises this size, and a few bytes of it."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 100_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(50_000, 50_000), (50_000_001, 1), (7072, 7072)])
def test_a_bomb_is_refused_before_anything_is_decoded(size: tuple[int, int], tmp_path: Path) -> None:
    for look in (lambda: remake(io.BytesIO(png_of(*size)), tmp_path), lambda: avatar(io.BytesIO(png_of(*size)))):
        with pytest.raises(ChatError, match="50 million"):
            look()


def test_a_film_of_too_many_frames_is_refused(tmp_path: Path) -> None:
    frame = film("GIF", 1, (5000, 5000))
    begin = frame.index(b"!\xf9") if b"!\xf9" in frame else frame.index(b",")
    with pytest.raises(ChatError, match="50 million"):
        remake(io.BytesIO(frame[:-1] + frame[begin:-1] * 25 + b";"), tmp_path)


MEASURED = """
import re, sys, threading
from pathlib import Path
from tms_chat.files.pictures import remake

def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024

def work():
    with open(sys.argv[1], "rb") as file:
        remake(file, Path(sys.argv[2]))

before, threads = peak(), [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(peak() - before)
"""


def test_the_largest_pictures_do_not_fill_the_memory(tmp_path: Path) -> None:
    """Two at once, of a few kilobytes each, as two people may send them."""
    large = tmp_path / "large.png"
    Image.new("RGBA", (7000, 7000)).save(large, compress_level=1)
    found = subprocess.run(
        [sys.executable, "-c", MEASURED, str(large), str(tmp_path)], capture_output=True, check=True, timeout=120
    )
    assert 150 < int(found.stdout) < 550  # MB; the picture itself has 196


def test_broken_exif_spoils_no_picture(tmp_path: Path) -> None:
    for kind in ("JPEG", "PNG", "WEBP"):
        before = picture(kind, exif=b"Exif\0\0" + SECRET)
        assert SECRET in before
        assert SECRET not in made(before, tmp_path)[2]


def test_exif_that_cannot_be_written_again_spoils_no_picture(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x0100] = 6, 60  # lying on its side, and a width
    whole = picture("JPEG", (60, 40), exif=exif)
    width_is_text = whole.replace(b"\x01\x00\x00\x04", b"\x01\x00\x00\x02")
    assert width_is_text != whole
    assert made(width_is_text, tmp_path)[1].format == "JPEG"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_broken_picture_is_none(kind: str, tmp_path: Path) -> None:
    whole = film(kind, 3, (200, 200)) if kind in ("GIF", "WEBP") else picture(kind, (200, 200))
    for length in (0, 10, 30, len(whole) // 2):
        assert remake(io.BytesIO(whole[:length]), tmp_path) is None


def test_only_the_four_formats_are_ever_opened(tmp_path: Path) -> None:
    for kind in ("BMP", "TIFF", "PPM", "ICO"):
        assert remake(io.BytesIO(picture(kind)), tmp_path) is None


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_the_picture_of_a_group_is_small_and_still(kind: str) -> None:
    content = film(kind, 3, (1200, 900)) if kind in ("GIF", "WEBP") else photo(kind, (900, 1200))
    found = avatar(io.BytesIO(content))
    image = Image.open(io.BytesIO(found.content))
    assert (image.format, image.size) == ("WEBP", (512, 384))
    assert getattr(image, "n_frames", 1) == 1
    assert SECRET not in found.content
    with pytest.raises(ChatError, match="file_type_refused"):
        avatar(io.BytesIO(content[:30]))
