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
    """A conversation as it is for everybody, as a row."""

    id: str
    type: str
    name: str | None
    avatar_url: str | None
    created_by: str | None
    created_at: Any
    updated_at: Any
    last_message_at: Any
    member_count: int


class Place(NamedTuple):
    """Where the viewer is in a conversation, as a row.

    `begins_later`: there are messages, and their history begins after the newest one. `has_hidden`: they deleted
    something for themselves, in any conversation.
    """

    id: str
    unread: int
    is_muted: bool
    mute_until: Any
    begins_later: bool
    has_hidden: bool


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


def mute_json(place: Place, now: datetime) -> str | None:
    """How the viewer's own mute is shown, None when it does not hold now."""
    if not place.is_muted:
        return None
    until = moment(place.mute_until)
    if until is not None and until <= now:
        return None
    return f',"isMuted":true,"muteUntil":{_time(place.mute_until)}'


class Frame(NamedTuple):
    """`conversation_answer` but for what is the viewer's own: their name for it, the members, their counts.

    `name` is None where everybody has another one.
    """

    before_name: bytes
    name: bytes | None
    before_members: bytes
    before_count: bytes
    end: bytes


def frame(held: Held, last_message: Row | None, people: dict[str, Person]) -> Frame:
    """Of a conversation with this message as its last one; `people` knows who created it."""
    named = {"id": held.id, "type": held.type, "name": held.name}
    dated = {
        "avatarUrl": absolute(held.avatar_url) if held.avatar_url else None,
        "createdBy": held.created_by,
        "createdAt": shown(held.created_at),
        "updatedAt": shown(held.updated_at),
    }
    creator = people.get(held.created_by or "")
    last = "null" if last_message is None else _last_message(last_message)
    return Frame(
        orjson.dumps(named)[:-1] + b',"display_name":',
        orjson.dumps(held.name) if held.type == "group" and held.name else None,
        b"," + orjson.dumps(dated)[1:-1] + b',"members":[',
        b'],"memberCount":%d,"unreadCount":' % held.member_count,
        f',"lastMessage":{last},"creator":{"null" if creator is None else creator.profile}}}'.encode(),
    )


def counts_json(place: Place, *, is_muted: bool) -> bytes:
    """What stands between `before_count` and `end`: the viewer's own counts."""
    return b'%d,"isMuted":%s' % (place.unread, b"true" if is_muted else b"false")


def display_name_json(held: Held, viewer_id: UserId, ids: Sequence[str], people: dict[str, Person]) -> bytes:
    """Of one without a name of its own: the others."""
    others = [people[user_id].name for user_id in ids if user_id != viewer_id]
    return orjson.dumps(", ".join(others) or held.name or "Conversation")


def _time(value: str | datetime | None) -> str:
    return "null" if value is None else f'"{shown(value)}"'


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
