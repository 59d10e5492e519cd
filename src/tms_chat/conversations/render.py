"""Conversations as JSON, from rows of prepared statements: what `conversations.schema` makes of them, to the byte."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from tms_chat.core.addresses import absolute
from tms_chat.core.ids import UserId
from tms_chat.db.prepared import Row
from tms_chat.db.types import moment, shown
from tms_chat.people.render import profile_json, shown_name


class Held(NamedTuple):
    """A conversation with the viewer's own membership in it, as a row."""

    id: str
    type: str
    name: str | None
    avatar_url: str | None
    created_by: str | None
    created_at: Any
    updated_at: Any
    last_number: int
    last_message_at: Any
    member_count: int
    read_number: int
    is_muted: bool
    mute_until: Any


class Person(NamedTuple):
    """What is shown of somebody wherever they are a member; made once for a page."""

    name: str
    profile: str
    before_role: str
    after_mute: str


def person(row: Row) -> Person:
    """Of a row that begins with `USER_COLUMNS`."""
    profile = profile_json(row)
    user_id = orjson.dumps(row[0]).decode()
    return Person(shown_name(row), profile, f'{{"userId":{user_id},"role":"', f',"user":{profile}}}')


def conversation_json(
    held: Held,
    viewer_id: UserId,
    listed: Sequence[Row],
    last_message: Row | None,
    people: dict[str, Person],
    now: datetime,
) -> str:
    """`conversation_answer`. `listed` are user_id, role, joined_at, read_at of the members to show, in their order."""
    until = moment(held.mute_until)
    is_muted = bool(held.is_muted) and (until is None or until > now)
    head = {
        "id": held.id,
        "type": held.type,
        "name": held.name,
        "display_name": _display_name(held, viewer_id, listed, people),
        "avatarUrl": absolute(held.avatar_url) if held.avatar_url else None,
        "createdBy": held.created_by,
        "createdAt": shown(held.created_at),
        "updatedAt": shown(held.updated_at),
    }
    mine = f',"isMuted":true,"muteUntil":{_time(held.mute_until)}' if is_muted else NOT_MUTED
    creator = people.get(held.created_by or "")
    return "".join(
        (
            orjson.dumps(head).decode()[:-1],
            ',"members":[',
            ",".join(_members(listed, people, viewer_id, mine)),
            f'],"memberCount":{held.member_count},"unreadCount":{held.last_number - held.read_number}',
            f',"isMuted":{"true" if is_muted else "false"},"lastMessage":',
            "null" if last_message is None else _last_message(last_message),
            ',"creator":',
            "null" if creator is None else creator.profile,
            "}",
        )
    )


# Whether somebody else muted the conversation is nobody's business, and no event would tell.
NOT_MUTED = ',"isMuted":false,"muteUntil":null'


def _members(listed: Iterable[Row], people: dict[str, Person], viewer_id: UserId, mine: str) -> Iterable[str]:
    for user_id, role, joined_at, read_at in listed:
        _, _, before, after = people[user_id]
        mute = mine if user_id == viewer_id else NOT_MUTED
        yield f'{before}{role}","joinedAt":"{shown(joined_at)}","lastReadAt":{_time(read_at)}{mute}{after}'


def _time(value: str | datetime | None) -> str:
    return "null" if value is None else f'"{shown(value)}"'


def _display_name(held: Held, viewer_id: UserId, listed: Iterable[Row], people: dict[str, Person]) -> str:
    if held.type == "group" and held.name:
        return held.name
    others = [people[row[0]].name for row in listed if row[0] != viewer_id]
    return ", ".join(others) or held.name or "Conversation"


def _last_message(row: Row) -> str:
    id_, content, type_, sender_id, created_at, deleted_at = row
    shown_as = {
        "id": id_,
        "content": "" if deleted_at is not None else content,
        "type": type_,
        "sender_id": sender_id,
        "senderId": sender_id,
        "timestamp": shown(created_at),
        "encrypted": False,
    }
    return orjson.dumps(shown_as).decode()
