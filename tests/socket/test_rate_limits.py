"""Rate limits over the socket: sends share those of REST, typing is dropped without a word, sockets are counted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Any

import jsonschema_rs
import pytest

from tests.socket.device import Device, Refused
from tests.socket.host import Host, running_host
from tests.support.people import Person
from tms_chat.realtime.description import describe_events


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """A server with small limits; everybody is behind one address."""
    small = {
        "RATE_LIMITS": "on",
        "RATE_SENDS": "4/h",
        "RATE_TYPING": "2/h",
        "RATE_HANDSHAKES": "6/h",
        "RATE_FAILED_HANDSHAKES": "3/h",
        "SOCKETS_PER_USER": "3",
    }
    with running_host(tmp_path_factory.mktemp("office"), None, **small) as host:
        yield host


async def test_sends_are_counted_over_both_ways_and_say_when_to_try_again(office: Host) -> None:
    ana, bob = office.add("Ana"), office.add("Bob")
    chat = ana.direct(bob)
    body = {"conversation_id": chat, "content": "hello"}
    async with Device(office.server, ana.token) as device, Device(office.server, bob.token) as other:
        for _ in range(2):
            assert (await device.asks("send_message", body))["ok"]
            ana.send(chat, "by request")
        refusal = await device.asks("send_message", body)
        assert refusal.keys() == {"ok", "code", "detail", "retry_after"}
        assert (refusal["ok"], refusal["code"]) == (False, "rate_limited")
        assert 0 < refusal["retry_after"] <= 900
        described = describe_events()["components"]["schemas"]["Refused"]
        assert jsonschema_rs.is_valid(described, refusal)
        assert not jsonschema_rs.is_valid(described, refusal | {"more": 1})
        error = await device.hears("error")
        assert error == {"code": "rate_limited", "detail": refusal["detail"]}
        assert ana.http.post("/messages/", json=body).status_code == 429
        assert (await other.asks("send_message", body))["ok"]
        await device.settle()
        assert len(device.all_of("new_message")) == 5


async def test_too_much_typing_is_dropped_without_a_word(office: Host) -> None:
    ana, bob = office.add("Ana"), office.add("Bob")
    chats = [ana.group(f"Launch {number}", bob) for number in range(4)]
    async with Device(office.server, ana.token) as device, Device(office.server, bob.token) as other:
        for chat in chats:
            assert await device.asks("typing_start", {"conversation_id": chat}) == {"ok": True}
        refusal = await device.asks("typing_start", {"conversation_id": "unknown"})
        assert refusal["code"] == "conversation_not_found"
        await other.settle()
        assert [event["conversation_id"] for event in other.all_of("user_typing", is_typing=True)] == chats[:2]


async def test_one_socket_too_many_is_refused_and_the_others_stay(office: Host) -> None:
    ana = office.add("Ana")
    async with AsyncExitStack() as stack:
        devices = [await stack.enter_async_context(Device(office.server, ana.token)) for _ in range(3)]
        assert await refusal_of(office, ana) == "too_many_sockets"
        for device in devices:
            await device.settle()
        await devices[0].close()
        devices[0] = await stack.enter_async_context(Device(office.server, ana.token))
        await devices[0].settle()


async def test_a_client_that_connects_again_and_again_is_told_to_wait(office: Host) -> None:
    ana, bob = office.add("Ana"), office.add("Bob")
    for _ in range(6):
        async with Device(office.server, ana.token):
            pass
    assert await refusal_of(office, ana) == "rate_limited"
    async with Device(office.server, bob.token) as device:  # the same address, another person
        await device.settle()


async def test_refused_tokens_are_counted_and_keep_nobody_out(office: Host) -> None:
    ana = office.add("Ana")
    for _ in range(3):
        assert await refusal_of(office, token="a.b.c") == "token_invalid"
    for token in ("a.b.c", office.token(seconds=-60), None):
        assert await refusal_of(office, token=token) == "rate_limited"
    async with Device(office.server, ana.token) as device:
        await device.settle()


async def refusal_of(office: Host, person: Person | None = None, *, token: Any = None) -> str:
    """The message of the CONNECT_ERROR."""
    with pytest.raises(Refused) as refused:
        await Device(office.server, person.token if person else token).connect()
    return str(refused.value)
