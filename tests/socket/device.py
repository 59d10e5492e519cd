"""One device of a person: python-socketio's own client, which writes down everything it hears, in order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Self

import socketio

from tests.support.server import TmsServer

SECONDS = 10.0


class Refused(Exception):
    """The server's own words in the CONNECT_ERROR packet."""


@dataclass(frozen=True)
class Heard:
    """One event."""

    name: str
    body: dict[str, Any]


class Device:
    """A socket. `async with Device(server, token) as device:` connects, waits for `hello`, disconnects at the end."""

    def __init__(
        self,
        server: TmsServer,
        token: Any,
        *,
        transports: Iterable[str] = ("websocket",),
        namespace: str = "/",
        auth: dict[str, Any] | None = None,
    ) -> None:
        self.heard: list[Heard] = []
        self.is_open = False
        self._news = asyncio.Event()
        self._server = server
        self._auth = {"token": token} if auth is None else auth
        self._transports = list(transports)
        self._namespace = namespace
        self._refusal: str | None = None
        self._sio = socketio.AsyncClient(reconnection=False, handle_sigint=False)
        self._sio.on("*", self._on_event, namespace=namespace)
        self._sio.on("disconnect", self._on_disconnect, namespace=namespace)
        self._sio.on("connect_error", self._on_refusal, namespace=namespace)

    @property
    def transport(self) -> str:
        """`websocket` or `polling`."""
        name: str = self._sio.transport()
        return name

    async def connect(self) -> Self:
        """Ready: in its rooms and greeted. Raises Refused."""
        try:
            await self._sio.connect(
                self._server.base_url,
                auth=self._auth,
                transports=self._transports,
                namespaces=[self._namespace],
                wait_timeout=SECONDS,
            )
        except socketio.exceptions.ConnectionError as error:
            raise Refused(self._refusal or str(error)) from None
        self.is_open = True
        await self.hears("hello")
        return self

    async def close(self) -> None:
        """Leave, whatever happened before."""
        if self.is_open and self.transport == "polling":
            # The library would wait for the answer to its pending poll, which comes with the next ping only.
            await self._sio.eio.disconnect(abort=True)
        else:
            await self._sio.shutdown()

    async def __aenter__(self) -> Self:
        return await self.connect()

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def emit(self, name: str, *payload: Any) -> None:
        """Say something without asking for an acknowledgement, as existing clients do."""
        await self._sio.emit(name, payload)

    async def asks(self, name: str, *payload: Any) -> dict[str, Any]:
        """The acknowledgement."""
        ack: dict[str, Any] = await self._sio.call(name, payload, timeout=SECONDS)
        return ack

    async def settle(self) -> None:
        """Returns when everything published so far was heard.

        Events reach a socket in the order in which they were published, and a REST answer leaves after its events: so
        once this acknowledgement is here, what was not heard was not sent.
        """
        assert await self.asks("keepalive") == {"ok": True}

    def all_of(self, name: str, **fields: Any) -> list[dict[str, Any]]:
        """The bodies of all events of this name, heard so far, that have these fields."""
        return [event.body for event in self.heard if event.name == name and fields.items() <= event.body.items()]

    async def hears(self, name: str, *, seconds: float = SECONDS, **fields: Any) -> dict[str, Any]:
        """The first such event, heard already or within the seconds."""
        await self._until(lambda: bool(self.all_of(name, **fields)), seconds, f"{name} {fields}")
        return self.all_of(name, **fields)[0]

    async def hears_times(self, count: int, name: str, *, seconds: float = SECONDS, **fields: Any) -> list[Any]:
        """The first `count` such events."""
        await self._until(lambda: len(self.all_of(name, **fields)) >= count, seconds, f"{count} x {name} {fields}")
        return self.all_of(name, **fields)[:count]

    async def is_closed_by_the_server(self, *, seconds: float = SECONDS) -> None:
        """Returns once the server has closed this socket; fails after the seconds."""
        await self._until(lambda: not self.is_open, seconds, "the server closes the socket")

    async def _until(self, condition: Callable[[], bool], seconds: float, what: str) -> None:
        try:
            async with asyncio.timeout(seconds):
                while not condition():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            names = [event.name for event in self.heard]
            raise AssertionError(f"not within {seconds:g} s: {what}; heard {names}") from None

    # Plain functions: the library runs each packet in a task of its own, and only what never waits keeps their order.
    def _on_event(self, name: str, body: Any = None) -> None:
        self.heard.append(Heard(name, body))
        self._news.set()

    def _on_disconnect(self, _reason: str) -> None:
        self.is_open = False
        self._news.set()

    def _on_refusal(self, reason: Any = None) -> None:
        self._refusal = reason["message"] if isinstance(reason, dict) else reason


def check_refusal(ack: dict[str, Any], code: str) -> None:
    """A refusal has this code and one sentence for a person, and nothing else."""
    assert ack.keys() == {"ok", "code", "detail"}, ack
    assert ack["ok"] is False
    assert ack["code"] == code, ack
    assert ack["detail"].endswith("."), ack
    assert "\n" not in ack["detail"]
    assert "Traceback" not in ack["detail"]
