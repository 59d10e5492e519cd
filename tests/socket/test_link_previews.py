"""Previews on the sockets of a real server, which stops without waiting for slow pages."""

from __future__ import annotations

import asyncio
import time

from tests.conftest import StartServer
from tests.model.follower import Follower
from tests.socket.device import Device
from tests.support.people import Team
from tests.support.website import page, website


async def test_everybody_hears_of_a_preview_and_a_stop_waits_for_none(
    start_server: StartServer, database_url: str | None
) -> None:
    async def never(_writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)

    async with website() as site:
        server = await asyncio.to_thread(start_server, DATABASE_URL=database_url, LINK_PREVIEW_HOSTS=site.place)
        site.pages |= {"/fine": page("<title>Fine</title>"), "/never": never}
        team = await asyncio.to_thread(Team, server)
        bob = await asyncio.to_thread(team.add, "Bob")
        chat = await asyncio.to_thread(team.admin.direct, bob)
        async with (
            Device(server, team.admin.token) as hers,
            Device(server, bob.token) as his,
            Follower(server, bob) as follower,
        ):
            sent = await asyncio.to_thread(bob.send, chat, f"see {site.url('/fine')}")
            for device in (hers, his):
                told = await device.hears("link_preview", message_id=sent["id"])
                assert told["seq"] == (await device.hears("new_message", id=sent["id"]))["seq"] + 1
                assert told["metadata_json"]["linkPreview"]["title"] == "Fine"
                assert told.keys() == {"conversation_id", "seq", "message_id", "metadata_json"}
            await follower.follow()
            assert follower.reducer.view() == await follower.fetched_view()
            await asyncio.to_thread(bob.send, chat, f"see {site.url('/never')}")
        started = time.monotonic()
        assert await asyncio.to_thread(server.stop) == 0
        assert time.monotonic() - started < 8
        team.close()
