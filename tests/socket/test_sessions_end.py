"""No socket outlives its session: signing out, expiry and deactivation close it, and only it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from tests.socket.device import Device, Refused
from tests.socket.host import Host
from tests.socket.raw import raw_socket
from tests.support.people import Person, Team, checked, sign_in
from tests.support.processes import PATH, bound_to_us
from tests.support.server import TMS, TmsServer


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    """Closes what a test opened."""
    async with AsyncExitStack() as stack:
        yield stack


async def test_signing_out_closes_the_sockets_of_that_token_and_no_others(
    tms: TmsServer, team: Team, stack: AsyncExitStack
) -> None:
    ana = team.add("Ana")
    laptop = sign_in(tms, ana.email)
    stack.callback(laptop.close)
    tab, other_tab = await open_device(stack, tms, ana), await open_device(stack, tms, ana)
    elsewhere = await open_device(stack, tms, laptop)
    assert checked(ana.http.post("/auth/logout"), 200)["success"] is True
    for device in (tab, other_tab):
        await device.is_closed_by_the_server(seconds=5)
        assert device.all_of("error")[-1]["code"] == "token_invalid"
    await elsewhere.settle()
    assert laptop.http.get("/users/me").status_code == 200
    with pytest.raises(Refused, match="token_invalid"):
        await Device(tms, ana.token).connect()


async def test_after_a_change_of_password_only_the_new_token_has_sockets(
    tms: TmsServer, team: Team, stack: AsyncExitStack
) -> None:
    ana = team.add("Ana")
    before = await open_device(stack, tms, ana)
    body = {"current_password": "correct horse battery staple", "new_password": "another battery for the horse"}
    fresh = checked(ana.http.post("/auth/password", json=body), 200)["token"]
    await before.is_closed_by_the_server(seconds=5)
    await (await stack.enter_async_context(Device(tms, fresh))).settle()
    with pytest.raises(Refused, match="token_invalid"):
        await Device(tms, ana.token).connect()


async def test_a_closed_session_hears_nothing_more_and_its_connection_goes(tms: TmsServer, team: Team) -> None:
    # A client that ignores the DISCONNECT packet must not keep its connection either.
    ana, bob = team.add("Ana"), team.add("Bob")
    conversation_id = ana.direct(bob)
    async with raw_socket(tms, bob.token) as raw:
        assert bob.http.post("/auth/logout").status_code == 200
        ana.send(conversation_id, "not for him any more")
        frames = await raw.frames_until_the_connection_closes()
    assert [frame for frame in frames if frame == "41"]
    assert not [frame for frame in frames if "not for him any more" in frame]


async def test_an_expired_token_closes_its_socket_fifteen_seconds_later(host: Host) -> None:
    # Expired eight seconds ago: it is accepted for seven more, for clocks that differ, and swept within another five.
    async with Device(host.server, host.token(seconds=-8)) as device, Device(host.server, host.token()) as other:
        await device.settle()
        await device.is_closed_by_the_server(seconds=20)
        assert device.all_of("error")[-1]["code"] == "token_expired"
        await other.settle()


async def test_deactivation_in_another_process_closes_sockets_and_refuses_requests(
    tms: TmsServer, team: Team, stack: AsyncExitStack
) -> None:
    ana, bob = team.add("Ana"), team.add("Bob")
    device, other = await open_device(stack, tms, ana), await open_device(stack, tms, bob)
    await run_tms(tms, "user", "deactivate", ana.email)
    refused = ana.http.get("/users/me")
    assert (refused.status_code, refused.json()["code"]) == (401, "token_invalid")
    await device.is_closed_by_the_server(seconds=8)
    await other.settle()
    with pytest.raises(Refused, match="token_invalid"):
        await Device(tms, ana.token).connect()


async def test_a_password_reset_by_the_operator_closes_sockets_too(
    tms: TmsServer, team: Team, stack: AsyncExitStack
) -> None:
    ana = team.add("Ana")
    device = await open_device(stack, tms, ana)
    await run_tms(tms, "user", "reset-password", ana.email, "--password", "set by the operator")
    await device.is_closed_by_the_server(seconds=8)
    back = sign_in(tms, ana.email, "set by the operator")
    stack.callback(back.close)
    await (await open_device(stack, tms, back)).settle()


async def open_device(stack: AsyncExitStack, server: TmsServer, person: Person) -> Device:
    """One more socket of this person, closed with the test."""
    return await stack.enter_async_context(Device(server, person.token))


async def run_tms(server: TmsServer, *arguments: str) -> None:
    """A command of the operator, beside the running server: same folder, same settings."""
    command = bound_to_us([str(TMS), *arguments], signal="KILL")
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=server.folder,
        env={"PATH": PATH, **server.env},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == os.EX_OK, output.decode()
