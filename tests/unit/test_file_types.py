"""What a file is, by its content alone; programs are refused under any name."""

from __future__ import annotations

import io

import pytest

from tests.support.media import SPEECH, WEBM_FILM, archive, film, picture, sound
from tms_chat.core.errors import ChatError
from tms_chat.files.types import recognise

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ODT = "application/vnd.oasis.opendocument.text"
TAKEN: dict[str, tuple[bytes, str]] = {
    "JPEG": (picture("JPEG"), "image/jpeg"),
    "PNG": (picture("PNG"), "image/png"),
    "GIF": (film("GIF"), "image/gif"),
    "WebP": (picture("WEBP"), "image/webp"),
    "BMP": (picture("BMP"), "image/bmp"),
    "TIFF": (picture("TIFF"), "image/tiff"),
    "HEIC": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "image/heic"),
    "WAV": (sound(), "audio/wav"),
    "MP3 with a tag": (b"ID3\4\0\0\0\0\0\0" + b"\0" * 99, "audio/mpeg"),
    "MP3 without one": (b"\xff\xfb\x90\x64" + b"\0" * 400, "audio/mpeg"),
    "M4A": (b"\0\0\0\x18ftypM4A \0\0\2\0isomiso2", "audio/mp4"),
    "Opus": (b"OggS\0\2" + b"\0" * 20 + b"\1\x13OpusHead", "audio/ogg"),
    "WebM of speech": (SPEECH, "audio/webm"),
    "WebM with pictures": (WEBM_FILM, "video/webm"),
    "MP4": (b"\0\0\0\x18ftypisom\0\0\2\0isomiso2" + b"hdlr\0\0\0\0\0\0\0\0vide", "video/mp4"),
    "MP4 of speech": (b"\0\0\0\x18ftypiso5\0\0\2\0isomiso2" + b"hdlr\0\0\0\0\0\0\0\0soun", "audio/mp4"),
    "QuickTime": (b"\0\0\0\x14ftypqt  \0\0\2\0qt  ", "video/quicktime"),
    "PDF": (b"%PDF-1.7\n1 0 obj\n\xe2\xe3\xcf\xd3", "application/pdf"),
    "PDF in plain letters": (b"%PDF-1.7\n1 0 obj\n", "application/pdf"),
    "ZIP": (archive("a.txt", "b/c.exe"), "application/zip"),
    "empty ZIP": (archive(), "application/zip"),
    "Word": (archive("[Content_Types].xml", "word/document.xml"), WORD),
    "OpenDocument": (archive(f"mimetype={ODT}", "content.xml"), ODT),
    "EPUB": (archive("mimetype=application/epub+zip", "a.opf"), "application/epub+zip"),
    "7z": (b"7z\xbc\xaf\x27\x1c\0\4" + b"\0" * 60, "application/x-7z-compressed"),
    "RAR": (b"Rar!\x1a\7\0" + b"\0" * 60, "application/vnd.rar"),
    "gzip": (b"\x1f\x8b\x08\0" + b"\0" * 60, "application/gzip"),
    "text": (b"hello\r\nworld\t!", "text/plain"),
    "text with a mark": (b"\xef\xbb\xbfhello", "text/plain"),
    "text in UTF-16": ("hello".encode("utf-16"), "text/plain"),
    "text cut in the middle of a letter": (("x" + "字" * 4000).encode(), "text/plain"),
    "a page": (b"  <!DOCTYPE html><script>alert(1)</script>", "text/html"),
    "a drawing": (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "image/svg+xml"),
    "a drawing with a head": (b"<?xml version='1.0'?>\n<svg/>", "image/svg+xml"),
    "XML": (b"<?xml version='1.0'?><a/>", "application/xml"),
}
PROGRAMS: dict[str, bytes] = {
    "Windows": b"MZ\x90\0" + b"\0" * 100,
    "Linux": b"\x7fELF\2\1\1" + b"\0" * 100,
    "macOS": b"\xcf\xfa\xed\xfe" + b"\0" * 100,
    "macOS for two machines": b"\xca\xfe\xba\xbe\0\0\0\2",
    "a script": b"#!/bin/sh\nrm -rf /\n",
    "a Java archive": archive("META-INF/MANIFEST.MF", "A.class"),
    "a Java archive that hides it": archive("a.txt", "META-INF/MANIFEST.MF"),
    "an Android app": archive("AndroidManifest.xml", "classes.dex"),
    "Android code": b"dex\n035\0" + b"\0" * 60,
    "a shortcut": b"L\0\0\0\1\x14\2\0" + b"\0" * 60,
    "a Debian package": b"!<arch>\ndebian-binary",
    "WebAssembly": b"\0asm\1\0\0\0",
}


@pytest.mark.parametrize("what", TAKEN)
def test_a_file_is_what_is_in_it(what: str) -> None:
    content, mime = TAKEN[what]
    for name in ("file", "lie.jpg", "lie.pdf"):
        assert recognise(io.BytesIO(content), name, "text/html").mime == mime


def test_the_ending_tells_texts_apart() -> None:
    for name, mime in (("a.csv", "text/csv"), ("a.json", "application/json"), ("a.md", "text/markdown"),
                       ("a.html", "text/html"), ("a.svg", "image/svg+xml"), ("a.py", "text/plain")):  # fmt: skip
        assert recognise(io.BytesIO(b"[1, 2]"), name).mime == mime
    assert recognise(io.BytesIO("Grüße".encode("latin-1")), "old.txt").mime == "text/plain"


@pytest.mark.parametrize("what", PROGRAMS)
def test_programs_are_refused_under_any_name(what: str) -> None:
    for name in ("file", "holiday.jpg", "notes.txt"):
        with pytest.raises(ChatError, match="file_type_refused"):
            recognise(io.BytesIO(PROGRAMS[what]), name)


@pytest.mark.parametrize("ending", [".exe", ".BAT", ".cmd", ".com", ".msi", ".jar", ".apk", ".lnk", ".hta", ".ps1"])
def test_what_starts_by_its_name_is_refused_with_any_content(ending: str) -> None:
    with pytest.raises(ChatError, match="file_type_refused"):
        recognise(io.BytesIO(b"harmless"), f"holiday.jpg{ending}")


@pytest.mark.parametrize("content", [b"\0" * 1000, b"\x93\0\1kjh\xff\xfe" * 40, b"\1\2"], ids=["0", "1", "2"])
def test_what_nobody_knows_is_refused(content: bytes) -> None:
    with pytest.raises(ChatError, match="file_type_refused"):
        recognise(io.BytesIO(b"\x02" + content), "file.bin")


def test_an_archive_that_is_broken_or_has_an_endless_list_is_an_archive() -> None:
    whole = archive(*(f"file {number}" for number in range(100)))
    for broken in (whole[:200], b"PK\x03\x04" + b"\xff" * 500, whole[:-22] + b"PK\x05\x06" + b"\xff" * 18):
        assert recognise(io.BytesIO(broken), "a.zip").mime == "application/zip"
