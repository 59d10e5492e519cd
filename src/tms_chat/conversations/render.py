"""Conversations as JSON, from rows of prepared statements: what `conversations.schema` makes of them, to the byte."""

from collections.abc import Sequence
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
    member_version: int
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


# Whether somebody else muted the conversation is nobody's business, and no event would tell.
NOT_MUTED = ',"isMuted":false,"muteUntil":null'


def member_json(row: Row, shown_as: Person, mute: str | None) -> str:
    """One member, of user_id, role, joined_at, read_at; `mute` is what `mute_json` says of the viewer."""
    _, role, joined_at, read_at = row
    joined = f'{role}","joinedAt":"{shown(joined_at)}","lastReadAt":{_time(read_at)}'
    return f"{shown_as.before_role}{joined}{mute or NOT_MUTED}{shown_as.after_mute}"


def mute_json(held: Held, now: datetime) -> str | None:
    """How the viewer's own mute is shown, None when it does not hold now."""
    until = moment(held.mute_until)
    if not held.is_muted or (until is not None and until <= now):
        return None
    return f',"isMuted":true,"muteUntil":{_time(held.mute_until)}'


def conversation_json(
    held: Held,
    viewer_id: UserId,
    ids: Sequence[str],
    members: bytes,
    last_message: Row | None,
    people: dict[str, Person],
    *,
    is_muted: bool,
) -> tuple[bytes, bytes, bytes]:
    """`conversation_answer` in pieces. `ids` are the members to show and `members` their JSON."""
    head = {
        "id": held.id,
        "type": held.type,
        "name": held.name,
        "display_name": _display_name(held, viewer_id, ids, people),
        "avatarUrl": absolute(held.avatar_url) if held.avatar_url else None,
        "createdBy": held.created_by,
        "createdAt": shown(held.created_at),
        "updatedAt": shown(held.updated_at),
    }
    creator = people.get(held.created_by or "")
    last = "null" if last_message is None else _last_message(last_message)
    rest = (
        f'],"memberCount":{held.member_count},"unreadCount":{held.last_number - held.read_number}'
        f',"isMuted":{"true" if is_muted else "false"},"lastMessage":{last}'
        f',"creator":{"null" if creator is None else creator.profile}}}'
    )
    return orjson.dumps(head)[:-1] + b',"members":[', members, rest.encode()


def _time(value: str | datetime | None) -> str:
    return "null" if value is None else f'"{shown(value)}"'


def _display_name(held: Held, viewer_id: UserId, ids: Sequence[str], people: dict[str, Person]) -> str:
    if held.type == "group" and held.name:
        return held.name
    others = [people[user_id].name for user_id in ids if user_id != viewer_id]
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
