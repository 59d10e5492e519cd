"""Somebody who sends and opens files in the application in this process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from tests.rest.in_process import App
from tests.rest.shapes import MESSAGE, shaped
from tests.rest.signed_in import SignedIn


@dataclass(frozen=True)
class Sender(SignedIn):
    """`upload` sends, `opens` reads."""

    @classmethod
    async def new(cls, app: App, name: str) -> Sender:
        user = await app.person(name)
        return cls(app, user, app.bearer(user))

    async def upload(
        self, chat: str, content: bytes, name: str = "notes.txt", mime: str = "text/plain", **fields: Any
    ) -> httpx.Response:
        """The answer, whatever it is."""
        return await self.app.http.post(
            "/api/v1/messages/upload",
            headers=self.headers,
            files={"file": (name, content, mime)},
            data={"conversation_id": chat, **fields},
        )

    async def sends_file(self, chat: str, content: bytes, name: str = "notes.txt", **fields: Any) -> Any:
        """The message."""
        return shaped(await self.upload(chat, content, name, **fields), MESSAGE, 201)

    async def opens(self, address: str, **headers: str) -> httpx.Response:
        """The answer for an address from a message."""
        return await self.app.http.get(address, headers=self.headers | headers)
