"""Who is online: told to people who share a conversation, and to nobody else."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest

from tests.socket.conftest import Connect
from tests.socket.host import Host
from tests.support.people import Person
from tms_chat.realtime.presence import OFFLINE_AFTER_SECONDS

ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


async def test_coming_and_going_is_told_to_people_who_share_a_conversation(host: Host, connect: Connect) -> None:
    ana, bob, eve = host.add("Ana"), host.add("Bob"), host.add("Eve")
    ana.direct(bob)
    ana.group("Two rooms with the same person", bob)
    friend, stranger = await connect(bob), await connect(eve)
    device = await connect(ana)
    online = await friend.hears("user_online", user_id=ana.id)
    check_shape(online)
    assert listed(bob) == {ana.id, bob.id}
    await device.close()
    check_shape(await friend.hears("user_offline", user_id=ana.id))
    assert listed(bob) == {bob.id}
    await friend.settle()
    assert len(friend.all_of("user_online")) == len(friend.all_of("user_offline")) == 1
    await stranger.settle()
    assert not stranger.all_of("user_online") + stranger.all_of("user_offline")
    assert listed(eve) == {eve.id}


async def test_a_second_device_changes_nothing_and_the_last_one_does(host: Host, connect: Connect) -> None:
    ana, bob = host.add("Ana"), host.add("Bob")
    ana.direct(bob)
    friend = await connect(bob)
    phone, laptop = await connect(ana), await connect(ana)
    await phone.close()
    await laptop.settle()
    await friend.settle()
    assert len(friend.all_of("user_online", user_id=ana.id)) == 1
    await laptop.close()
    await friend.hears("user_offline", user_id=ana.id)
    await friend.settle()
    assert len(friend.all_of("user_offline", user_id=ana.id)) == 1


async def test_a_reload_is_no_absence_neither_in_events_nor_in_the_list(host: Host, connect: Connect) -> None:
    ana, bob = host.add("Ana"), host.add("Bob")
    ana.direct(bob)
    friend, device = await connect(bob), await connect(ana)
    await friend.hears("user_online", user_id=ana.id)
    for _ in range(5):
        friend.heard.clear()
        begin = time.monotonic()
        await device.close()
        online = listed(bob)
        device = await connect(ana)
        if time.monotonic() - begin < OFFLINE_AFTER_SECONDS:
            break
        # On a busy machine it may take so long that it is an absence.
        await device.settle()
        await friend.settle()
    else:
        pytest.fail("no reload was quick enough to be one")
    # Nobody was told that she left, and nobody will be told that she is back. So the list must not say that she is
    # away: who asks at this moment would show her as away until she really leaves.
    assert online == {ana.id, bob.id}
    await device.settle()
    await friend.settle()
    assert not friend.all_of("user_online")
    assert not friend.all_of("user_offline")


async def test_people_who_come_to_share_a_conversation_see_each_other_go(host: Host, connect: Connect) -> None:
    ana, bob = host.add("Ana"), host.add("Bob")
    device, friend = await connect(ana), await connect(bob)
    bob.direct(ana)
    assert listed(bob) == {ana.id, bob.id}
    await device.close()
    await friend.hears("user_offline", user_id=ana.id)


def listed(person: Person) -> set[str]:
    """Who is online, asked over REST."""
    return set(person.http.get("/users/presence/online").json())


def check_shape(body: dict[str, Any]) -> None:
    """Who and when, and no profile."""
    assert body.keys() == {"user_id", "timestamp"}
    assert ISO.fullmatch(body["timestamp"])
