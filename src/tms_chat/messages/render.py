"""Messages as JSON, from rows of prepared statements: what `messages.schema` makes of the same rows, to the byte.

Names and their order are those of the schema, in the casing of REST or of events. Text is put together from pieces
that are made once: a sender's profile for all of their messages, receipts for all messages that everybody's positions
say the same about. A test compares both ways over many shapes.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from pydantic import BaseModel

from tms_chat.core.addresses import shown_metadata
from tms_chat.core.clock import iso
from tms_chat.core.rules import message_status
from tms_chat.db.prepared import Row, Rows
from tms_chat.db.types import shown
from tms_chat.messages.schema import Message, MessageStatus, Reaction

CREATED = "\0"  # stands for the message's own time in a template; no JSON has it


class Casing:
    """What stands before each value of a message, in camelCase (`rest`) or snake_case (events)."""

    def __init__(self, *, rest: bool) -> None:
        message = _names(Message, rest)
        self.reaction = _names(Reaction, rest)
        self.status = _names(MessageStatus, rest)
        unused = "encrypted", "encryption_version", "sender_key_id"
        constant = "".join(message[name] + value for name, value in zip(unused, ("false", "null", "null"), strict=True))
        self.message = tuple(
            (constant if name == "created_at" else "") + text for name, text in message.items() if name not in unused
        )
        names = self.message
        # With the quotes around what needs no other escaping, and what most messages have in common.
        self.begin, self.conversation, self.sender = f'{names[0]}"', f'"{names[1]}"', f'"{names[2]}'
        self.type, self.metadata, self.created = f'{names[4]}"', f'"{names[5]}', f'{names[10]}"'
        self.status_of = f'{names[18]}"'
        self.no_answer = f"{names[6]}null{names[7]}null{names[8]}false{names[9]}"
        self.never_changed = f'"{names[11]}null{names[12]}null{names[13]}null{names[14]}'


def _names(model: type[BaseModel], rest: bool) -> dict[str, str]:
    shown_as = {name: (rest and found.alias) or name for name, found in model.model_fields.items()}
    return {name: f'{"," if place else "{"}"{shown_as[name]}":' for place, name in enumerate(shown_as)}


REST, EVENT = Casing(rest=True), Casing(rest=False)


def text_json(value: str | None) -> str:
    """A string as JSON, or null."""
    return "null" if value is None else orjson.dumps(value).decode()


def message_json(
    row: Row,
    sender: str,
    *,
    quoted: str = "null",
    reactions: str = "[]",
    statuses: str = "[]",
    poll: str = "null",
    status: str = "sent",
    casing: Casing = REST,
) -> str:
    """`message_answer` of a row of `MESSAGE_COLUMNS` (metadata as JSON text); the other parts are JSON already.

    `sender` is what `profile_json` makes of them.
    """
    (
        id_, conversation_id, number, sender_id, type_, content, metadata, reply_to_id, client_id, edited, created_at,
        updated_at, deleted_at,
    ) = row  # fmt: skip
    names = casing.message
    if deleted_at is not None:
        content, metadata, reactions, poll = "", "{}", "[]", "null"
    if reply_to_id is None and not edited:
        answers = casing.no_answer
    else:
        replied = "null" if reply_to_id is None else f'"{reply_to_id}"'
        is_edited = "true" if edited else "false"
        answers = f"{names[6]}{replied}{names[7]}{quoted}{names[8]}{is_edited}{names[9]}"
    if updated_at is None and deleted_at is None and client_id is None:
        since = casing.never_changed
    else:
        sent_as = "null" if client_id is None else f'"{client_id}"'
        since = f'"{names[11]}{time_json(updated_at)}{names[12]}{time_json(deleted_at)}{names[13]}{sent_as}{names[14]}'
    return "".join(
        (
            casing.begin, id_,
            casing.conversation, conversation_id,
            casing.sender, orjson.dumps(sender_id).decode(),
            names[3], orjson.dumps(content).decode(),
            casing.type, type_,
            casing.metadata, shown_json(metadata),
            answers, str(number),
            casing.created, created_at if isinstance(created_at, str) else iso(created_at),
            since, sender,
            names[15], reactions,
            names[16], statuses,
            names[17], poll,
            casing.status_of, status, '"}',
        )
    )  # fmt: skip


def time_json(value: str | datetime | None) -> str:
    """A stored time as JSON, or null."""
    return "null" if value is None else f'"{shown(value)}"'


def shown_json(metadata: str) -> str:
    """The stored metadata for the wire: as it is, unless it names files of ours."""
    if '"fileId"' not in metadata:
        return metadata
    return orjson.dumps(shown_metadata(orjson.loads(metadata))).decode()


def reactions_json(rows: Rows, casing: Casing = REST) -> dict[str, str]:
    """By message; rows of id, message_id, user_id, emoji, created_at in their order."""
    said: dict[str, list[str]] = {}
    names = tuple(casing.reaction.values())
    for id_, message_id, user_id, emoji, created_at in rows:
        values = (id_, message_id, user_id, emoji, shown(created_at))
        said.setdefault(message_id, []).append(
            "".join(name + text_json(value) for name, value in zip(names, values, strict=True)) + "}"
        )
    return {message_id: f"[{','.join(texts)}]" for message_id, texts in said.items()}


class Receipts:
    """`statuses` and `status` of messages of one conversation, from the positions of its members.

    Most messages of a page are the same to everybody: what is said of a recipient is made once for each range of
    numbers and times between which no position and no joining lies, and a message's own id is joined into it.
    """

    def __init__(self, listed: Rows, casing: Casing = REST, also: Iterable[int] = ()) -> None:
        """Rows of user_id, joined_at, read_number, read_at, delivered_number, delivered_at in the order shown.

        A range ends at the numbers in `also`, too.
        """
        self._listed = listed
        before_id, self._user, self._status, self._time = casing.status.values()
        self.begin, self.next = f'[{before_id}"', f',{before_id}"'
        self._users = [text_json(row[0]) for row in listed]
        self._numbers = sorted({*also, *(number for row in listed for number in (row[2], row[4]))})
        self._joined: list[Any] = sorted({row[1] for row in listed})
        self._ranges: dict[tuple[int, int], Range] = {}
        # The numbers after which and up to which the latest range goes, for what was written when everybody was there.
        self.after = self.to = 0
        self.since: Any = self._joined[-1] if listed else None
        self._range = Range()
        self.made = 0  # pieces, here and by whoever puts them together

    def of(self, message_id: str, sender_id: str, number: int, created_at: Any) -> tuple[str, str]:
        """How far each recipient is, and the worst of them: what the sender sees as the message's own status."""
        if not self._listed:
            return "[]", "sent"
        if not (self.after < number <= self.to and self.since <= created_at):
            self.range_of(number, created_at)
        pieces, worst = self._range.of_sender.get(sender_id) or self._range.without(sender_id, number)
        if not pieces:
            return "[]", worst
        text = f"{self.begin}{message_id}{(self.next + message_id).join(pieces)}]"
        return (text.replace(CREATED, shown(created_at) or "") if self._range.has_time else text), worst

    def range_of(self, number: int, created_at: Any) -> "Range":
        """The one with this number and time; `after`, `to` and `since` say for which others it is the same."""
        place, joined = bisect_left(self._numbers, number), bisect_right(self._joined, created_at)
        found = self._ranges.get((place, joined))
        if found is None:
            found = self._ranges[place, joined] = self._there(number, created_at)
        self._range = found
        self.after = self.to = 0
        if joined == len(self._joined):
            self.after = self._numbers[place - 1] if place else -1
            self.to = self._numbers[place] if place < len(self._numbers) else number
        return found

    def _there(self, number: int, created_at: Any) -> "Range":
        """Everybody who was there when it was written."""
        made = Range()
        self.made += len(self._listed)
        for row, user in zip(self._listed, self._users, strict=True):
            if row[1] <= created_at:
                status = message_status(number, row[4], row[2])
                time = shown(row[3] if status == "read" else row[5] if status == "delivered" else None)
                made.has_time = made.has_time or time is None
                made.rows.append(row)
                made.pieces.append(f'"{self._user}{user}{self._status}"{status}"{self._time}"{time or CREATED}"}}')
        return made


class Strip(NamedTuple):
    """What stands between the id and the text of the usual message of somebody, and what stands after it, in pieces.

    The message's id goes between each two, its time where CREATED stands if it `has_time`; or both at these places.
    """

    before: str
    after: list[str]
    has_time: bool
    ids: list[int] | None = None
    times: Sequence[int] = ()


@dataclass(slots=True)
class Range:
    """Who is told of, and what follows the message's id for each of them; `has_time`: some name the message's time."""

    rows: list[Row] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    has_time: bool = False
    of_sender: dict[str, tuple[list[str], str]] = field(default_factory=dict)
    strips: dict[str, Strip] = field(default_factory=dict)  # by sender: see `messages.usual`

    def without(self, sender_id: str, number: int) -> tuple[list[str], str]:
        """The pieces of all but the sender, and the worst of their statuses, that of any number in this range."""
        rows = [row for row in self.rows if row[0] != sender_id]
        pieces = [piece for row, piece in zip(self.rows, self.pieces, strict=True) if row[0] != sender_id]
        delivered, read = (min((row[place] for row in rows), default=0) for place in (4, 2))
        made = self.of_sender[sender_id] = (pieces, message_status(number, delivered, read))
        return made
