"""Names of files: what people see and save under; never a path, and none that shows another ending than it has."""

import unicodedata
from pathlib import PurePosixPath
from urllib.parse import quote

from tms_chat.core.folding import stream_safe

MAX_NAME = 255  # bytes of UTF-8, as file systems count
MAX_ENDING = 16
NAMELESS = "file"


def clean_name(given: str) -> str:
    """The name without folders, control characters, and those that turn the writing (U+202E)."""
    name = unicodedata.normalize("NFC", stream_safe(given.replace("\\", "/").rpartition("/")[2]))
    visible = "".join(c for c in name if c.isspace() or unicodedata.category(c)[0] != "C")
    name = " ".join(visible.split()).rstrip(". ") or NAMELESS
    if len(name.encode()) <= MAX_NAME:
        return name
    ending = PurePosixPath(name).suffix
    ending = ending if len(ending.encode()) <= MAX_ENDING else ""
    stem = name.removesuffix(ending).encode()[: MAX_NAME - len(ending.encode())]
    return stem.decode("utf-8", "ignore") + ending


def disposition(kind: str, name: str) -> str:
    """`inline` or `attachment` with the name in both forms (RFC 6266 §4.3, RFC 8187 §3.2)."""
    plain = "".join(c if " " <= c <= "~" and c not in '"\\%' else "_" for c in name)
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='!#$&+-.^_`|~')}"
