"""Who gets in, what a new socket is told first, and what somebody who may not enter is told instead."""

from __future__ import annotations

from typing import Any

import pytest

from tests.socket.conftest import Connect
from tests.socket.device import Device, Refused
from tests.socket.host import HOST_SECRET, Host
from tests.support.people import Team, host_token
from tests.support.server import TmsServer


async def test_a_new_socket_hears_its_rooms_and_then_the_heads(host: Host, connect: Connect) -> None:
    ana, bob = host.add("Ana"), host.add("Bob")
    direct, group = ana.direct(bob), ana.group("Launch", bob)
    ana.send(group, "one")
    ana.send(group, "two")
    device = await connect(bob)
    await device.settle()
    assert [event.name for event in device.heard] == ["rooms_joined", "hello", "keepalive_ack"]
    rooms, hello = device.heard[0].body, device.heard[1].body
    assert rooms.keys() == {"conversation_ids"}
    assert sorted(rooms["conversation_ids"]) == sorted([direct, group])
    assert hello.keys() == {"epoch", "heads"}
    assert hello["heads"] == {direct: 0, group: 2}
    assert hello["epoch"] == bob.http.get("/config").json()["epoch"]


async def test_somebody_without_conversations_is_greeted_too(host: Host, connect: Connect) -> None:
    device = await connect(host.add("Newcomer"))
    assert device.all_of("rooms_joined") == [{"conversation_ids": []}]
    assert (await device.hears("hello"))["heads"] == {}


@pytest.mark.parametrize("auth", [{}, {"token": None}, {"token": ""}, {"token": 7}, {"token": ["x"]}, {"jwt": "x"}])
async def test_without_a_token_the_refusal_is_token_missing(tms: TmsServer, auth: dict[str, Any]) -> None:
    assert await refusal(Device(tms, None, auth=auth)) == "token_missing"


@pytest.mark.parametrize(
    "token", ["x", "a.b.c", "a.b.c.d.e", "....", "Bearer a.b.c", "a.b.\ud800", "a.b.\x00", "x" * 20_000, "ä.ö.ü"]
)
async def test_with_nonsense_for_a_token_the_refusal_is_token_invalid(tms: TmsServer, token: str) -> None:
    assert await refusal(Device(tms, token)) == "token_invalid"


async def test_an_own_token_with_one_changed_character_is_token_invalid(tms: TmsServer, team: Team) -> None:
    head, claims, signature = team.add("Ana").token.split(".")
    for changed in (
        f"{flip(head)}.{claims}.{signature}",
        f"{head}.{flip(claims)}.{signature}",
        f"{head}.{claims}.{flip(signature)}",
    ):
        assert await refusal(Device(tms, changed)) == "token_invalid"


async def test_a_token_of_the_host_opens_a_socket_and_makes_its_person_known(host: Host) -> None:
    ana = host.add("Ana Host")
    token = host.token()  # of somebody who was never here: the socket is the first thing the server sees of them
    async with Device(host.server, token) as device:
        await device.settle()
    names = [user["displayName"] for user in ana.http.get("/users/", params={"q": "Hana Host"}).json()]
    assert names == ["Hana Host"]


async def test_an_expired_token_is_token_expired(host: Host) -> None:
    assert await refusal(Device(host.server, host.token(seconds=-60))) == "token_expired"


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": None},
        {"iat": None},
        {"id": 7},
        {"isAdmin": True},
        {"sub": "somebody else"},
        {"nbf": 99_999_999_999},
    ],
)
async def test_a_token_of_the_host_with_wrong_claims_is_token_invalid(host: Host, claims: dict[str, Any]) -> None:
    token = host_token(HOST_SECRET, "wrong", "wrong@corp.local", "Wrong", **claims)
    assert await refusal(Device(host.server, token)) == "token_invalid"


async def test_a_token_signed_with_another_secret_is_token_invalid(host: Host) -> None:
    token = host_token("another secret than the one of the host", "eve", "eve@corp.local", "Eve")
    assert await refusal(Device(host.server, token)) == "token_invalid"


async def test_a_host_without_a_secret_here_has_no_way_in(tms: TmsServer) -> None:
    token = host_token(HOST_SECRET, "ana", "ana@corp.local", "Ana")
    assert await refusal(Device(tms, token)) == "token_invalid"


@pytest.mark.parametrize("namespace", ["/api/v1", "/chat"])
async def test_another_namespace_is_refused_with_a_sentence_that_says_what_to_do(
    tms: TmsServer, team: Team, namespace: str
) -> None:
    words = await refusal(Device(tms, team.admin.token, namespace=namespace))
    assert namespace in words
    assert "/socket.io" in words
    assert words.endswith(".")


async def refusal(device: Device) -> str:
    """The message of the CONNECT_ERROR; a device that gets in fails the test."""
    with pytest.raises(Refused) as refused:
        await device.connect()
    return str(refused.value)


def flip(part: str) -> str:
    """Another character in the middle: at the end it might carry no bits."""
    middle = len(part) // 2
    return part[:middle] + ("A" if part[middle] != "A" else "B") + part[middle + 1 :]
