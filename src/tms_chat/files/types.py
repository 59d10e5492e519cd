"""What a file is, by its content: never by what the client said, and by its name only to refuse.

An allow-list. Programs are refused, also under another name; what a browser could run as a page (HTML, SVG, XML) is
taken and only ever downloaded. Signatures are puremagic's; containers that hold several kinds are looked into here.
"""

import zipfile
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO

import puremagic

from tms_chat.core.errors import ChatError

HEAD_BYTES = 256 * 1024
TEXT_BYTES = 8192  # what tells whether it is text
MAX_ZIP_DIRECTORY = 4 * 1024 * 1024
UNKNOWN = "application/octet-stream"

#: What starts when somebody opens it, on one of the usual systems.
PROGRAM_ENDINGS = frozenset({
    ".apk", ".app", ".appimage", ".appx", ".bat", ".cmd", ".com", ".cpl", ".deb", ".dll", ".dmg", ".exe", ".gadget",
    ".hta", ".inf", ".ipa", ".iso", ".jar", ".jnlp", ".jse", ".lnk", ".msc", ".msi", ".msix", ".msp", ".pif",
    ".pkg", ".ps1", ".psm1", ".reg", ".rpm", ".scf", ".scr", ".sh", ".sys", ".url", ".vb", ".vbe", ".vbs", ".wsf",
    ".wsh", ".xpi",
})  # fmt: skip
PROGRAMS = (
    b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe", b"dex\n", b"!<arch>\n", b"\xed\xab\xee\xdb", b"L\x00\x00\x00\x01\x14\x02\x00", b"\x00asm",
    b"xar!", b"BZh91AY&SYdmg",
)  # fmt: skip
#: What is made anew and shown in its place (see `files.pictures`).
PICTURES = ("image/jpeg", "image/png", "image/gif", "image/webp")
#: Kinds that puremagic tells apart by their first bytes, and what we call them.
SIGNED = {
    ".pdf": "application/pdf", ".rtf": "application/rtf", ".7z": "application/x-7z-compressed",
    ".rar": "application/vnd.rar", ".gz": "application/gzip", ".bz2": "application/x-bzip2", ".xz": "application/x-xz",
    ".doc": "application/x-ole-storage", ".flac": "audio/flac", ".aac": "audio/aac", ".mp3": "audio/mpeg",
    ".mpga": "audio/mpeg", ".wav": "audio/wav", ".avi": "video/x-msvideo", ".bmp": "image/bmp", ".tiff": "image/tiff",
    ".tif": "image/tiff", ".psd": "image/vnd.adobe.photoshop", ".mid": "audio/midi", ".amr": "audio/amr",
    ".ttf": "font/ttf", ".otf": "font/otf", ".woff": "font/woff", ".woff2": "font/woff2",
}  # fmt: skip
OFFICE = {
    "word/": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ppt/": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
TEXTS = {
    ".csv": "text/csv", ".json": "application/json", ".md": "text/markdown", ".html": "text/html", ".htm": "text/html",
    ".svg": "image/svg+xml", ".xml": "application/xml", ".ics": "text/calendar", ".vcf": "text/vcard",
}  # fmt: skip
MARKUP = (
    (b"<!doctype html", "text/html"),
    (b"<html", "text/html"),
    (b"<svg", "image/svg+xml"),
    (b"<?xml", "application/xml"),
)
OPEN_DOCUMENT = (b"text", b"spreadsheet", b"presentation", b"graphics")


@dataclass(frozen=True, slots=True)
class Kind:
    """The type by content, and whether it is one a browser shows or plays without harm."""

    mime: str

    @property
    def is_audio(self) -> bool:
        """Sound alone."""
        return self.mime.startswith("audio/")

    @property
    def is_video(self) -> bool:
        """Moving pictures."""
        return self.mime.startswith("video/")


def recognise(file: IO[bytes], name: str, declared: str = "") -> Kind:
    """What this file is. Raises ChatError `file_type_refused`.

    `declared` only decides between sound and film where one container holds both and does not say which.
    """
    ending = PurePosixPath(name).suffix.lower()
    file.seek(0)
    head = file.read(HEAD_BYTES)
    if ending in PROGRAM_ENDINGS or head.startswith(PROGRAMS):
        raise ChatError("file_type_refused", "Programs and scripts are not taken here: put them into an archive.")
    mime = _container(file, head, declared) or _text(head, ending) or _signed(head)
    if mime is None:
        raise ChatError("file_type_refused")
    return Kind(mime)


def _container(file: IO[bytes], head: bytes, declared: str) -> str | None:
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip(file)
    if head.startswith(b"\x1aE\xdf\xa3"):  # EBML: codecs of pictures begin with V_, of sound with A_
        sound = b"A_OPUS" in head or b"A_VORBIS" in head or b"A_PCM" in head
        return "audio/webm" if sound and b"V_" not in head else "video/webm"
    if head.startswith(b"OggS"):
        return "video/ogg" if b"theora" in head[:4096] else "audio/ogg"
    if head[4:8] == b"ftyp":
        return _iso_media(file, head, declared)
    if head.startswith(b"RIFF"):
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}.get(head[8:12])
    for beginning, mime in ((b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png")):
        if head.startswith(beginning):
            return mime
    return "image/gif" if head.startswith((b"GIF87a", b"GIF89a")) else None


def _iso_media(file: IO[bytes], head: bytes, declared: str) -> str:
    """ISO base media (ISO/IEC 14496-12): the brand, then which handlers its tracks have."""
    brand = head[8:12]
    if brand in (b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1"):
        return "image/heic"
    if brand in (b"avif", b"avis"):
        return "image/avif"
    if brand == b"qt  ":
        return "video/quicktime"
    if brand in (b"M4A ", b"M4B "):
        return "audio/mp4"
    size = file.seek(0, 2)
    file.seek(max(0, size - HEAD_BYTES))
    both = head + file.read(HEAD_BYTES)
    if b"vide" in both:
        return "video/mp4"
    return "audio/mp4" if b"soun" in both or declared.startswith("audio/") else "video/mp4"


def _zip(file: IO[bytes]) -> str:
    """A ZIP archive by what is in it; a list of contents that is itself too large is not looked at."""
    try:
        names = _names_in(file)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RecursionError):
        names = []
    if "META-INF/MANIFEST.MF" in names or "AndroidManifest.xml" in names or "classes.dex" in names:
        raise ChatError("file_type_refused", "Programs and scripts are not taken here: put them into an archive.")
    if "[Content_Types].xml" in names:
        kinds = (mime for folder, mime in OFFICE.items() if any(name.startswith(folder) for name in names))
        return next(kinds, "application/zip")
    if (
        names and names[0] == "mimetype"
    ):  # OpenDocument and EPUB: stored first and unpacked, so that it can be read here
        file.seek(38)
        said = file.read(80).partition(b"PK")[0]
        kinds_of_oasis = tuple(b"application/vnd.oasis.opendocument." + kind for kind in OPEN_DOCUMENT)
        if said in (b"application/epub+zip", *kinds_of_oasis):
            return said.decode()
    return "application/zip"


def _names_in(file: IO[bytes]) -> list[str]:
    """The names in an archive's directory, when that is of a bearable size (APPNOTE.TXT §4.3.16)."""
    size = file.seek(0, 2)
    file.seek(max(0, size - 65_557))  # the longest end record
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or int.from_bytes(tail[at + 12 : at + 16], "little") > MAX_ZIP_DIRECTORY:
        return []
    file.seek(0)
    with zipfile.ZipFile(file) as archive:
        return archive.namelist()


def _text(head: bytes, ending: str) -> str | None:
    """Text in UTF-8 or UTF-16, without control characters; what looks like a page is called one, whatever its name."""
    sample = head[:TEXT_BYTES].removeprefix(b"\xef\xbb\xbf")
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")):
        return TEXTS.get(ending, "text/plain")
    if any(byte < 9 or 13 < byte < 27 or 27 < byte < 32 for byte in sample):
        return None
    try:
        sample.decode()
    except UnicodeDecodeError as error:
        if len(head) < TEXT_BYTES or error.start < len(sample) - 4:  # not just a character that is cut in two
            return "text/plain" if ending in (".txt", ".csv", ".log", ".srt") else None
    start = sample.lstrip()[:256].lower()
    for beginning, mime in MARKUP:
        if start.startswith(beginning):
            return "image/svg+xml" if mime == "application/xml" and b"<svg" in head[:4096] else mime
    if start.startswith((b"%pdf", b"{\\rtf")):
        return None
    return TEXTS.get(ending, "text/plain")


def _signed(head: bytes) -> str | None:
    try:
        found = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return None
    return next((SIGNED[match.extension.lower()] for match in found if match.extension.lower() in SIGNED), None)
