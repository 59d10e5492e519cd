"""Announcements over the bus: they arrive as they were announced, whatever their size, and nothing else gets in."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from tms_chat.core.events import Encoded, Event, FilesGone, Personal, SessionsEnded
from tms_chat.core.ids import ConversationId, MessageId, UserId
from tms_chat.core.notify import Notice
from tms_chat.realtime.bus import codec
from tms_chat.realtime.bus.codec import Message, Misfit, TooLong
from tms_chat.realtime.order import Change

CHAT = ConversationId("chat")
ANA, BOB = UserId("ana"), UserId("bob")
ROOM = 7_500


def carried(change: Change, max_bytes: int = ROOM) -> Message:
    about, payload = codec.about_change(change)
    text = codec.encode(Message("node", 7, "change", about, payload), max_bytes)
    assert len(text.encode()) <= max_bytes
    return codec.decode(text)


def everything() -> Change:
    seen, unseen = {"seq": 5, "text": "hé"}, {"seq": 5, "text": None}
    notice = Notice("message", ANA, MessageId("m"), mentioned=frozenset({BOB}), mentions_all=True, replied_to=BOB)
    companion = Event("old", CHAT, {"seq": 5, "compat": True}, but=frozenset({ANA}))
    return Change(
        CHAT,
        5,
        [
            Event("first", CHAT, {}, bodies_by_user={ANA: seen, BOB: unseen}, joins=(ANA,)),
            Event("second", CHAT, seen, but=frozenset({BOB}), companions=(companion,), notice=notice, leaves=(BOB,)),
            Event("third", CHAT, {"x": 1}, by=ANA, notice=Notice("member_activity", ANA, only=BOB)),
        ],
        "https://chat.example.com",
    )


def test_a_change_arrives_as_it_left() -> None:
    message = carried(everything())
    assert (message.node, message.count, message.kind) == ("node", 7, "change")
    assert message.about == {"c": CHAT, "seq": 5, "joins": [ANA]}
    assert codec.to_change(message) == everything()


@pytest.mark.parametrize("name", ["v", "node", "n", "kind"])
def test_no_head_can_speak_in_the_name_of_another_node(name: str) -> None:
    with pytest.raises(ValueError, match="names of the message's own"):
        codec.encode(Message("node", 7, "signs", {"what": "ask", name: "other"}), ROOM)


def test_what_is_encoded_already_goes_as_it_is() -> None:
    body = b'{"seq":3,"big":123456789012345678901234567890,"x":"\\u2028"}'
    message = carried(Change(CHAT, 3, [Event("e", CHAT, Encoded(body), encoded=body, number=3)]))
    assert body.decode() in str(message.payload)
    assert codec.to_change(message).events[0].body == json.loads(body)


def test_large_numbers_keep_their_digits_beside_what_is_encoded() -> None:
    body = {"seq": 3, "big": 123456789012345678901234567890}
    events = [Event("a", CHAT, body), Event("b", CHAT, Encoded(b'{"seq":3}'), encoded=b'{"seq":3}')]
    assert [event.body for event in codec.to_change(carried(Change(CHAT, 3, events))).events] == [body, {"seq": 3}]


def test_what_is_long_is_packed_and_what_is_longer_is_read_from_the_journal() -> None:
    long = Change(CHAT, 1, [Event("e", CHAT, {"seq": 1, "text": "So it goes. " * 2_000})])
    assert codec.to_change(carried(long)) == long
    noise = random.Random(2).randbytes(9_000).hex()
    message = carried(Change(CHAT, 1, [Event("e", CHAT, {"seq": 1, "text": noise})]))
    assert message.payload is None
    assert message.about == {"c": CHAT, "seq": 1}


def test_who_joins_stands_in_the_head_or_is_looked_up() -> None:
    many = tuple(UserId(str(number)) for number in range(codec.MAX_JOINS + 1))
    assert carried(Change(CHAT, 0, [Event("e", CHAT, {"seq": 0}, joins=many)])).about["joins"] is True
    long = tuple(UserId(f"{number}" + 'é"' * 100) for number in range(20))
    assert carried(Change(CHAT, 0, [Event("e", CHAT, {"seq": 0}, joins=long)])).about["joins"] is True
    assert carried(Change(CHAT, 0, [Event("e", CHAT, {"seq": 0}, joins=long[:5])])).about["joins"] == [*long[:5]]


@pytest.mark.parametrize("payload", [None, "{}"])
def test_a_head_without_room_is_not_sent(payload: str | None) -> None:
    about = {"user": "é" * (ROOM // 2)}
    with pytest.raises(TooLong):
        codec.encode(Message("node", 1, "personal", about, payload), ROOM)


def test_no_text_brings_a_character_that_postgresql_has_not() -> None:
    body = {"seq": 1, "text": "a\x00b"}
    events = [Event("e", CHAT, body), Event("f", CHAT, {**body, "big": 10**30})]
    for change in (Change(CHAT, 1, events[:1]), Change(CHAT, 1, events)):
        about, payload = codec.about_change(change)
        text = codec.encode(Message("node", 1, "change", {**about, "user": "a\x00b"}, payload), ROOM)
        assert "\x00" not in text
        assert codec.to_change(codec.decode(text)) == change


@pytest.mark.parametrize(
    "item",
    [SessionsEnded(ANA), SessionsEnded(ANA, "hash"), Personal("preferences_updated", ANA, {"sound_enabled": True})],
)
def test_what_concerns_one_person_arrives(item: Any) -> None:
    told = codec.about_person(item)
    assert told is not None
    assert codec.to_announcement(codec.decode(codec.encode(Message("node", 1, *told), ROOM))) == item


def test_what_concerns_the_committing_process_only_stays_there() -> None:
    assert codec.about_person(FilesGone(("key",))) is None


GOOD = {"v": 1, "node": "a", "n": 1, "kind": "change"}


@pytest.mark.parametrize(
    "text",
    [
        "", "null", "[]", "{}", "1", '"x"', "not json", "\x00", "{" * 100_000, json.dumps(GOOD | {"v": 2}),
        json.dumps(GOOD | {"n": "1"}), json.dumps(GOOD | {"node": 1}), json.dumps(GOOD | {"kind": "shout"}),
        json.dumps(GOOD | {"kind": []}), json.dumps(GOOD) + "\n~not packed", json.dumps(GOOD) + "\n~",
    ],
)  # fmt: skip
def test_what_nobody_of_us_wrote_is_a_misfit(text: str) -> None:
    with pytest.raises(Misfit):
        codec.decode(text)


@pytest.mark.parametrize(
    "payload",
    [
        "", "null", "[]", "{}", '{"events": 1}', '{"events": [1], "address": ""}', '{"events": [{}], "address": ""}',
        '{"events": [{"name": "x", "views": 1}], "address": ""}',
        '{"events": [{"name": "x", "body": [1]}], "address": ""}',
        '{"events": [{"name": "x", "companions": [[]]}], "address": ""}',
        '{"events": [{"name": "x", "notice": {}}], "address": ""}',
    ],
)  # fmt: skip
def test_a_payload_that_is_no_change_is_a_misfit(payload: str) -> None:
    with pytest.raises(Misfit):
        codec.to_change(Message("a", 1, "change", {"c": "chat", "seq": 1}, payload))


def test_what_is_packed_to_burst_is_a_misfit() -> None:
    text = codec.encode(Message("a", 1, "change", {}, " " * (codec.MOST_UNPACKED + 1)), ROOM)
    with pytest.raises(Misfit):
        codec.decode(text)
