"""Who types: told to the others, never to the typist, and over by itself."""

from __future__ import annotations

import time

from tests.socket.conftest import Connect
from tests.socket.host import Host
from tms_chat.realtime.presence import TYPING_REPEAT_SECONDS, TYPING_SECONDS


async def test_the_others_see_who_starts_and_who_stops_typing(host: Host, connect: Connect) -> None:
    ana, bob, cleo = host.add("Ana"), host.add("Bob"), host.add("Cleo")
    conversation_id = ana.group("Launch", bob, cleo)
    typist, second_device = await connect(ana), await connect(ana)
    others = [await connect(bob), await connect(cleo)]
    about = {"conversation_id": conversation_id}
    assert await typist.asks("typing_start", about) == {"ok": True}
    assert await typist.asks("typing_stop", about) == {"ok": True}
    for device in others:
        await device.settle()
        assert device.all_of("user_typing") == [
            {"conversation_id": conversation_id, "user_id": ana.id, "is_typing": True},
            {"conversation_id": conversation_id, "user_id": ana.id, "is_typing": False},
        ]
    for device in (typist, second_device):
        await device.settle()
        assert not device.all_of("user_typing")


async def test_typing_is_over_after_six_seconds_of_silence(host: Host, connect: Connect) -> None:
    ana, bob = host.add("Ana"), host.add("Bob")
    conversation_id = ana.direct(bob)
    typist, other = await connect(ana), await connect(bob)
    await typist.asks("typing_start", {"conversation_id": conversation_id})
    await other.hears("user_typing", is_typing=True)
    assert not other.all_of("user_typing", is_typing=False)
    await other.hears("user_typing", is_typing=False, seconds=TYPING_SECONDS + 10)


async def test_typing_is_over_when_the_typist_is_gone(host: Host, connect: Connect) -> None:
    ana, bob = host.add("Ana"), host.add("Bob")
    conversation_id = ana.direct(bob)
    typist, other = await connect(ana), await connect(bob)
    await typist.asks("typing_start", {"conversation_id": conversation_id})
    await other.hears("user_typing", is_typing=True)
    await typist.close()
    await other.hears("user_typing", is_typing=False, seconds=TYPING_SECONDS - 1)  # at once, not after the six seconds


async def test_a_key_held_down_is_told_once_and_a_stop_without_a_start_never(host: Host, connect: Connect) -> None:
    ana, bob = host.add("Ana"), host.add("Bob")
    about = {"conversation_id": ana.direct(bob)}
    typist, other = await connect(ana), await connect(bob)
    await typist.asks("typing_stop", about)
    begin = time.monotonic()
    for _ in range(10):  # takes far less than the second after which it may be told again, where nothing is in the way
        await typist.asks("typing_start", about)
    seconds = time.monotonic() - begin
    await other.settle()
    told = [event["is_typing"] for event in other.all_of("user_typing")]
    assert told == [True] * len(told)
    assert 1 <= len(told) <= 1 + seconds / TYPING_REPEAT_SECONDS, f"{len(told)} times in {seconds:.2f} s"


async def test_typing_in_one_conversation_is_not_seen_in_another(host: Host, connect: Connect) -> None:
    ana, bob, cleo = host.add("Ana"), host.add("Bob"), host.add("Cleo")
    with_bob, _with_cleo = ana.direct(bob), ana.direct(cleo)
    typist, other = await connect(ana), await connect(cleo)
    await typist.asks("typing_start", {"conversation_id": with_bob})
    await other.settle()
    assert not other.all_of("user_typing")
