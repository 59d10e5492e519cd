"""REST as one test person: bounded, patient with 429 and 503, and honest about what got no answer."""

import asyncio
import itertools
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self

import httpx

from tms_chat.verify.wire import Json

TIMEOUT: Final = 20.0
PATIENCE: Final = 60.0
BUSY: Final = (429, 502, 503, 504)


class Failed(Exception):
    """The run cannot go on; the sentence is for the operator."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whom this run may use."""

    user_id: str
    name: str
    token: str


class Api:
    """The server at these addresses (nodes of one installation, asked in turn) as this person sees it."""

    def __init__(self, nodes: Sequence[str], person: Person, tls: ssl.SSLContext) -> None:
        self.person = person
        self._nodes = itertools.cycle(nodes)
        headers = {"Authorization": f"Bearer {person.token}"}
        # Whatever proxy the environment names is for other servers.
        self._http = httpx.AsyncClient(headers=headers, timeout=TIMEOUT, verify=tls, trust_env=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def once(self, method: str, path: str, body: Json | None = None) -> httpx.Response | None:
        """One try; None when there was no answer."""
        try:
            return await self._http.request(method, f"{next(self._nodes)}/api/v1{path}", json=body)
        except httpx.TransportError:
            return None

    async def ask(self, method: str, path: str, body: Json | None = None) -> httpx.Response:
        """An answer, after as many tries as it takes within a minute. For what may be done twice. Raises Failed."""
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    answer = await self.once(method, path, body)
                    if answer is not None and answer.status_code not in BUSY:
                        return answer
                    await asyncio.sleep(wait_after(answer))
        except TimeoutError:
            raise Failed(f"{method} {path} got no answer within {PATIENCE:.0f} s: is the server running?") from None

    async def get(self, path: str) -> httpx.Response:
        """What must be there. Raises Failed."""
        return checked(await self.ask("GET", path))

    async def messages(self, conversation_id: str) -> tuple[int, list[Json]] | None:
        """The whole history, and the number up to which it is true at least; None when it is closed to this person."""
        path = f"/messages/conversations/{conversation_id}/messages?limit=100"
        found: list[Json] = []
        seq, cursor = None, ""
        while True:
            answer = await self.ask("GET", path + cursor)
            if answer.status_code == 404:
                return None
            page = checked(answer).json()
            seq = int(answer.headers["X-Conversation-Seq"]) if seq is None else seq
            found += page["data"]
            if not page["pagination"]["has_more"]:
                return seq, found
            cursor = f"&cursor={page['pagination']['next_cursor']}"


def wait_after(answer: httpx.Response | None) -> float:
    """Seconds until the next try."""
    try:
        return min(5.0, float(answer.headers["Retry-After"])) if answer is not None else 0.2
    except (KeyError, ValueError):
        return 0.5


def checked(answer: httpx.Response) -> httpx.Response:
    """A good answer. Raises Failed with what the server says."""
    if answer.is_success:
        return answer
    try:
        said: Any = answer.json()["detail"]
    except (ValueError, KeyError, TypeError):
        said = answer.text[:200]
    raise Failed(f"{answer.request.method} {answer.request.url.path} was answered {answer.status_code}: {said}")
