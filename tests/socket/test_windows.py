"""What reaches a socket ends where its person's history begins."""

from __future__ import annotations

import asyncio

from sqlalchemy import update

from tests.rest.storage import change
from tests.socket.casing import snake
from tests.socket.conftest import Connect
from tests.socket.host import Host
from tms_chat.conversations.model import members


async def begins_after(host: Host, conversation_id: str, user_id: str, number: int) -> None:
    """As for somebody who joined after that message."""
    mine = (members.c.conversation_id == conversation_id) & (members.c.user_id == user_id)
    await asyncio.to_thread(change, host.server, update(members).where(mine).values(history_after=number))


async def test_a_quote_from_before_reaches_only_those_who_may_see_it(host: Host, connect: Connect) -> None:
    ana, bob, cleo = host.add("Ana"), host.add("Bob"), host.add("Cleo")
    conversation_id = ana.group("Launch", bob, cleo)
    first = ana.send(conversation_id, "from before")
    await begins_after(host, conversation_id, cleo.id, 1)
    sender, phone, laptop, other = await connect(ana), await connect(cleo), await connect(cleo), await connect(bob)
    answer = snake(ana.send(conversation_id, "re", reply_to_id=first["id"]))
    ana.send(conversation_id, "and on")
    for device in (sender, other):
        await device.settle()
        assert device.all_of("new_message", id=answer["id"]) == [answer | {"seq": 2}]
        assert answer["reply_to"]["content"] == "from before"
    for device in (phone, laptop):
        await device.settle()
        assert device.all_of("new_message", id=answer["id"]) == [answer | {"seq": 2, "reply_to": None}]
        assert [body["seq"] for body in device.all_of("new_message")] == [2, 3]
        assert "from before" not in repr(device.heard)
