"""Sends that go on while servers restart, as a client makes them: at a steady pace, tried again until taken."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from itertools import count
from typing import Any
from uuid import uuid4

import httpx

from tests.socket.http import NO_TLS
from tests.support.people import Person

PER_SECOND = 50


class Stream:
    """`async with Stream(base_url, people, conversation_id) as stream:` sends from beginning to end."""

    def __init__(self, base_url: str, people: Sequence[Person], conversation_id: str) -> None:
        self._base_url = base_url
        self._people = people
        self._conversation_id = conversation_id
        self.answers: Counter[str] = Counter()  # by status; what ended without one is "none"
        self.unusual: list[httpx.Response] = []
        self.taken: dict[str, dict[str, Any]] = {}
        self._sends: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Stream:
        self._http = httpx.AsyncClient(base_url=self._base_url, timeout=30, verify=NO_TLS)
        self._pace = asyncio.create_task(self._keep_sending())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._pace.cancel()
        with suppress(asyncio.CancelledError):
            await self._pace
        async with asyncio.timeout(60):
            await asyncio.gather(*self._sends)
        await self._http.aclose()

    def check(self) -> None:
        """Whoever was refused was told when to come back, and nothing else went wrong."""
        assert self.answers.keys() <= {"200", "201", "503", "none"}, self.answers
        assert all(answer.status_code != 503 or "retry-after" in answer.headers for answer in self.unusual)

    async def _keep_sending(self) -> None:
        for number in count():
            person = self._people[number % len(self._people)]
            self._sends.add(asyncio.create_task(self._send(person, f"message {number}")))
            await asyncio.sleep(1 / PER_SECOND)

    async def _send(self, person: Person, content: str) -> None:
        body = {"conversation_id": self._conversation_id, "content": content, "client_id": str(uuid4())}
        headers = {"Authorization": f"Bearer {person.token}"}
        while True:
            try:
                answer = await self._http.post("/api/v1/messages/", json=body, headers=headers)
            except httpx.TransportError:
                self.answers["none"] += 1
            else:
                self.answers[str(answer.status_code)] += 1
                if answer.status_code in (200, 201):
                    self.taken[body["client_id"]] = answer.json()
                    return
                self.unusual.append(answer)
                if answer.status_code != 503:
                    return
            await asyncio.sleep(0.1)
