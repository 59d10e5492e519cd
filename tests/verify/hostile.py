"""Bugs between the server and the checker: what a broken server would send, made of what a good one sends."""

from __future__ import annotations

from typing import Any

import httpx

from tms_chat.verify.api import Api, Person
from tms_chat.verify.network import Network, SocketLine
from tms_chat.verify.websocket import WebSocket
from tms_chat.verify.wire import event_of

Told = tuple[str, dict[str, Any]]


class Bug:
    """Sees every numbered event on its way over a socket, and where `in_catching_up` is set, also in answers."""

    in_catching_up = False

    def pass_on(self, person: Person, told: Told) -> list[Told]:
        """What becomes of it: nothing, itself, several."""
        return [told]


class HostileNetwork(Network):
    """The way to a node, past a bug."""

    def __init__(self, node: str, bug: Bug) -> None:
        super().__init__([node])
        self.bug = bug

    def api(self, person: Person) -> Api:
        return _Api(self, person)

    async def connect(self, person: Person) -> SocketLine:
        network = self

        class Line(SocketLine):
            def __init__(self, socket: WebSocket) -> None:
                super().__init__(socket)
                self._waiting: list[Told] = []

            async def receive(self) -> Told:
                while not self._waiting:
                    self._waiting = network.passed(person, await super().receive())
                return self._waiting.pop(0)

        return await Line.open(self.nodes[0], person, self.tls)

    def passed(self, person: Person, told: Told) -> list[Told]:
        """What has no number is left alone."""
        return self.bug.pass_on(person, told) if event_of(*told) is not None else [told]


class _Api(Api):
    def __init__(self, network: HostileNetwork, person: Person) -> None:
        super().__init__(network.nodes, person, network.tls)
        self._network = network

    async def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        answer = await super().ask(method, path, body)
        catches_up = answer.is_success and (path == "/sync" or "/events?" in path)
        if not catches_up or not self._network.bug.in_catching_up:
            return answer
        said = answer.json()
        events = [(told["name"], told["body"]) for told in said["events"]]
        passed = [after for told in events for after in self._network.passed(self.person, told)]
        said["events"] = [{"name": name, "body": body} for name, body in passed]
        return httpx.Response(answer.status_code, json=said, request=answer.request)


def is_deletion(told: Told) -> bool:
    """Deleted for everyone."""
    return told[0] == "message_edited" and told[1]["deleted_at"] is not None
