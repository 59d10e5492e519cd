"""Messages as JSON, from rows of prepared statements: what `messages.schema` makes of the same rows, to the byte.

Names and their order are those of the schema, in the casing of REST or of events. Text is put together from pieces
that are made once: a sender's profile for all of their messages, receipts for all messages that everybody's positions
say the same about. A test compares both ways over many shapes.
"""

from bisect import bisect_left, bisect_right
from datetime import datetime
from typing import Any

import orjson
from pydantic import BaseModel

from tms_chat.core.addresses import shown_metadata
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
    if deleted_at is None:
        said, metadata = orjson.dumps(content).decode(), shown_json(metadata)
        updated, deleted = "null" if updated_at is None else f'"{shown(updated_at)}"', "null"
    else:
        said, metadata, reactions, poll = '""', "{}", "[]", "null"
        updated, deleted = "null" if updated_at is None else f'"{shown(updated_at)}"', f'"{shown(deleted_at)}"'
    names = casing.message
    return "".join(
        (
            names[0], '"', id_,
            '"', names[1], '"', conversation_id,
            '"', names[2], orjson.dumps(sender_id).decode(),
            names[3], said,
            names[4], '"', type_,
            '"', names[5], metadata,
            names[6], "null" if reply_to_id is None else f'"{reply_to_id}"',
            names[7], quoted,
            names[8], "true" if edited else "false",
            names[9], str(number),
            names[10], '"', shown(created_at) or "",
            '"', names[11], updated,
            names[12], deleted,
            names[13], "null" if client_id is None else f'"{client_id}"',
            names[14], sender,
            names[15], reactions,
            names[16], statuses,
            names[17], poll,
            names[18], '"', status, '"}',
        )
    )  # fmt: skip


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

    def __init__(self, listed: Rows, casing: Casing = REST) -> None:
        """Rows of user_id, joined_at, read_number, read_at, delivered_number, delivered_at in the order shown."""
        self._listed = listed
        before_id, self._user, self._status, self._time = casing.status.values()
        self._begin, self._next = f'[{before_id}"', f',{before_id}"'
        self._users = [text_json(row[0]) for row in listed]
        self._numbers = sorted({number for row in listed for number in (row[2], row[4])})
        self._joined: list[Any] = sorted({row[1] for row in listed})
        self._ranges: dict[tuple[int, int], tuple[list[str], list[str], bool]] = {}
        self._of_sender: dict[tuple[str, int, int], tuple[list[str], bool]] = {}

    def statuses(self, message_id: str, sender_id: str, number: int, created_at: str | datetime) -> str:
        """How far each recipient is."""
        place = bisect_left(self._numbers, number), bisect_right(self._joined, created_at)
        made = self._of_sender.get((sender_id, *place))
        if made is None:
            made = self._of_sender[sender_id, *place] = self._without(sender_id, place, number, created_at)
        pieces, has_time = made
        if not pieces:
            return "[]"
        text = f"{self._begin}{message_id}{(self._next + message_id).join(pieces)}]"
        return text.replace(CREATED, shown(created_at) or "") if has_time else text

    def worst(self, sender_id: str, number: int, created_at: str | datetime) -> str:
        """The status of a message to its sender: that of whoever is furthest behind."""
        others: list[Any] = [row for row in self._listed if row[0] != sender_id and row[1] <= created_at]
        if not others:
            return message_status(number, 0, 0)
        return message_status(number, min(row[4] for row in others), min(row[2] for row in others))

    def _without(
        self, sender_id: str, place: tuple[int, int], number: int, created_at: str | datetime
    ) -> tuple[list[str], bool]:
        there = self._ranges.get(place)
        if there is None:
            there = self._ranges[place] = self._there(number, created_at)
        ids, pieces, has_time = there
        if sender_id not in ids:
            return pieces, has_time
        at = ids.index(sender_id)
        return pieces[:at] + pieces[at + 1 :], has_time

    def _there(self, number: int, created_at: Any) -> tuple[list[str], list[str], bool]:
        """The ids of everybody who was there when it was written, and what follows the message's id for each."""
        ids, pieces, has_time = [], [], False
        for row, user in zip(self._listed, self._users, strict=True):
            if row[1] <= created_at:
                status = message_status(number, row[4], row[2])
                time = shown(row[3] if status == "read" else row[5] if status == "delivered" else None)
                has_time = has_time or time is None
                ids.append(row[0])
                pieces.append(f'"{self._user}{user}{self._status}"{status}"{self._time}"{time or CREATED}"}}')
        return ids, pieces, has_time
