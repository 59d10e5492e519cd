"""The own removal is the last that somebody hears of a conversation, also of what waits for nobody: receipts."""

from __future__ import annotations

import asyncio
from functools import partial

from tests.socket.conftest import Connect
from tests.socket.host import Host
from tests.support.people import Person, checked

ROUNDS = 12


def remove(admin: Person, group: str, member: Person) -> None:
    checked(admin.http.delete(f"/conversations/{group}/members/{member.id}"), 200)


def read(reader: Person, group: str, message_ids: list[str]) -> None:
    body = {"conversation_id": group, "message_ids": message_ids}
    checked(reader.http.post("/messages/mark-read", json=body), 200)


async def test_no_receipt_follows_a_removal(host: Host, connect: Connect) -> None:
    ana, bob, *readers = (host.add(name) for name in ("Ana", "Bob", "Cy", "Eve", "Fay"))
    device = await connect(bob)
    for _ in range(ROUNDS):
        group = ana.group("Race", bob, *readers)
        sent = [ana.send(group, f"m{number}")["id"] for number in range(3)]
        await asyncio.gather(
            asyncio.to_thread(remove, ana, group, bob),
            *(asyncio.to_thread(partial(read, reader, group, sent)) for reader in readers),
        )
        await device.settle()
        heard = [event.name for event in device.heard if event.body.get("conversation_id") == group]
        assert heard[-1] == "member_removed", heard
