"""Names, addresses and ranges of files: pure text in, pure text out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tms_chat.core.addresses import absolute, own_address, shown_metadata, stored
from tms_chat.core.errors import ChatError
from tms_chat.files.delivery import file_of
from tms_chat.files.names import MAX_NAME, clean_name, disposition
from tms_chat.files.ranges import wanted

NAMES = {
    "report.pdf": "report.pdf",
    "../../etc/passwd": "passwd",
    "C:\\Users\\ana\\photo.jpg": "photo.jpg",
    "/": "file",
    "..": "file",
    "": "file",
    " . ": "file",
    ".gitignore": ".gitignore",
    "a\x00b\r\nc\t.txt": "ab c .txt",
    "invoice\u202egpj.exe": "invoicegpj.exe",
    "\u2066hidden\u2069\u200b.txt": "hidden.txt",
    "half \ud800 pair.txt": "half pair.txt",
    "Gru\u0308ße 字.txt": "Grüße 字.txt",
    "trailing.txt. . ": "trailing.txt",
    'quotes"and\\slashes.txt': "slashes.txt",
}


@pytest.mark.parametrize("given", NAMES)
def test_a_name_is_never_a_path_and_never_turns_the_writing(given: str) -> None:
    assert clean_name(given) == NAMES[given]


def test_a_long_name_keeps_its_ending() -> None:
    for name in ("x" * 300 + ".pdf", "字" * 200 + ".pdf", "x" * 254 + "字.pdf"):
        cleaned = clean_name(name)
        assert cleaned.endswith(".pdf")
        assert len(cleaned.encode()) <= MAX_NAME
    assert clean_name("x." + "y" * 300) == ("x." + "y" * 300)[:MAX_NAME]


def test_the_header_names_a_file_in_both_forms() -> None:
    assert disposition("inline", "a.png") == "inline; filename=\"a.png\"; filename*=UTF-8''a.png"
    header = disposition("attachment", 'Grüße "1"; 50%\u2028字.txt')
    assert header.isascii()
    assert header == (
        'attachment; filename="Gr__e _1_; 50___.txt"; '
        "filename*=UTF-8''Gr%C3%BC%C3%9Fe%20%221%22%3B%2050%25%E2%80%A8%E5%AD%97.txt"
    )


RANGES: dict[str | None, tuple[int, int] | str | None] = {
    None: None, "": None, "bytes=0-0": (0, 1), "bytes=0-": (0, 1000), "bytes=10-19": (10, 20),
    "bytes=990-5000": (990, 1000), "bytes=-1": (999, 1000), "bytes=-5000": (0, 1000), "Bytes = 1 - 2": (1, 3),
    "bytes=1000-": "refused", "bytes=1000-1001": "refused", "bytes=-0": "refused",
    "bytes=5-3": None, "bytes=0-1,5-6": None, "bytes=-": None, "bytes=a-b": None, "items=0-1": None, "bytes": None,
    "bytes=" + "9" * 30 + "-": None,
}  # fmt: skip


@pytest.mark.parametrize("header", RANGES)
def test_which_bytes_a_range_asks_for(header: str | None) -> None:
    expected = RANGES[header]
    if expected == "refused":
        with pytest.raises(ChatError, match="range_not_satisfiable"):
            wanted(header, 1000)
    else:
        assert wanted(header, 1000) == expected


ID = "01a21603-6d10-7d74-a3bd-1ce977e17704"


HERE = "http://127.0.0.1:8443"


@pytest.fixture(autouse=True)
def asked_at() -> Iterator[None]:
    """The request came in under this name."""
    token = own_address.set(HERE)
    yield
    own_address.reset(token)


@pytest.mark.parametrize(
    "start", ["", "https://chat.example.com", "http://127.0.0.1:8443", "http://localhost:8443", "HTTP://127.0.0.1:8443"]
)
def test_our_own_addresses_name_a_file(start: str) -> None:
    for query, thumbnail in (("", False), ("?thumbnail=1", True), ("?ticket=a.b.c", False)):
        assert file_of(f"{start}/api/v1/files/{ID}{query}", "https://chat.example.com") == (ID, thumbnail)


@pytest.mark.parametrize(
    "start",
    ["https://evil.example", "http://chat.example.com", "https://chat.example.com:8443", "http://127.0.0.1:1",
     "https://chat.example.com@evil.example", "https://x@chat.example.com", "https://chat.example.com.evil.example",
     "http://[", "http://127.0.0.1:99999", "http://"],
)  # fmt: skip
def test_the_address_of_another_server_names_no_file(start: str) -> None:
    with pytest.raises(ChatError, match="file_not_found"):
        file_of(f"{start}/api/v1/files/{ID}", "https://chat.example.com")


FOREIGN = [
    "", "/", "https://evil.example/", "http://169.254.169.254/latest/meta-data/", "http://127.0.0.1:6379/",
    f"file:///api/v1/files/{ID}", f"gopher://x/api/v1/files/{ID}", f"ftp://x/api/v1/files/{ID}",
    f"{HERE}/api/v1/files/{ID}/../../users/me", f"{HERE}/api/v1/files/{ID}/", f"{HERE}/api/v1/files/",
    f"{HERE}/other/api/v1/files/{ID}", "/api/v1/files/../users/me", "/api/v1/files/..%2fusers", f"//x/{ID}",
    f"{HERE}/api/v1/files/{ID}#/x", "/api/v1/files/ü", "/api/v1/files/proxy",
]  # fmt: skip


@pytest.mark.parametrize("address", FOREIGN)
def test_nothing_else_is_an_address_of_ours(address: str) -> None:
    with pytest.raises(ChatError, match="file_not_found"):
        file_of(address)


def test_paths_are_stored_and_addresses_shown() -> None:
    token = own_address.set("https://chat.example.com")
    try:
        path = f"/api/v1/files/{ID}"
        assert absolute(path) == f"https://chat.example.com{path}"
        assert stored(absolute(path)) == path
        for other in ("https://cdn.example/a.png", "/elsewhere", ""):
            assert absolute(other) == stored(other) == other
        ours = {"fileId": ID, "fileUrl": path, "thumbnailUrl": f"{path}?thumbnail=1", "fileName": path}
        assert shown_metadata(ours) == ours | {
            "fileUrl": f"https://chat.example.com{path}",
            "thumbnailUrl": f"https://chat.example.com{path}?thumbnail=1",
        }
        for foreign in ({"fileUrl": path}, {"fileId": 1, "fileUrl": 5}, {"fileId": ID, "fileUrl": "https://x/a"}, {}):
            assert shown_metadata(foreign) == foreign
    finally:
        own_address.reset(token)
