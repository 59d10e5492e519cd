"""The client of `tms verify` is one as docs/SYNC.md asks for: it notices a line that hangs, and another history."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from tests.backup.test_under_writes import tms
from tests.faults.waiting import until
from tests.support.server import TmsServer
from tests.verify.proxy import proxy
from tms_chat.http.deps import Services
from tms_chat.verify.api import Api, Person, checked
from tms_chat.verify.device import Device
from tms_chat.verify.history import Client
from tms_chat.verify.network import Network, SocketLine
from tms_chat.verify.people import make_people
from tms_chat.verify.websocket import Torn

#: What the server says of its pings, and the same in as many bytes: they are due at once, and never come in time.
SLOW, SOON = b'"pingInterval":25000,"pingTimeout":20000', b'"pingInterval":  100,"pingTimeout":  200'


@pytest.fixture(scope="module")
def database() -> Callable[[], str | None]:
    """A client sees no difference."""
    return lambda: None


@pytest.fixture
async def people(services: Services) -> list[Person]:
    return await make_people(services.db, services.settings, services.own_key, 2, 300)


async def test_a_line_on_which_no_ping_comes_is_given_up(server: TmsServer, people: list[Person]) -> None:
    async with proxy(server, instead=(SLOW, SOON)) as hurried:
        line = await Network([hurried.address]).connect(people[0])
        with pytest.raises(Torn, match=r"silent for 0\.3 s"):
            await asyncio.wait_for(everything(line), 20)
        line.tear()


async def test_in_another_history_what_is_held_is_dropped_and_loaded_anew(
    server: TmsServer, people: list[Person], tmp_path: Path
) -> None:
    network = Network([server.base_url])
    async with network.api(people[0]) as api:
        group = {"type": "group", "name": "Before and after", "member_ids": [people[1].user_id]}
        conversation_id = checked(await api.ask("POST", "/conversations/", group)).json()["id"]
        await say(api, conversation_id, "kept")
        code, said = await tms(server, "backup", str(tmp_path / "backup"))
        assert code == 0, said

        device = Device(network, api, Client("the client", people[0].user_id), conversation_id)
        running = asyncio.ensure_future(device.run())
        try:
            await say(api, conversation_id, "undone", "undone too")
            await shows(device, "kept", "undone", "undone too")
            await asyncio.to_thread(server.stop)
            code, said = await tms(server, "restore", str(tmp_path / "backup"), "--force")
            assert code == 0, said
            server.launch()
            # More than were undone: the old position is one of this history too.
            await say(api, conversation_id, "another", "the next", "the last")
            await shows(device, "kept", "another", "the next", "the last")
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def say(api: Api, conversation_id: str, *texts: str) -> None:
    for text in texts:
        body = {"conversation_id": conversation_id, "content": text, "client_id": str(uuid4())}
        checked(await api.ask("POST", "/messages/", body))


async def everything(line: SocketLine) -> None:
    while True:
        await line.receive()


async def shows(device: Device, *texts: str) -> None:
    """Exactly these, soon."""
    await until(
        lambda: sorted(shown.content for shown in device.client.shown.values()) == sorted(texts), seconds=60,
        what=f"it shows {texts}",
    )  # fmt: skip
