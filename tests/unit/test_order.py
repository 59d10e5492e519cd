"""Whatever a bus does to the order: what each socket hears is the journal, in its order, while its person belongs."""

from __future__ import annotations

import asyncio
import json
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.room import CHAT, Paper, Room
from tms_chat.core.events import Announcement, Event, Personal
from tms_chat.core.ids import ConversationId, UserId
from tms_chat.db.engine import Database
from tms_chat.realtime.order import MAX_HELD, Change, changes
from tms_chat.realtime.repair import Repair
from tms_chat.realtime.sessions import Session

PEOPLE = ("ana", "bob", "cleo")


def event(name: str, seq: int, **fields: Any) -> Event:
    return Event(name, CHAT, {"seq": seq}, **fields)


def change(seq: int, name: str = "new_message", **fields: Any) -> Change:
    return Change(CHAT, seq, [event(name, seq, **fields)])


def numbers(paper: Paper, start: int = 0) -> list[int]:
    bodies = [json.loads(packet[2:])[1] for packet in paper.packets if packet.startswith(b'42["')]
    return [body["seq"] for body in bodies if "seq" in body][start:]


def flushed(room: Room, name: str) -> list[int]:
    room.of[name].connection.flush()
    return numbers(room.paper[name])


async def test_what_comes_too_early_waits_for_what_is_before_it() -> None:
    room = Room("ana")
    wanted: list[ConversationId] = []
    room.publisher.missing = wanted.append
    for seq in (2, 4, 3):
        room.publisher.let_through(change(seq))
    assert flushed(room, "ana") == []
    assert set(wanted) == {CHAT}
    room.publisher.let_through(change(1))
    assert flushed(room, "ana") == [1, 2, 3, 4]


async def test_nothing_leaves_twice() -> None:
    room = Room("ana")
    for seq in (1, 1, 3, 3, 2, 2, 3, 1):
        room.publisher.let_through(change(seq))
    assert flushed(room, "ana") == [1, 2, 3]


async def test_what_has_no_number_is_told_although_the_journal_was_faster() -> None:
    room = Room("ana")
    room.publisher.let_through(change(1))
    read = Event("messages_read", CHAT, {"sequence_number": 1})
    room.publisher.let_through(Change(CHAT, 1, [event("new_message", 1), read]))
    assert flushed(room, "ana") == [1]
    assert room.paper["ana"].heard == ["new_message", "messages_read"]


async def test_what_was_announced_is_told_rather_than_what_the_journal_says() -> None:
    room = Room("ana")
    room.publisher.let_through(change(3, "told"))
    room.publisher.replayed(CHAT, 0, [change(seq, "read") for seq in (1, 2, 3)], 3)
    flushed(room, "ana")
    assert room.paper["ana"].heard == ["read", "read", "told"]


async def test_a_hole_in_the_journal_holds_up_nothing() -> None:
    room = Room("ana")
    room.publisher.let_through(change(4))
    room.publisher.replayed(CHAT, 0, [change(1)], 3)
    assert flushed(room, "ana") == [1, 4]


async def test_what_was_read_before_the_room_went_back_does_not_jump_over_what_is_between() -> None:
    room = Room()
    room.head = 10
    room.enter("ana")
    line = room.sessions.lines[CHAT]
    line.rewind(5, room.sessions.room(CHAT))
    room.publisher.replayed(CHAT, 10, [change(11), change(12)], 12)
    assert line.last == 5
    room.publisher.replayed(CHAT, 5, [change(seq) for seq in range(6, 13)], 12)
    assert flushed(room, "ana") == [11, 12]


async def test_a_number_that_nobody_committed_silences_nobody() -> None:
    room = Room("ana")
    room.publisher.let_through(change(500))
    room.publisher.replayed(CHAT, 0, [change(1)], 1)
    room.publisher.no_more(CHAT, 500)
    room.publisher.let_through(change(2))
    assert flushed(room, "ana") == [1, 2]


