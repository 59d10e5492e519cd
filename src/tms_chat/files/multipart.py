"""Reading `multipart/form-data` (RFC 7578) as it arrives: a few small fields, and one file that goes to the disk.

The framework would read all of it before anybody is asked whether the sender may. Here the fields before the file are
handed out first, so that a stranger's hundred megabytes are never taken in.
"""

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from tms_chat.core.errors import ChatError
from tms_chat.files.names import clean_name
from tms_chat.files.storage import translated

MAX_FIELDS = 16
MAX_FIELD_BYTES = 4 * 1024
MAX_PART_HEADER_BYTES = 4 * 1024
MAX_BOUNDARY = 70  # RFC 2046 §5.1.1
WRITE_BYTES = 1024 * 1024
#: What a form is longer than the file in it, at most.
FORM_BYTES = 128 * 1024

MayBegin = Callable[[Mapping[str, str]], Awaitable[None]]


@dataclass(slots=True)
class Received:
    """A file that has arrived: on the disk without a name, so that nothing of it is left however this ends."""

    file: IO[bytes]
    name: str
    declared_type: str
    size: int = 0
    sha256: str = ""

    def close(self) -> None:
        """Give the disk space back."""
        self.file.close()


@dataclass(slots=True)
class Form:
    """The fields, and the file when there was one."""

    fields: dict[str, str] = field(default_factory=dict)
    received: Received | None = None


async def read_form(
    chunks: AsyncIterator[bytes], content_type: str, folder: Path, max_bytes: int, may_begin: MayBegin | None = None
) -> Form:
    """The form, with a file of at most `max_bytes` spooled into `folder`; the caller closes it.

    `may_begin` is asked with the fields so far before the first byte of the file is kept; what it raises ends it all.
    Raises ChatError `invalid`, `file_too_large`, `storage_full`.
    """
    reader = _Reader(_boundary(content_type), folder, max_bytes, may_begin)
    try:
        async for chunk in chunks:
            await reader.feed(chunk)
        return await reader.finish()
    except BaseException:
        reader.close()
        raise


def _boundary(content_type: str) -> bytes:
    kind, options = parse_options_header(content_type)
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not 0 < len(boundary) <= MAX_BOUNDARY:
        raise ChatError("invalid", "The body must be multipart/form-data with a boundary.")
    return boundary


class _Reader:
    """The parser calls back for each piece; what takes time (the disk, the database) happens between two pieces."""

    def __init__(self, boundary: bytes, folder: Path, max_bytes: int, may_begin: MayBegin | None) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._may_begin = may_begin
        self._form = Form()
        self._pending: list[tuple[str, bytes]] = []  # what the parser saw in the chunk at hand
        self._total = 0
        self._headers: dict[bytes, bytes] = {}
        self._header_name, self._header_value, self._header_bytes = b"", b"", 0
        self._field: str | None = None  # the field whose value is arriving
        self._value = bytearray()
        self._buffer = bytearray()
        self._in_file = False
        self._hash = hashlib.sha256()
        self._is_complete = False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": lambda: self._pending.append(("begin", b"")),
                "on_header_field": self._collect("name"),
                "on_header_value": self._collect("value"),
                "on_header_end": lambda: self._pending.append(("header", b"")),
                "on_headers_finished": lambda: self._pending.append(("content", b"")),
                "on_part_data": self._collect("data"),
                "on_part_end": lambda: self._pending.append(("end", b"")),
                "on_end": lambda: self._pending.append(("complete", b"")),
            },
        )

    def _collect(self, what: str) -> Callable[[bytes, int, int], None]:
        return lambda data, start, end: self._pending.append((what, data[start:end]))

    async def feed(self, chunk: bytes) -> None:
        """A piece of the body."""
        self._total += len(chunk)
        if self._total > self._max_bytes + FORM_BYTES:
            raise _too_large(self._max_bytes)
        try:
            self._parser.write(chunk)
        except FormParserError:
            raise ChatError("invalid", "The body is not well-formed multipart/form-data.") from None
        pending, self._pending = self._pending, []
        for what, data in pending:
            await self._handle(what, data)

    async def finish(self) -> Form:
        """The body has ended."""
        if not self._is_complete:
            raise ChatError("invalid", "The body ends in the middle of a part.")
        return self._form

    def close(self) -> None:
        """Nothing of it is wanted."""
        if self._form.received is not None:
            self._form.received.close()

    async def _handle(self, what: str, data: bytes) -> None:
        if what == "begin":
            self._headers, self._header_bytes = {}, 0
        elif what in ("name", "value"):
            self._header_bytes += len(data)
            if self._header_bytes > MAX_PART_HEADER_BYTES:
                raise ChatError("invalid", "A part of the form has too large a header.")
            if what == "name":
                self._header_name += data
            else:
                self._header_value += data
        elif what == "header":
            self._headers[self._header_name.lower()] = self._header_value
            self._header_name, self._header_value = b"", b""
        elif what == "content":
            await self._begin_part()
        elif what == "data":
            await self._take(data)
        elif what == "end":
            await self._end_part()
        else:
            self._is_complete = True

    async def _begin_part(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        name = options.get(b"name", b"").decode("utf-8", "replace")
        if b"filename" not in options:
            if len(self._form.fields) >= MAX_FIELDS:
                raise ChatError("invalid", f"A form of this kind has at most {MAX_FIELDS} fields.")
            self._field, self._value = name, bytearray()
            return
        if name != "file" or self._form.received is not None:
            raise ChatError("invalid", "file: exactly one file is sent, in the field named file.")
        if self._may_begin is not None:
            await self._may_begin(self._form.fields)
        declared = self._headers.get(b"content-type", b"").decode("ascii", "replace").partition(";")[0].strip().lower()
        with translated(writes=True):
            spool = await asyncio.to_thread(_spool, self._folder)
        self._form.received = Received(spool, clean_name(options[b"filename"].decode("utf-8", "replace")), declared)
        self._in_file = True

    async def _take(self, data: bytes) -> None:
        if not self._in_file:
            self._value += data
            if len(self._value) > MAX_FIELD_BYTES:
                raise ChatError("invalid", f"A field of the form is longer than {MAX_FIELD_BYTES} bytes.")
            return
        received = self._form.received
        assert received is not None
        received.size += len(data)
        if received.size > self._max_bytes:
            raise _too_large(self._max_bytes)
        self._buffer += data
        if len(self._buffer) >= WRITE_BYTES:
            await self._flush(received)

    async def _end_part(self) -> None:
        if self._in_file:
            received = self._form.received
            assert received is not None
            await self._flush(received)
            received.sha256 = self._hash.hexdigest()
            self._in_file = False
        elif self._field is not None:
            try:
                value = self._value.decode()
            except UnicodeDecodeError:
                raise ChatError("invalid", "A field of the form is not UTF-8 text.") from None
            self._form.fields.setdefault(self._field, value)
            self._field = None

    async def _flush(self, received: Received) -> None:
        content, self._buffer = self._buffer, bytearray()

        def write() -> None:
            received.file.write(content)
            self._hash.update(content)

        with translated(writes=True):
            await asyncio.to_thread(write)


def _spool(folder: Path) -> IO[bytes]:
    return tempfile.TemporaryFile(dir=folder)


def _too_large(max_bytes: int) -> ChatError:
    return ChatError("file_too_large", f"The file is larger than the {max_bytes // 1_000_000} MB this server takes.")
