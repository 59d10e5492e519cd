"""A live socket follows its token: it is warned, renewed without a reconnection, and closed when the token is over."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import pytest

from tests.host.conftest import OpenDevice, running_office
from tests.host.host import Host
from tests.host.nextauth_host import NextAuthHost
from tests.host.office import SSO_HEADER, Office, Stopwatch, claims_of
from tests.socket.device import check_refusal
from tests.support.server import TmsServer

LEEWAY = 15
SWEEP = 5


@pytest.fixture(scope="module")
def office(host: Host, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """On SQLite only: most of these tests wait for a clock. See test_two_processes.py for PostgreSQL."""
    with running_office(host, tmp_path_factory.mktemp("live")) as office:
        yield office


@pytest.fixture
def tms(office: Office) -> TmsServer:
    """Where `device` connects."""
    return office.server


async def test_a_short_token_is_told_at_once_and_a_longer_one_two_minutes_before(
    office: Office, host: Host, device: OpenDevice
) -> None:
    soon, later, long = (host.token(host.add("Ana Reyes"), seconds=seconds) for seconds in (60, 124, 600))
    sockets = [await device(token) for token in (soon, later, long)]
    first = await sockets[0].hears("auth_expiring", seconds=2)
    assert 55 <= first["in"] <= 60
    assert sockets[1].all_of("auth_expiring") == []
    watch = Stopwatch()
    second = await sockets[1].hears("auth_expiring", seconds=4 + SWEEP + 2)
    left = claims_of(later)["exp"] - time.time()
    assert second["in"] == pytest.approx(left, abs=2), f"warned after {watch.seconds} s"
    assert 110 < left <= 121, f"warned {left:.1f} s before the end"
    assert sockets[2].all_of("auth_expiring") == []
    for socket in sockets[:2]:
        assert len(socket.all_of("auth_expiring")) == 1, "warned more than once"


async def test_a_renewed_socket_goes_on_and_its_old_token_is_forgotten(
    office: Office, host: Host, device: OpenDevice
) -> None:
    ana = host.add("Ana Reyes")
    known = office.enter(ana)
    conversation_id = known.direct(office.add("Bob Stone"))
    # Both are over in about two seconds; one of them is renewed.
    over_at = int(time.time()) - LEEWAY + 3
    dying = [host.token(ana, seconds=over_at - time.time(), age=100 + n) for n in range(2)]
    renewed, left_alone = [await device(token) for token in dying]
    fresh = host.token(ana, seconds=300)
    ack = await renewed.asks("auth", {"token": fresh})
    assert ack["ok"] is True, ack
    assert ack["expires_in"] == pytest.approx(claims_of(fresh)["exp"] - time.time(), abs=3)
    await left_alone.is_closed_by_the_server(seconds=3 + SWEEP + 3)
    assert left_alone.all_of("error")[-1]["code"] == "token_expired"
    late = time.time() - (over_at + LEEWAY)
    assert -1 <= late <= SWEEP + 2, f"closed {late:.1f} s after exp + {LEEWAY} s"
    await asyncio.sleep(SWEEP)  # one more look of the server at its sockets
    message = known.send(conversation_id, "still here")
    await renewed.hears("new_message", id=message["id"])
    assert renewed.all_of("rooms_joined") == renewed.all_of("rooms_joined")[:1]


async def test_a_bearer_of_ours_renews_a_socket_too(office: Office, host: Host, device: OpenDevice) -> None:
    ana = host.add("Ana Reyes")
    begun = office.anonymous.post("/auth/session", headers={SSO_HEADER: host.token(ana)}).json()["token"]
    socket = await device(begun)
    again = office.anonymous.post("/auth/session", headers={"Authorization": f"Bearer {begun}"}).json()["token"]
    ack = await socket.asks("auth", {"token": again})
    assert (ack["ok"], ack["expires_in"]) == (True, pytest.approx(15 * 60, abs=20))
    # The session is the same: signing out with either token closes the socket.
    assert office.anonymous.post("/auth/logout", headers={"Authorization": f"Bearer {again}"}).status_code == 200
    await socket.is_closed_by_the_server(seconds=5)


async def test_a_socket_renewed_with_another_session_ends_with_that_one(
    office: Office, host: Host, device: OpenDevice
) -> None:
    ana = host.add("Ana Reyes")
    first, second = office.enter(ana), office.enter(ana)
    socket = await device(first)
    assert (await socket.asks("auth", {"token": second.token}))["ok"] is True
    assert first.http.post("/auth/logout").status_code == 200
    await socket.settle()
    assert second.http.post("/auth/logout").status_code == 200
    await socket.is_closed_by_the_server(seconds=5)


async def test_nobody_else_takes_a_socket_over(office: Office, host: Host, device: OpenDevice) -> None:
    ana, bob = host.add("Ana Reyes"), host.add("Bob Stone")
    token = host.token(ana, seconds=300)
    socket = await device(token)
    refused = {
        host.token(bob): "token_invalid",
        "nonsense": "token_invalid",
        "": "token_missing",
        host.token(ana, seconds=-60): "token_expired",
    }
    for other, code in refused.items():
        ack = await socket.asks("auth", {"token": other})
        check_refusal(ack, ack["code"])
        assert ack["code"] in {code, "token_invalid", "invalid"}, ack
    for nonsense in ({}, {"token": 7}, {"token": None}):
        assert (await socket.asks("auth", nonsense))["ok"] is False
    await socket.settle()
    # It is still Ana's: she writes, and not Bob.
    person = office.enter(ana)
    conversation_id = person.direct(office.enter(bob))
    ack = await socket.asks("send_message", {"conversation_id": conversation_id, "content": "hers"})
    assert ack["message"]["sender_id"] == ana.id


async def test_the_session_of_a_real_host_renews_a_socket(
    office: Office, host: Host, nextauth: NextAuthHost, device: OpenDevice
) -> None:
    ana = host.add("Ana Reyes")
    claims = {"sub": ana.id, "email": ana.email, "name": ana.name}
    socket = await device(nextauth.make("next-auth", claims, seconds=60))
    await socket.hears("auth_expiring", seconds=2)
    token = nextauth.make("@auth/core", claims, seconds=600, cookie="authjs.session-token")
    ack = await socket.asks("auth", {"token": token})
    assert (ack["ok"], ack["expires_in"]) == (True, pytest.approx(600, abs=5))
    assert len(socket.all_of("auth_expiring")) == 1
    # A renewal with a short one again is followed by a warning again.
    assert (await socket.asks("auth", {"token": nextauth.make("next-auth", claims, seconds=90)}))["ok"] is True
    await socket.hears_times(2, "auth_expiring", seconds=2 + SWEEP)


async def test_signing_out_closes_the_sockets_of_that_session(office: Office, host: Host, device: OpenDevice) -> None:
    ana = host.add("Ana Reyes")
    phone, laptop = office.enter(ana), office.enter(ana)
    one, two, other = await device(phone), await device(phone), await device(laptop)
    watch = Stopwatch()
    assert phone.http.post("/auth/logout").status_code == 200
    for socket in (one, two):
        await socket.is_closed_by_the_server(seconds=5)
        assert socket.all_of("error")[-1]["code"] == "token_invalid"
    assert watch.seconds < 2, f"closed {watch.seconds} s after the log-out"
    await other.settle()