class Choosy(Repair):
    """Cannot read one of the conversations."""

    def __init__(self, room: Room) -> None:
        super().__init__(cast(Database, None), room.sessions, room.publisher, lambda: True)
        self.has_read = asyncio.Event()

    async def _catch_up(self, conversation_id: ConversationId) -> None:
        if conversation_id == CHAT:
            raise ValueError("what a newer version wrote")
        self.has_read.set()


async def test_one_conversation_that_cannot_be_read_holds_up_no_other() -> None:
    repair, other = Choosy(Room("ana")), ConversationId("other")
    repair.start(looks=False)
    repair.missing(CHAT)
    repair.missing(other)
    async with asyncio.timeout(10):
        await repair.has_read.wait()
    await repair.stop()


async def test_so_much_is_held_and_the_rest_is_read() -> None:
    room = Room("ana")
    for seq in range(MAX_HELD + 100, 1, -1):
        room.publisher.let_through(change(seq))
    line = room.sessions.lines[CHAT]
    assert line.held is not None
    assert (len(line.held), line.goal) == (MAX_HELD, MAX_HELD + 100)


async def test_who_knows_more_than_the_room_is_told_nothing_that_is_older() -> None:
    room = Room("ana")
    room.head = 3
    room.enter("bob")
    for seq in (1, 2, 3, 4):
        room.publisher.let_through(change(seq))
    assert flushed(room, "ana") == [1, 2, 3, 4]
    assert flushed(room, "bob") == [4]
    assert room.sessions.lines[CHAT].floors is None


async def test_who_was_removed_and_is_back_is_not_taken_out_by_the_old_removal() -> None:
    room = Room("ana")
    room.head = 2  # removed with 1 and added with 2, of which nothing was heard here yet
    room.enter("bob")
    room.publisher.let_through(change(1, "member_removed", leaves=(UserId("bob"),)))
    room.publisher.let_through(change(2, "member_added", joins=(UserId("bob"),)))
    room.publisher.let_through(change(3))
    assert flushed(room, "bob") == [3]
    assert flushed(room, "ana") == [1, 2, 3]


async def test_a_room_that_is_ahead_goes_back_for_who_joins_and_tells_nobody_else_twice() -> None:
    room = Room("bob")
    room.sessions.left(room.of["bob"], CHAT)
    room.head = 2  # ana came after bob was added with 1: this process had no room when it was told
    room.enter("ana")
    room.publisher.let_through(change(3))
    room.publisher.let_through(change(1, "conversation_created", joins=(UserId("bob"),)))
    room.publisher.replayed(CHAT, 1, [change(seq) for seq in (2, 3)], 3)
    room.publisher.let_through(change(4))
    assert flushed(room, "bob") == [1, 2, 3, 4]
    assert flushed(room, "ana") == [3, 4]


def test_events_of_one_number_stay_together_and_what_has_none_follows() -> None:
    read = Event("messages_read", CHAT, {"user_id": "ana"})
    elsewhere = Event("messages_read", ConversationId("other"), {"user_id": "ana"})
    created = Event("conversation_created", CHAT, {"seq": 0}, joins=(UserId("ana"),))
    personal = Personal("x", UserId("ana"), {})
    announced: list[Announcement] = [
        created,
        event("one", 1),
        event("two", 1),
        read,
        elsewhere,
        event("three", 2),
        personal,
        read,
    ]
    found = changes(announced, "here")
    assert found == [
        Change(CHAT, 0, [created], "here"),
        Change(CHAT, 1, [event("one", 1), event("two", 1), read], "here"),
        Change(ConversationId("other"), None, [elsewhere], "here"),
        Change(CHAT, 2, [event("three", 2)], "here"),
        personal,
        Change(CHAT, None, [read], "here"),
    ]


