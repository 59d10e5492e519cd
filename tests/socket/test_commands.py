"""Every command is acknowledged; what the server does not know, or cannot use, is refused with code and sentence."""

from __future__ import annotations

from typing import Any

import pytest

from tests.socket.conftest import Connect
from tests.socket.device import check_refusal
from tests.socket.host import Host

COMMANDS = ("send_message", "join_conversation", "leave_conversation", "typing_start", "typing_stop")
DEEP: dict[str, Any] = {"a": 1}
for _ in range(100):
    DEEP = {"a": DEEP}
NO_OBJECTS: list[tuple[Any, ...]] = [(), (None,), ([],), ([1, 2],), (7,), (1.5,), (True,), ("text",), ("x" * 100_000,)]
NO_IDS: list[Any] = [None, 7, True, [], {}, "", "x" * 256, "a\x00b", "a\ud800b"]
NO_MESSAGES: list[dict[str, Any]] = [
    {"content": None},
    {"content": ""},
    {"content": " \t\n\u2003"},
    {"content": "\u200b\u2060\ufeff"},
    {"content": 7},
    {"content": ["x"]},
    {"content": "x" * 10_001},
    {"content": "\U0001f44b" * 5_000},
    {"content": "a\x00b"},
    {"content": "half of a pair: \ud83d"},
    {"type": "POLL"},
    {"type": "SYSTEM"},
    {"type": "text"},
    {"type": None},
    {"encrypted": True},
    {"client_id": "not-a-uuid"},
    {"client_id": 7},
    {"reply_to_id": ""},
    {"reply_to_id": 7},
    {"metadata_json": None},
    {"metadata_json": []},
    {"metadata_json": "{}"},
    {"metadata_json": DEEP},
    {"metadata_json": {"a": float("nan")}},
    {"metadata_json": {"a": float("-inf")}},
    {"metadata_json": {"a": 2**64}},
    {"metadata_json": {"a": "\x00"}},
    {"metadata_json": {"\ud800": 1}},
    {"metadata_json": {"a": "x" * 70_000}},
]


async def test_keepalive_is_answered_by_an_acknowledgement_and_an_event(host: Host, connect: Connect) -> None:
    device = await connect(host.add("Ana"))
    for payload in ((), (None,), ({},), ({"unknown": 1},)):
        assert await device.asks("keepalive", *payload) == {"ok": True}
    assert await device.hears_times(4, "keepalive_ack") == [{}] * 4


async def test_an_unknown_event_is_refused_and_the_socket_goes_on(host: Host, connect: Connect) -> None:
    device = await connect(host.add("Ana"))
    for name in ("mark_all_read", "", "JOIN_CONVERSATION", "_parse", "handle", "x" * 1000, "naïve ✓", "a\x00b"):
        check_refusal(await device.asks(name, {"conversation_id": "x"}), "unknown_event")
    await device.settle()


async def test_more_than_twenty_unknown_events_in_a_minute_close_the_socket(host: Host, connect: Connect) -> None:
    ana = host.add("Ana")
    device, other_device = await connect(ana), await connect(ana)
    for number in range(20):
        check_refusal(await device.asks("no_such_event", {"number": number}), "unknown_event")
    await device.settle()
    await device.emit("no_such_event")
    await device.is_closed_by_the_server()
    assert device.all_of("error")[-1]["code"] == "unknown_event"
    await other_device.settle()


async def test_a_client_that_passes_no_callback_hears_the_refusal_as_an_event(host: Host, connect: Connect) -> None:
    device = await connect(host.add("Ana"))
    await device.emit("join_conversation", {"conversation_id": "no-such-conversation"})
    error = await device.hears("error")
    assert error.keys() == {"code", "detail"}
    assert error["code"] == "conversation_not_found"


@pytest.mark.parametrize("command", COMMANDS)
async def test_a_payload_of_another_form_is_refused(host: Host, connect: Connect, command: str) -> None:
    device = await connect(host.add("Ana"))
    ids = [({"conversation_id": no_id, "content": "x"},) for no_id in NO_IDS]
    for payload in [*NO_OBJECTS, ({},), ({"a": DEEP},), *ids]:
        check_refusal(await device.asks(command, *payload), "invalid")
    await device.settle()


async def test_a_message_that_cannot_be_one_is_refused_and_nothing_is_written(host: Host, connect: Connect) -> None:
    ana, bob = host.add("Ana"), host.add("Bob")
    conversation_id = ana.direct(bob)
    device, recipient = await connect(ana), await connect(bob)
    for fields in NO_MESSAGES:
        payload = {"conversation_id": conversation_id, "content": "x", **fields}
        check_refusal(await device.asks("send_message", payload), "invalid")
    sent = await device.asks("send_message", {"conversation_id": conversation_id, "content": "the first one"})
    assert sent["message"]["sequence_number"] == 1
    await recipient.settle()
    assert [message["content"] for message in recipient.all_of("new_message")] == ["the first one"]


async def test_a_flood_of_refused_tokens_closes_the_socket(host: Host, connect: Connect) -> None:
    ana = host.add("Ana")
    device, other_device = await connect(ana), await connect(ana)
    for number in range(20):
        payload = {"token": f"nonsense {number}"} if number % 2 else {}
        assert (await device.asks("auth", payload))["ok"] is False
        assert (await device.asks("auth", {"token": ana.token}))["ok"] is True  # a good one in between is not counted
    await device.settle()
    await device.emit("auth", {"token": "nonsense"})
    await device.is_closed_by_the_server()
    last = device.all_of("error")[-1]
    assert (last["code"], last["detail"]) == ("token_invalid", "Too many refused tokens: sign in again.")
    await other_device.settle()
