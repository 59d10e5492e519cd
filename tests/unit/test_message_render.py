"""Messages written as JSON from rows are what the schema makes of them, to the byte, in REST and in events."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from tms_chat.conversations.model import Member
from tms_chat.core.addresses import own_address
from tms_chat.core.clock import iso
from tms_chat.core.ids import ConversationId, MessageId, UserId, uuid7
from tms_chat.messages.model import Message
from tms_chat.messages.render import EVENT, REST, Casing, Receipts, message_json, reactions_json
from tms_chat.messages.schema import Reaction, is_recipient, message_answer
from tms_chat.messages.usual import UsualMessages
from tms_chat.people.model import User
from tms_chat.people.render import profile_json

BEGIN = datetime(2026, 1, 31, 9, 5, tzinfo=UTC)
CONVERSATION = ConversationId(uuid7())
TEXTS = ("", "plain", '","', '\\","\\', 'quotes " and \\ back', "\n\t\x01\x1f\x7f", "\u2028é😀", "{}", "null")
METADATA: tuple[dict[str, Any], ...] = (
    {},
    {"a": [1, -1.5, 1e22, 1e-7, 0.1, True, None, "é\u0001"], "": {"b": {}}},
    {"fileId": "f", "fileUrl": "/api/v1/files/f", "thumbnailUrl": None, "fileName": '"é".png'},
)


def some_user(chance: random.Random) -> User:
    def maybe() -> str | None:
        return chance.choice((None, *TEXTS))

    return User(
        UserId(chance.choice(("", 'odd "é" \\ ')) + uuid7()), "a@b",
        maybe(), maybe(), maybe(), maybe(), maybe(), maybe(),
        "MEMBER", maybe(), maybe(), maybe(), None, None, True, False, None, BEGIN, None,
    )  # fmt: skip


def some_member(chance: random.Random, user: User) -> Member:
    def moved() -> datetime | None:
        return chance.choice(
            (None, BEGIN + timedelta(seconds=chance.randint(0, 99), microseconds=chance.randint(0, 9)))
        )

    read = chance.randint(0, 12)
    return Member(
        CONVERSATION, user.id, "member", BEGIN + timedelta(minutes=chance.choice((0, 0, 0, 3, 6))), read, moved(),
        read + chance.randint(0, 3), moved(), False, None, None, 0, 0,
    )  # fmt: skip


def some_message(chance: random.Random, sender: User, number: int) -> Message:
    at = BEGIN + timedelta(minutes=number, microseconds=chance.choice((0, 1, 120000)))
    edited = chance.random() < 0.2
    return Message(
        MessageId(uuid7()), CONVERSATION, number, sender.id, chance.choice(("TEXT", "FILE", "SYSTEM")),
        chance.choice(TEXTS), chance.choice(METADATA), chance.choice((None, MessageId(uuid7()))),
        chance.choice((None, uuid7())), edited, at, at if edited else None,
        at + timedelta(hours=1) if chance.random() < 0.2 else None,
    )  # fmt: skip


def stored(value: Any, as_text: bool) -> Any:
    """A value as a driver gives it."""
    return iso(value) if as_text and isinstance(value, datetime) else value


def row_of(message: Message, as_text: bool) -> list[Any]:
    values = [getattr(message, name) for name in Message.__dataclass_fields__]
    return [orjson.dumps(v).decode() if isinstance(v, dict) else stored(v, as_text) for v in values]


def profile(user: User) -> str:
    return profile_json([getattr(user, name) for name in User.__dataclass_fields__])


@pytest.mark.parametrize("casing", [REST, EVENT], ids=["rest", "event"])
@pytest.mark.parametrize("as_text", [True, False], ids=["sqlite", "postgresql"])
@pytest.mark.parametrize("seed", range(40))
def test_to_the_byte(seed: int, as_text: bool, casing: Casing) -> None:
    chance = random.Random(seed)
    people = [some_user(chance) for _ in range(chance.choice((1, 2, 5)))]
    members = [some_member(chance, user) for user in people]
    columns = ("user_id", "joined_at", "read_number", "read_at", "delivered_number", "delivered_at")
    receipts = Receipts([[stored(getattr(m, name), as_text) for name in columns] for m in members], casing)
    token = own_address.set("http://chat.test")
    for number in chance.sample(range(1, 15), 12):
        sender = chance.choice(people)
        message = some_message(chance, sender, number)
        quoted = some_message(chance, people[0], 1) if message.reply_to_id and chance.random() < 0.7 else None
        said = [Reaction(id=uuid7(), message_id=message.id, user_id=user.id, emoji="❤️", created_at=BEGIN)
                for user in people[: chance.choice((0, 1, 2))]]  # fmt: skip
        others = [member for member in members if member.user_id != sender.id]
        wanted = message_answer(
            message, sender, quoted=message_answer(quoted, people[0]) if quoted else None, recipients=others,
            reactions=said,
        )  # fmt: skip
        row = row_of(message, as_text)
        rows = [[r.id, r.message_id, r.user_id, r.emoji, stored(r.created_at, as_text)] for r in said]
        statuses, worst = receipts.of(message.id, sender.id, number, stored(message.created_at, as_text))
        made = message_json(
            row, profile(sender), statuses=statuses, casing=casing,
            quoted=message_json(row_of(quoted, as_text), profile(people[0]), casing=casing) if quoted else "null",
            reactions=reactions_json(rows, casing).get(message.id, "[]"),
        )  # fmt: skip
        expected = wanted.rest() if casing is REST else wanted.model_dump_json(by_alias=False).encode()
        assert made.encode() == expected
        if casing is EVENT:
            assert orjson.loads(made) == wanted.event()
        reached = [member for member in others if is_recipient(message, member)]
        read = min((member.read_number for member in reached), default=0)
        delivered = min((member.delivered_number for member in reached), default=0)
        assert worst == ("read" if number <= read else "delivered" if number <= delivered else "sent")
    own_address.reset(token)


@pytest.mark.parametrize("as_text", [True, False], ids=["sqlite", "postgresql"])
@pytest.mark.parametrize("count", [0, 1, 2, 5, 8])
@pytest.mark.parametrize("seed", range(10))
def test_usual_messages_to_the_byte(seed: int, count: int, as_text: bool) -> None:
    """Of members, and of somebody who is none any more; `odd` is asked for the others, in their place."""
    chance = random.Random(seed)
    people = [some_user(chance) for _ in range(count + 1)]
    members = [some_member(chance, user) for user in people[:count]]
    columns = ("user_id", "joined_at", "read_number", "read_at", "delivered_number", "delivered_at")
    listed = [[stored(getattr(m, name), as_text) for name in columns] for m in members]
    rows, wanted = [], []
    for number in sorted(chance.sample(range(1, 20), chance.choice((1, 12))), reverse=True):
        sender = chance.choice(people)
        message = replace(
            some_message(chance, sender, number),
            type="TEXT", metadata={}, reply_to_id=None, is_edited=False, updated_at=None, deleted_at=None,
        )  # fmt: skip
        odd = chance.choice((None, None, None, "", uuid7()))
        names = ("id", "number", "sender_id", "content", "created_at", "client_id")
        rows.append([*(stored(getattr(message, name), as_text) for name in names), odd])
        statuses, worst = Receipts(listed).of(message.id, sender.id, number, stored(message.created_at, as_text))
        made = message_json(row_of(message, as_text), profile(sender), statuses=statuses, status=worst)
        wanted.append(made if odd is None else f"odd {message.id} {sender.id} {number}")
    senders = {str(user.id): profile(user) for user in people}
    usual_messages = UsualMessages(CONVERSATION, senders, Receipts(listed), lambda _sender, _number, worst: worst)
    pieces = usual_messages.pieces(rows, lambda id_, sender, number, _: f"odd {id_} {sender} {number}")
    assert "".join(pieces) == ",".join(wanted)
    assert usual_messages.pieces([], lambda *_: "") == []
