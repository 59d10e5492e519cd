"""Who is deactivated at the host is out within seconds of the next look at it; a wrong address puts nobody out."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.host.conftest import OpenDevice, OpenOffice, running_office
from tests.host.host import Host
from tests.host.office import Office, Stopwatch
from tests.rest.shapes import refused
from tests.support.processes import wait_until

REFRESH = 1


@pytest.fixture(scope="module")
def looking(host: Host, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A server that reads connected people again every second, and everybody every two."""
    env = {"DIRECTORY_REFRESH_SECONDS": str(REFRESH), "DIRECTORY_RESYNC_SECONDS": "2"}
    with running_office(host, tmp_path_factory.mktemp("looking"), **env) as office:
        yield office


async def test_connected_people_are_kept_up_to_date(looking: Office, host: Host, device: OpenDevice) -> None:
    ana, bob = looking.add("Ana Reyes"), looking.add("Bob Stone")
    conversation_id = ana.direct(bob)
    sockets = [await device(person, looking.server) for person in (ana, bob)]
    host.change(ana.id, name="Ana Married")
    watch = Stopwatch()
    while ana.http.get("/users/me").json()["name"] != "Ana Married":
        await asyncio.sleep(0.1)
        assert watch.seconds < REFRESH + 5, f"still the old name after {watch.seconds} s"
    host.change(bob.id, isActive=False)
    watch = Stopwatch()
    await sockets[1].is_closed_by_the_server(seconds=REFRESH + 5)
    closed_after = watch.seconds
    refused(bob.http.get("/users/me"), 401, code="token_invalid")
    assert closed_after <= REFRESH + 5, f"closed {closed_after} s after the host deactivated him"
    assert sockets[1].all_of("error")[-1]["code"] == "token_invalid"
    # She can read what they wrote; and he comes back when the host says so, with a new session.
    assert ana.http.get(f"/conversations/{conversation_id}").status_code == 200
    await sockets[0].settle()


async def test_a_wrong_address_puts_nobody_out(open_office: OpenOffice, host: Host, device: OpenDevice) -> None:
    office = open_office(DIRECTORY_REFRESH_SECONDS=str(REFRESH), DIRECTORY_RESYNC_SECONDS=str(REFRESH))
    ana, bob = office.add("Ana Reyes"), office.add("Bob Stone")
    # The same data, but whoever changed the address left a path in it: every question is answered 404.
    office.server.env["USER_MANAGEMENT_API_URL"] = f"{host.url}/nowhere"
    office.server.restart()
    socket = await device(ana, office.server)
    for person in (ana, bob):
        await asyncio.to_thread(asks, host, f"GET /nowhere/api/v1/users/{person.id}", 1)
    await asyncio.sleep(REFRESH)
    await socket.settle()
    for person in (ana, bob):
        assert person.http.get("/users/me").status_code == 200
        token = host.token(host.person(person.id))
        assert office.me(token).status_code == 200
        assert office.sso(token).status_code == 200


def test_who_was_never_connected_is_found_out_too(looking: Office, host: Host) -> None:
    ana, bob = looking.add("Ana Reyes"), looking.add("Bob Stone")
    host.change(bob.id, isActive=False)
    wait_until(lambda: bob.http.get("/users/me").status_code == 401, seconds=10, what="the daily look, every 2 s here")
    assert ana.http.get("/users/me").status_code == 200


async def test_a_host_in_trouble_puts_nobody_out(looking: Office, host: Host, device: OpenDevice) -> None:
    ana = looking.add("Ana Reyes")
    socket = await device(ana, looking.server)
    for outage in ("401", "cut"):  # after a few failures in a row the server stops asking for a while
        with host.bad_day(outage=outage):
            await asyncio.to_thread(asks, host, f"GET /api/v1/users/{ana.id}", host.calls_for(ana.id) + 1)
            await asyncio.sleep(REFRESH)
    await socket.settle()
    assert ana.http.get("/users/me").json()["isActive"] is True


def asks(host: Host, what: str, times: int) -> None:
    """Returns when the server has asked the host for this so often."""
    wait_until(lambda: host.calls(what) >= times, seconds=10, what=f"{times} x {what}")
