"""Small real files for the tests of this folder, and the ways in which people hand files to a page."""

from __future__ import annotations

import base64
import io
import wave
from typing import Any

from PIL import Image
from playwright.sync_api import FilePayload, JSHandle, Page

from tests.support.people import Person, checked

TRANSFER = """([name, type, data]) => {
  const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name, {type}));
  return transfer;
}"""


def picture(width: int, height: int, colour: str = "teal") -> bytes:
    """A PNG of one colour."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(out, "PNG")
    return out.getvalue()


def silence(seconds: int) -> bytes:
    """A WAV in which nothing is to be heard."""
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(8_000)
        sound.writeframes(b"\x80" * 8_000 * seconds)
    return out.getvalue()


def chosen(name: str, mime: str, data: bytes) -> FilePayload:
    """A file as the picker of the system hands it over."""
    return {"name": name, "mimeType": mime, "buffer": data}


def transfer(page: Page, name: str, mime: str, data: bytes) -> JSHandle:
    """A file as the clipboard or a drag carries it."""
    return page.evaluate_handle(TRANSFER, [name, mime, base64.b64encode(data).decode()])


def upload(person: Person, conversation_id: str, name: str, data: bytes, **fields: str) -> dict[str, Any]:
    """The message of a file that somebody sends from elsewhere."""
    form = {"conversation_id": conversation_id, **fields}
    return checked(person.http.post("/messages/upload", data=form, files={"file": (name, data)}), 201)
