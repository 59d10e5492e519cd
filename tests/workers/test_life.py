"""A server of two processes from its start to its end, in the order of these tests: what is said once, what is started
anew, what a stop leaves."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest

from tests.durability.ledger import read_ledger
from tests.socket.device import Device
from tests.socket.host import Host
from tests.support.postgres import Postgres
from tests.support.processes import wait_until
from tests.support.server import SETUP_LINK, TmsServer
from tests.workers.conftest import COUNT, children, log_lines, running_workers
from tests.workers.stream import Stream


@pytest.fixture(scope="module")
def host(pg: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """Of this module alone: it is not there any more when its last test has ended."""
    with running_workers(tmp_path_factory.mktemp("life"), COUNT, DATABASE_URL=pg.fresh_database()) as made:
        yield made


def test_the_start_is_announced_once_and_each_line_of_the_log_says_whose_it_is(host: Host) -> None:
    server = host.server
    assert server.stdout.splitlines()[0] == f"TMS Chat answers at {server.base_url}"
    assert len(server.stdout.splitlines()) == 2
    assert sorted(line["worker"] for line in log_lines(server, "started")) == [1, 2]
    assert log_lines(server, "workers")[0]["count"] == COUNT
    assert len(children(server)) == COUNT


def test_a_worker_that_is_killed_is_started_anew_while_the_other_one_serves(host: Host) -> None:
    server = host.server
    victim, other = children(server)
    os.kill(victim, signal.SIGKILL)
    for _ in range(20):
        assert httpx.get(f"{server.base_url}/health").status_code == 200
    started = partial(log_lines, server, "started")
    wait_until(lambda: len(started()) == COUNT + 1, seconds=30, what="it is back")
    (ended,) = log_lines(server, "worker_ended")
    assert (ended["why"], ended["level"]) == ("SIGKILL", "error")
    assert other in children(server)
    assert len(children(server)) == COUNT


async def test_sighup_restarts_the_workers_one_by_one_and_nothing_is_lost(host: Host) -> None:
    server = host.server
    before = set(children(server))
    people = [host.add(f"Person {number}") for number in range(4)]
    group = people[0].group("Rolling", *people[1:])
    async with Device(server, people[0].token) as device, Stream(server.base_url, people, group) as stream:
        os.kill(server.pid, signal.SIGHUP)
        done = partial(log_lines, server, "restarted_workers")
        await asyncio.to_thread(wait_until, lambda: bool(done()), seconds=60, what="all are restarted")
        await device.is_closed_by_the_server()
    stream.check()
    assert before.isdisjoint(children(server))
    ledger = await read_ledger(server, group)
    ledger.check()
    assert ledger.by_client_id().keys() == stream.taken.keys()
    assert not [line for line in server.stderr.splitlines() if "Traceback" in line]


def test_asked_to_stop_all_of_them_drain_and_it_exits_0(host: Host) -> None:
    server = host.server
    serving = children(server)
    assert server.stop() == 0
    assert server.stdout.splitlines()[-1] == "TMS Chat has stopped; nothing was lost."
    assert not [number for number in serving if Path(f"/proc/{number}").exists()]


def test_a_parent_that_is_killed_takes_its_workers_along(host: Host) -> None:
    server = host.server
    server.start()
    serving = children(server)
    server.kill()
    wait_until(
        lambda: not any(Path(f"/proc/{number}").exists() for number in serving), seconds=20, what="they have ended"
    )
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{server.base_url}/health")


def test_what_stops_the_first_worker_is_said_once_and_ends_the_start(tmp_path: Path, pg: Postgres) -> None:
    url = pg.fresh_database().replace("://tms:", "://tms:wrong")
    server = TmsServer(tmp_path, {"DATABASE_URL": url, "WORKERS": "3"})
    server.launch()
    assert server.wait() == 1
    (sentence,) = [line for line in server.stderr.splitlines() if line.startswith("tms: ")]
    assert "DATABASE_URL" in sentence
    assert not SETUP_LINK.search(server.stdout)
