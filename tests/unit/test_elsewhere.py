"""The people of other nodes: come, gone, forgotten; a roster repairs what was lost."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine, Sequence
from typing import Any, cast

import pytest

from tests.unit.room import CHAT, Room
from tms_chat.core.errors import ChatError
from tms_chat.core.ids import UserId
from tms_chat.core.rate import Limiter, Rate
from tms_chat.realtime.elsewhere import Elsewhere, Surroundings
from tms_chat.realtime.spending import Spending

BOB = UserId("bob")


class Office:
    """Ana watches; `other` and `third` are nodes."""

    def __init__(self) -> None:
        self.room = Room("ana")
        self.work: list[Coroutine[Any, Any, None]] = []
        self.said: list[tuple[dict[str, Any], str | None]] = []
        self.is_away = 0  # so many times
        self.blocked: tuple[UserId, ...] = ()  # by everybody who is elsewhere
        self.elsewhere = Elsewhere(self.room.publisher, self.surroundings, self.work.append)
        self.elsewhere.say = lambda about, payload: self.said.append((about, payload))

    async def surroundings(self, user_ids: Sequence[UserId]) -> dict[UserId, Surroundings]:
        if self.is_away:
            self.is_away -= 1
            raise ChatError("unavailable")
        return {user_id: ([CHAT], self.blocked) for user_id in user_ids if user_id != "erased"}

    def moved(self, node: str, what: str, *, known: bool = True) -> None:
        payload = json.dumps([[CHAT], []]) if known else None
        self.elsewhere.heard(node, "me", {"what": what, "user": BOB}, payload)

    def roster(self, node: str, *users: str, first: bool = True, last: bool = True) -> None:
        about = {"what": "roster", "first": first, "last": last}
        self.elsewhere.heard(node, "me", about, json.dumps(users))

    async def heard(self) -> list[str]:
        while self.work:
            await self.work.pop(0)
        self.room.of["ana"].connection.flush()
        return [name.removeprefix("user_") for name in self.room.paper["ana"].heard]


async def test_coming_and_going_is_told_once_however_many_nodes_somebody_is_at() -> None:
    office = Office()
    for node, what in (("other", "online"), ("third", "online"), ("other", "offline"), ("third", "offline")):
        office.moved(node, what)
    assert await office.heard() == ["online", "offline"]
    assert not office.elsewhere.users()


async def test_what_is_told_twice_counts_once() -> None:
    office = Office()
    for what in ("online", "online", "offline", "offline", "online"):
        office.moved("other", what)
    assert await office.heard() == ["online", "offline", "online"]


async def test_who_is_here_too_neither_comes_nor_goes() -> None:
    office = Office()
    office.elsewhere.came(BOB, [CHAT], ())
    office.moved("other", "online")
    office.moved("other", "offline")
    assert await office.heard() == []


async def test_a_message_too_long_for_the_bus_is_completed_from_the_database() -> None:
    office = Office()
    office.moved("other", "online", known=False)
    assert await office.heard() == ["online"]


async def test_a_roster_says_who_came_and_went_unheard() -> None:
    office = Office()
    office.moved("other", "online")
    office.roster("other", "cleo", last=False)
    office.roster("other", "dora", first=False)
    assert sorted(office.elsewhere.users()) == ["cleo", "dora"]
    assert sorted(await office.heard()) == ["offline", "online", "online", "online"]


async def test_nobody_stays_online_when_the_end_of_a_roster_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    office = Office()
    office.roster("other", "bob", "cleo")
    office.roster("other", "dora", last=False)
    office.moved("other", "online")  # still counted once
    office.elsewhere.beacon("other", {"online": 2})
    office.elsewhere.beacon("other", {"online": 2})
    assert office.said == [({"what": "ask", "of": "other"}, None)]  # as many, but the roster is not whole
    office.roster("other", "dora", last=False)
    office.roster("other", "dora", "bob", first=False)
    assert sorted(office.elsewhere.users()) == ["bob", "dora"]
    office.roster("other", last=False)
    office.moved("other", "offline")
    assert office.elsewhere.users() == ["dora"]
    monkeypatch.setattr("tms_chat.realtime.elsewhere.FORGOTTEN_AFTER_SILENCE", 0.0)
    office.elsewhere.lost("other", has_said_so=False)
    await asyncio.sleep(0.05)
    assert not office.elsewhere.users()
    assert (await office.heard()).count("offline") == 3


async def test_as_many_but_other_people_are_noticed() -> None:
    here, there = Office(), Office()
    there.elsewhere.came(BOB, [CHAT], ())
    here.roster("other", "cleo")
    for _ in range(2):
        here.elsewhere.beacon("other", there.elsewhere.about_me())
    assert here.said == [({"what": "ask", "of": "other"}, None)]
    here.said.clear()
    here.roster("other", "bob")
    for _ in range(2):
        here.elsewhere.beacon("other", there.elsewhere.about_me())
    assert not here.said
    assert sorted(await here.heard()) == ["offline", "online"]  # cleo went


async def test_who_went_while_the_database_was_away_is_told_when_it_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    office = Office()
    monkeypatch.setattr("tms_chat.realtime.elsewhere.RETRY_SECONDS", 0.0)
    office.roster("other", "bob", "erased")
    office.is_away = 2
    assert await office.heard() == ["online"]
    office.is_away = 1
    office.roster("other")
    assert await office.heard() == ["online", "offline"]


async def test_after_a_block_only_one_is_told_of_who_is_elsewhere_unless_there_is_one_the_other_way_round() -> None:
    office = Office()
    office.room.enter("cleo")
    office.moved("other", "online")
    office.elsewhere.meets(UserId("cleo"), BOB)
    assert await office.heard() == ["online"]
    office.room.of["cleo"].connection.flush()
    assert office.room.paper["cleo"].heard == ["user_online", "user_online"]
    office.blocked = (UserId("ana"),)
    office.elsewhere.meets(UserId("ana"), BOB)
    assert await office.heard() == ["online"]
    office.blocked = ()
    office.elsewhere.meets(UserId("ana"), BOB)
    office.moved("other", "offline")  # before it could be read where they are
    assert await office.heard() == ["online", "offline"]
    office.moved("other", "online")
    office.elsewhere.meets(UserId("ana"), BOB)
    assert await office.heard() == ["online", "offline", "online", "online"]


async def test_a_node_that_tells_something_else_than_we_know_is_asked_and_answers() -> None:
    office = Office()
    for _ in range(2):
        office.elsewhere.beacon("other", {"online": 3})
    assert office.said == [({"what": "ask", "of": "other"}, None)]
    office.elsewhere.came(BOB, [CHAT], ())
    office.said.clear()
    office.elsewhere.heard("other", "me", {"what": "ask", "of": "third"}, None)
    assert not office.said
    office.elsewhere.heard("other", "me", {"what": "ask", "of": "me"}, None)
    assert office.said == [({"what": "roster", "first": True, "last": True}, '["bob"]')]


async def test_the_people_of_a_lost_node_are_forgotten_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    office = Office()
    monkeypatch.setattr("tms_chat.realtime.elsewhere.FORGOTTEN_AFTER_SILENCE", 0.0)
    monkeypatch.setattr("tms_chat.realtime.elsewhere.FORGOTTEN_AFTER_GOODBYE", 60.0)
    office.moved("other", "online")
    office.elsewhere.lost("other", has_said_so=True)
    office.elsewhere.met("other")  # it was the bus
    office.elsewhere.lost("other", has_said_so=False)
    await asyncio.sleep(0.05)
    assert await office.heard() == ["online", "offline"]
    office.elsewhere.close()


@pytest.mark.parametrize("about", [{}, {"what": "online"}, {"what": "typing"}, {"what": "roster"}, {"what": "ask"}])
async def test_what_is_no_sign_is_refused(about: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        Office().elsewhere.heard("other", "me", about, None)


def test_what_one_node_counts_counts_at_the_other_and_comes_back_to_nobody() -> None:
    here, there = Limiter(Rate(5, 60)), Limiter(Rate(5, 60))
    ours, theirs = Spending({"x": here}), Spending({"x": there})
    said: list[tuple[dict[str, Any], str | None]] = []
    here.count("ana")
    ours.tell(cast(Any, lambda *sign: said.append(sign)))
    assert not said  # nobody is there
    ours.listen(True)
    theirs.listen(True)
    for _ in range(4):
        here.count("ana")
    ours.tell(cast(Any, lambda *sign: said.append(sign)))
    for about, payload in said:
        theirs.heard(about, payload)
    there.count("ana")
    assert there.wait("ana") is not None
    assert there.spent == {"ana": 1}
    theirs.heard({"limit": "of another version"}, "{}")