class Story:
    """A conversation that goes on in other processes, and what this one hears of it. `seed` is what is in it so far."""

    def __init__(self) -> None:
        self.room = Room()
        self.journal: list[Change] = []
        self.inside: list[set[str]] = [{"ana"}]  # as of each number
        self.devices: list[tuple[str, Session, Paper]] = []
        self.told_from: dict[Session, list[int]] = {}

    @property
    def head(self) -> int:
        return len(self.journal)

    def commit(self, who: str, kind: str) -> None:
        seq, inside = self.head + 1, set(self.inside[-1])
        if kind == "moves" and who in inside:
            inside.discard(who)
            made = change(seq, "member_removed", leaves=(UserId(who),))
        elif kind == "moves":
            inside.add(who)
            made = change(seq, "member_added", joins=(UserId(who),))
        else:
            made = change(seq)
        self.journal.append(made)
        self.inside.append(inside)

    def arrive(self, who: str) -> None:
        self.room.head = self.head
        self.room.enter(who, knows=who in self.inside[-1])
        self.devices.append((who, self.room.of[who], self.room.paper[who]))

    def hear(self, seq: int) -> None:
        if seq <= self.head:
            self.room.publisher.let_through(self.journal[seq - 1])

    def repair(self) -> None:
        line = self.room.sessions.lines.get(CHAT)
        if line is not None and line.last < self.head:
            self.room.publisher.committed(CHAT, self.head)
            self.room.publisher.replayed(CHAT, line.last, self.journal[line.last :], self.head)

    def look(self) -> None:
        for who in self.inside[-1]:
            joined = self.head
            while joined > 0 and who in self.inside[joined - 1]:
                joined -= 1
            self.room.publisher.welcome(UserId(who), CHAT, joined, {"seq": joined})

    def check(self) -> None:
        for who, session, paper in self.devices:
            session.connection.flush()
            heard = numbers(paper)
            assert heard == sorted(set(heard)), f"{who} heard {heard}"
            for before, seq in zip([None, *heard], heard, strict=False):
                belongs = who in self.inside[seq] or who in self.inside[seq - 1]
                assert belongs, f"{who} heard {seq}"
                if before is not None and before != seq - 1:
                    gap = range(before, seq - 1)
                    assert any(who not in self.inside[number] for number in gap), f"{who} heard {heard}"
            if who in self.inside[-1]:
                assert CHAT in session.conversations
                assert not heard or heard[-1] == self.head, f"{who} heard {heard} of {self.head}"
            else:
                assert CHAT not in session.conversations


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("commit"), st.sampled_from(PEOPLE), st.sampled_from(("says", "says", "moves"))),
        st.tuples(st.just("arrive"), st.sampled_from(PEOPLE)),
        st.tuples(st.just("hear"), st.integers(1, 12)),
        st.tuples(st.just("hear"), st.integers(1, 12)),
        st.tuples(st.just("repair")),
        st.tuples(st.just("look")),
    ),
    max_size=40,
)


@settings(max_examples=300)
@given(STEPS)
def test_whatever_is_lost_late_or_twice_everybody_hears_what_concerns_them_once_in_order(steps: list[Any]) -> None:
    async def play() -> None:
        story = Story()
        for name, *arguments in steps:
            getattr(story, name)(*arguments)
        story.repair()
        story.look()
        story.repair()
        story.check()

    asyncio.run(play())


@pytest.mark.parametrize("lost", range(1, 6))
async def test_the_removed_hear_nothing_more_when_the_word_of_their_removal_is_lost(lost: int) -> None:
    story = Story()
    for kind in ("says", "moves", "says", "moves", "says", "says"):
        story.commit("bob" if kind == "moves" else "ana", kind)
    story.room.head = 0
    story.room.enter("ana")
    story.room.enter("bob", knows=False)
    story.devices = [(name, story.room.of[name], story.room.paper[name]) for name in ("ana", "bob")]
    for seq in (1, 2, 3, 4, 5, 6):
        if seq != lost:
            story.hear(seq)
    story.repair()
    story.check()
    assert numbers(story.room.paper["ana"]) == [1, 2, 3, 4, 5, 6]
    assert numbers(story.room.paper["bob"]) == [2, 3, 4]
