"""A live socket follows its token: it is warned, renewed without a reconnection, and closed when the token is over."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.host.conftest import OpenDevice, running_office
from tests.host.host import Host
from tests.host.nextauth_host import NextAuthHost
from tests.host.office import SSO_HEADER, Office, claims_of
from tests.socket.device import check_refusal
from tests.support.server import TmsServer

LEEWAY = 15
#: So often, at the least, the server looks at its sockets; and so much longer a busy machine may take for anything.
SWEEP = 5
BUSY = 5


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
    first = await sockets[0].hears("auth_expiring", seconds=SWEEP + BUSY)
    assert seconds_left(soon) - 1 <= first["in"] <= 60
    second = await sockets[1].hears("auth_expiring", seconds=4 + SWEEP + BUSY)
    # Said as it was when it was sent, and not before there were two minutes left.
    assert max(110, seconds_left(later) - 1) <= second["in"] <= 120
    assert sockets[2].all_of("auth_expiring") == []
    for socket in sockets[:2]:
        assert len(socket.all_of("auth_expiring")) == 1, "warned more than once"


async def test_a_renewed_socket_goes_on_and_its_old_token_is_forgotten(
    office: Office, host: Host, device: OpenDevice
) -> None:
    ana = host.add("Ana Reyes")
    known = office.enter(ana)
    conversation_id = known.direct(office.add("Bob Stone"))
    # Both are over in seven seconds or eight; one of them is renewed before.
    over_at = int(time.time()) - LEEWAY + 8
    dying = [host.token(ana, seconds=over_at - time.time(), age=100 + n) for n in range(2)]
    renewed, left_alone = [await device(token) for token in dying]
    fresh = host.token(ana, seconds=300)
    ack = await renewed.asks("auth", {"token": fresh})
    assert ack["ok"] is True, ack
    assert seconds_left(fresh) - 1 <= ack["expires_in"] <= 300
    await left_alone.is_closed_by_the_server(seconds=8 + SWEEP + BUSY)
    assert left_alone.all_of("error")[-1]["code"] == "token_expired"
    late = time.time() - (over_at + LEEWAY)
    assert -1 <= late <= SWEEP + BUSY, f"closed {late:.1f} s after exp + {LEEWAY} s"
    # The server has looked at its sockets once more when it warns one that came after that.
    await (await device(host.token(ana, seconds=60))).hears("auth_expiring", seconds=SWEEP + BUSY)
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
    await socket.hears("auth_expiring", seconds=SWEEP + BUSY)
    token = nextauth.make("@auth/core", claims, seconds=600, cookie="authjs.session-token")
    ack = await socket.asks("auth", {"token": token})
    assert (ack["ok"], ack["expires_in"]) == (True, pytest.approx(600, abs=20))
    assert len(socket.all_of("auth_expiring")) == 1
    # A renewal with a short one again is followed by a warning again.
    assert (await socket.asks("auth", {"token": nextauth.make("next-auth", claims, seconds=90)}))["ok"] is True
    await socket.hears_times(2, "auth_expiring", seconds=SWEEP + BUSY)


async def test_signing_out_closes_the_sockets_of_that_session(office: Office, host: Host, device: OpenDevice) -> None:
    ana = host.add("Ana Reyes")
    phone, laptop = office.enter(ana), office.enter(ana)
    one, two, other = await device(phone), await device(phone), await device(laptop)
    assert phone.http.post("/auth/logout").status_code == 200
    for socket in (one, two):
        await socket.is_closed_by_the_server(seconds=8)
        assert socket.all_of("error")[-1]["code"] == "token_invalid"
    await other.settle()


def seconds_left(token: str) -> float:
    """Until it expires."""
    return float(claims_of(token)["exp"] - time.time())
