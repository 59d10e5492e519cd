"""Many sends at once, by several people over REST, and what the server answered to each of them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

from tests.socket.http import async_http
from tests.support.people import Person
from tests.support.server import TmsServer


@dataclass(frozen=True)
class Send:
    """A message that somebody wants to send; its `client_id` makes it the same one however often it is tried."""

    person: Person
    body: dict[str, Any]

    @property
    def client_id(self) -> str:
        """Its name."""
        name: str = self.body["client_id"]
        return name


class Volley:
    """`count` sends, shared among the people; each of them sends one after the other, all of them at the same time."""

    def __init__(self, server: TmsServer, people: Sequence[Person], conversation_id: str, count: int) -> None:
        self._server = server
        self._people = people
        self._news = asyncio.Condition()
        self.sends = [
            Send(
                people[number % len(people)],
                {"conversation_id": conversation_id, "content": f"message {number}", "client_id": str(uuid4())},
            )
            for number in range(count)
        ]
        self.answered: dict[str, dict[str, Any]] = {}

    async def fire(self) -> None:
        """Try every send once. What gets no answer, because the server went away, is not in `answered`."""
        await asyncio.gather(*(self._fire_those_of(person) for person in self._people))

    async def reaches(self, count: int) -> None:
        """Returns once so many were acknowledged."""
        async with self._news, asyncio.timeout(60):
            await self._news.wait_for(lambda: len(self.answered) >= count)

    def unanswered(self) -> list[Send]:
        """Those that a client would have to try again."""
        return [send for send in self.sends if send.client_id not in self.answered]

    async def try_again(self, sends: Sequence[Send]) -> dict[str, tuple[int, dict[str, Any]]]:
        """The status and the message for each, by its `client_id`."""
        answers = {}
        async with async_http(self._server) as http:
            for send in sends:
                answer = await _post(http, send)
                answers[send.client_id] = (answer.status_code, answer.json())
        return answers

    async def _fire_those_of(self, person: Person) -> None:
        mine = deque(send for send in self.sends if send.person is person)
        async with async_http(self._server) as http:
            while mine:
                send = mine.popleft()
                try:
                    answer = await _post(http, send)
                except httpx.TransportError:
                    continue
                # A server that is stopping may say so; it is no acknowledgement.
                assert answer.status_code in (201, 503), answer.text
                if answer.status_code == 201:
                    async with self._news:
                        self.answered[send.client_id] = answer.json()
                        self._news.notify_all()


async def _post(http: httpx.AsyncClient, send: Send) -> httpx.Response:
    headers = {"Authorization": f"Bearer {send.person.token}"}
    return await http.post("/api/v1/messages/", json=send.body, headers=headers)
