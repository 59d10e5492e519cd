"""A crowd's sends are gathered for some milliseconds; nobody else's are."""

import asyncio
from collections.abc import Iterable

import pytest

from tms_chat.core.ids import UserId
from tms_chat.messages.sending import crowd as module
from tms_chat.messages.sending.crowd import ENOUGH, PEOPLE, SENDS, Crowd

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here depends on how fast the machine is."""
    monkeypatch.setattr(module, "CROWDED_SECONDS", 60)
    monkeypatch.setattr(module, "PACE_SECONDS", 60)


def after_a_batch(senders: Iterable[int]) -> Crowd:
    crowd = Crowd()
    for number in senders:
        crowd.arrived(UserId(f"person-{number}"))
    crowd.begins()
    return crowd


def is_at_once(crowd: Crowd) -> bool:
    waiting = crowd.gathered()
    try:
        waiting.send(None)
    except StopIteration:
        return True
    waiting.close()
    return False


async def test_few_people_are_never_held_up_however_much_they_send() -> None:
    crowd = after_a_batch(number % (PEOPLE - 1) for number in range(10 * SENDS))
    crowd.arrived(UserId("person-0"))
    assert is_at_once(crowd)


async def test_neither_are_the_first_of_many() -> None:
    crowd = after_a_batch(range(SENDS - 2))
    crowd.arrived(UserId("person-0"))
    assert is_at_once(crowd)


async def test_nor_many_who_send_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    crowd = after_a_batch(range(SENDS))
    monkeypatch.setattr(module, "CROWDED_SECONDS", -1)
    crowd.arrived(UserId("person-0"))
    assert is_at_once(crowd)


async def test_a_crowd_waits_until_enough_have_come() -> None:
    crowd = after_a_batch(range(SENDS))
    crowd.arrived(UserId("person-0"))
    assert not is_at_once(crowd)
    waiting = asyncio.ensure_future(crowd.gathered())
    for number in range(1, ENOUGH):
        await asyncio.sleep(0)
        assert not waiting.done()
        crowd.arrived(UserId(f"person-{number}"))
    await asyncio.wait_for(waiting, 5)


async def test_or_until_the_pause_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PACE_SECONDS", 0.02)
    crowd = after_a_batch(range(SENDS))
    crowd.arrived(UserId("person-0"))
    await asyncio.wait_for(crowd.gathered(), 5)


async def test_nobody_waits_for_nobody() -> None:
    assert is_at_once(after_a_batch(range(SENDS)))
