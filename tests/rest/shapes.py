"""The shapes of the wire contract, to the key: every key is there, none is more, and each has its type."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


@dataclass(frozen=True)
class Maybe:
    """Null, or this."""

    shape: Any


def time(value: Any) -> bool:
    return isinstance(value, str) and TIME.fullmatch(value) is not None


def one_of(*choices: str) -> Callable[[Any], bool]:
    return lambda value: value in choices


def check(value: Any, shape: Any, where: str = "answer") -> None:
    """Fails with the path of the first difference. A shape is a type, a predicate, Maybe, a list or a mapping."""
    if isinstance(shape, Maybe):
        if value is not None:
            check(value, shape.shape, where)
    elif isinstance(shape, Mapping):
        assert isinstance(value, dict), f"{where}: {value!r} is not an object"
        assert value.keys() == shape.keys(), f"{where}: keys differ in {sorted(value.keys() ^ shape.keys())}"
        for key, inner in shape.items():
            check(value[key], inner, f"{where}.{key}")
    elif isinstance(shape, list):
        assert isinstance(value, list), f"{where}: {value!r} is not a list"
        for number, item in enumerate(value):
            check(item, shape[0], f"{where}[{number}]")
    elif isinstance(shape, type):
        assert type(value) is shape, f"{where}: {value!r} is not a {shape.__name__}"  # True is not an int here
    else:
        assert shape(value), f"{where}: {value!r}"


TEXT = Maybe(str)
ROLE = one_of("ADMIN", "LEADER", "MEMBER")
USER = {
    "id": str, "tmsUserId": str, "email": str, "username": TEXT, "firstName": TEXT, "lastName": TEXT,
    "middleName": TEXT, "name": TEXT, "displayName": str, "image": TEXT, "role": ROLE, "positionTitle": TEXT,
    "division": TEXT, "department": TEXT, "section": TEXT, "customTeam": TEXT, "isActive": bool, "isLeader": bool,
    "lastSyncedAt": Maybe(time), "createdAt": time, "settings": Maybe(dict),
}  # fmt: skip
PROFILE = {
    "id": str, "tms_user_id": str, "email": str, "first_name": str, "last_name": str, "middle_name": str,
    "username": str, "name": str, "image": str, "role": ROLE, "position_title": str, "division": str,
    "department": str,
}  # fmt: skip
MEMBER = {
    "userId": str, "role": one_of("admin", "member"), "joinedAt": time, "lastReadAt": Maybe(time), "isMuted": bool,
    "muteUntil": Maybe(time), "user": PROFILE,
}  # fmt: skip
MESSAGE_TYPE = one_of("TEXT", "IMAGE", "FILE", "VOICE", "POLL", "CALL", "SYSTEM")
LAST_MESSAGE = {
    "id": str, "content": str, "type": MESSAGE_TYPE, "sender_id": str, "senderId": str, "timestamp": time,
    "encrypted": bool,
}  # fmt: skip
CONVERSATION = {
    "id": str, "type": one_of("dm", "group"), "name": TEXT, "display_name": str, "avatarUrl": TEXT, "createdBy": TEXT,
    "createdAt": time, "updatedAt": time, "members": [MEMBER], "memberCount": int, "unreadCount": int, "isMuted": bool,
    "lastMessage": Maybe(LAST_MESSAGE), "creator": Maybe(PROFILE),
}  # fmt: skip
PAGINATION = {"next_cursor": TEXT, "has_more": bool, "limit": int}
CONVERSATIONS = {"data": [CONVERSATION], "pagination": PAGINATION}
STATUS = one_of("sent", "delivered", "read")
POLL = {
    "id": str, "messageId": str, "question": str, "multipleChoice": bool, "isClosed": bool, "expiresAt": Maybe(time),
    "createdAt": time,
    "options": [
        {"id": str, "pollId": str, "optionText": str, "position": int, "voteCount": int, "voters": [str]},
    ],
    "totalVotes": int, "userVotes": [str],
}  # fmt: skip
MESSAGE: dict[str, Any] = {
    "id": str, "conversationId": str, "senderId": str, "content": str, "type": MESSAGE_TYPE, "metadata": dict,
    "replyToId": TEXT, "isEdited": bool, "sequenceNumber": int, "encrypted": bool, "encryptionVersion": Maybe(int),
    "senderKeyId": TEXT, "createdAt": time, "updatedAt": Maybe(time), "deletedAt": Maybe(time), "clientId": TEXT,
    "sender": PROFILE,
    "reactions": [{"id": str, "messageId": str, "userId": str, "emoji": str, "createdAt": time}],
    "statuses": [{"messageId": str, "userId": str, "status": STATUS, "timestamp": time}],
    "poll": Maybe(POLL), "status": STATUS,
}  # fmt: skip
QUOTED = MESSAGE | {"replyTo": lambda value: value is None}  # one level only
MESSAGE["replyTo"] = Maybe(QUOTED)
MESSAGES = {"data": [MESSAGE], "pagination": PAGINATION}
LOGIN = {"success": bool, "user": USER, "token": str, "message": str}
DONE = {"success": bool, "message": str}
INVITATION = {
    "id": str, "token": TEXT, "maxUses": int, "uses": int, "createdAt": time, "expiresAt": time,
    "revokedAt": Maybe(time), "createdBy": str,
}  # fmt: skip

# Words of exceptions, of SQL and of our own source that no answer may contain.
LEAK = re.compile(
    r"Traceback|File \"|\.py\b|sqlalchemy|asyncpg|sqlite3?\b|SELECT |INSERT |UPDATE |\w+Error\b|\w+Exception\b"
)


def shaped(answer: httpx.Response, shape: Any, status: int = 200) -> Any:
    """The JSON of an answer with this status and shape."""
    assert answer.status_code == status, f"{answer.request.method} {answer.request.url}: {answer.text[:500]}"
    assert answer.headers["content-type"] == "application/json"
    check(answer.json(), shape)
    return answer.json()


def refused(answer: httpx.Response, *statuses: int, code: str | None = None) -> dict[str, Any]:
    """A refusal as the contract wants it: a sentence, a code, the request's id, and nothing from inside."""
    what = f"{answer.request.method} {str(answer.request.url)[:200]}: {answer.status_code} {answer.text[:500]!r}"
    assert answer.status_code in statuses, what
    body: dict[str, Any] = answer.json()
    assert {"detail", "code", "requestId"} <= body.keys() <= {"detail", "code", "requestId", "errors"}, what
    detail = body["detail"]
    if isinstance(detail, dict):  # where existing clients sign in
        assert detail.keys() == {"error", "message", "hint"}, what
        detail = detail["message"]
    assert isinstance(detail, str), what
    assert detail.endswith("."), what
    assert "\n" not in detail, what
    assert not LEAK.search(answer.text), what
    assert body["requestId"] == answer.headers["x-request-id"], what
    assert ("retry-after" in answer.headers) is (answer.status_code in (429, 503)), what
    if code is not None:
        assert body["code"] == code, what
    return body
