"""Forms with a file in them, read by their routes piece by piece: who sends it is known before it is taken in."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from fastapi import Request
from starlette.requests import ClientDisconnect

from tms_chat.core.errors import ChatError
from tms_chat.files.multipart import FORM_BYTES, Form, MayBegin, read_form
from tms_chat.http.deps import Services

#: The framework's own bound does not hold for these forms: they are counted while they are read.
COUNTED_HERE = 2**62
STALL_SECONDS = 60.0
FILE_FIELD = {"file": {"type": "string", "format": "binary", "title": "File"}}


def form_body(fields: Mapping[str, Any], required: list[str]) -> dict[str, Any]:
    """For OpenAPI, which cannot see what a route reads by itself."""
    schema = {"type": "object", "properties": dict(fields), "required": required}
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}


@asynccontextmanager
async def received_form(
    request: Request, services: Services, max_bytes: int, may_begin: MayBegin | None = None
) -> AsyncIterator[Form]:
    """The form of this request, its file on the disk meanwhile. What says itself that it is too large is not read."""
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length[:20]) > max_bytes + FORM_BYTES:
        raise ChatError("file_too_large", f"The file is larger than {max_bytes / 1_000_000:g} MB.")
    await services.files.check_room()
    kind = request.headers.get("content-type", "")
    form = await read_form(_body(request), kind, services.files.folder, max_bytes, may_begin)
    try:
        yield form
    finally:
        if form.received is not None:
            form.received.close()


async def _body(request: Request) -> AsyncIterator[bytes]:
    chunks = aiter(request.stream())
    try:
        while True:
            async with asyncio.timeout(STALL_SECONDS):
                chunk = await anext(chunks, None)
            if chunk is None:
                return
            yield chunk
    except (ClientDisconnect, TimeoutError):
        raise ChatError("invalid", "The upload stopped before its end.") from None
