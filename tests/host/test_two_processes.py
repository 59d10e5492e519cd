"""Two server processes on one database: what ends in one of them ends in the other, within seconds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.host.conftest import OpenDevice, running_office
from tests.host.host import Host
from tests.host.office import Office, Stopwatch
from tests.host.webhook import tell
from tests.rest.shapes import refused
from tests.support.postgres import Postgres

SECONDS = 5.0


@pytest.fixture(scope="module")
def pair(host: Host, pg: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Office, Office]]:
    env = {"DATABASE_URL": pg.fresh_database(), "DIRECTORY_REFRESH_SECONDS": "1"}
    folders = [tmp_path_factory.mktemp(name) for name in ("one", "other")]
    with running_office(host, folders[0], **env) as one, running_office(host, folders[1], **env) as other:
        yield one, other


async def test_signing_out_through_the_other_process(pair: tuple[Office, Office], device: OpenDevice) -> None:
    here, there = pair
    ana = here.host.add("Ana Reyes")
    phone, laptop = here.enter(ana), here.enter(ana)
    socket, other = await device(phone, here.server), await device(laptop, here.server)
    elsewhere = there.holder(phone.token, there.me(phone.token).json())
    watch = Stopwatch()
    assert elsewhere.http.post("/auth/logout").status_code == 200
    refused(phone.http.get("/users/me"), 401, code="token_invalid")
    refused_after = watch.seconds
    await socket.is_closed_by_the_server(seconds=2 * SECONDS)
    told = f"requests refused after {refused_after} s, socket closed after {watch.seconds} s"
    assert socket.all_of("error")[-1]["code"] == "token_invalid"
    assert watch.seconds <= SECONDS + 1, told
    await other.settle()


async def test_deactivation_told_to_the_other_process(pair: tuple[Office, Office], device: OpenDevice) -> None:
    here, there = pair
    ana = here.add("Ana Reyes")
    socket = await device(ana, here.server)
    here.host.change(ana.id, isActive=False)
    watch = Stopwatch()
    assert tell(there, {"id": ana.id, "version": 1, "isActive": False}).status_code == 200
    refused(ana.http.get("/users/me"), 401, code="token_invalid")
    refused_after = watch.seconds
    await socket.is_closed_by_the_server(seconds=2 * SECONDS)
    told = f"requests refused after {refused_after} s, socket closed after {watch.seconds} s"
    assert watch.seconds <= SECONDS + 1, told
    assert socket.all_of("error")[-1]["code"] == "token_invalid"


async def test_deactivation_found_by_the_refresh(pair: tuple[Office, Office], device: OpenDevice) -> None:
    here, there = pair
    ana = here.add("Ana Reyes")
    socket = await device(ana, here.server)
    there.enter(here.host.person(ana.id))
    here.host.change(ana.id, isActive=False)
    watch = Stopwatch()
    await socket.is_closed_by_the_server(seconds=2 * SECONDS)
    assert watch.seconds <= SECONDS + 2, f"socket closed {watch.seconds} s after the host deactivated her"
    for office in pair:
        refused(office.me(ana.token), 401, code="token_invalid")


async def test_a_session_of_one_process_is_one_of_the_other(pair: tuple[Office, Office], device: OpenDevice) -> None:
    here, there = pair
    ana, bob = here.add("Ana Reyes"), there.add("Bob Stone")
    assert there.me(ana.token).json()["id"] == ana.id
    assert here.me(bob.token).json()["id"] == bob.id
    await (await device(ana.token, there.server)).settle()
