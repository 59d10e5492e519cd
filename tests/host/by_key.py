"""The host's side of conversations that belong to its objects."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any

import httpx

from tests.host.host import API_KEY
from tests.host.office import Office
from tests.rest.shapes import shaped
from tests.support.people import Person

SHAPE = {
    "id": str, "key": str, "title": str, "avatar_url": lambda value: value is None or isinstance(value, str),
    "member_ids": [str], "admin_ids": [str], "created": bool, "changed": bool,
}  # fmt: skip
_numbers = count(1)


def new_key() -> str:
    return f"task:{next(_numbers)}"


def ids(people: Sequence[Any]) -> list[str]:
    return [person.id for person in people]


def put(
    office: Office, key: str, title: str, people: Sequence[Any], *, api_key: str | None = "its own", **fields: Any
) -> httpx.Response:
    """PUT /host/conversations/by-key/{key} with these members; the key is the one the server was given."""
    body = {"title": title, "member_ids": ids(people), **fields}
    if api_key == "its own":
        api_key = office.server.env.get("HOST_API_KEY", API_KEY)
    headers = {} if api_key is None else {"X-API-Key": api_key}
    return office.anonymous.put(f"/host/conversations/by-key/{key}", json=body, headers=headers)


def made(office: Office, title: str, people: Sequence[Any], **fields: Any) -> tuple[str, str]:
    """The key and the id of a new one."""
    key = new_key()
    answer = shaped(put(office, key, title, people, **fields), SHAPE, 201)
    assert (answer["key"], answer["title"], answer["created"], answer["changed"]) == (key, title, True, True)
    assert sorted(answer["member_ids"]) == sorted(fields.get("member_ids", ids(people)))
    return key, answer["id"]


def unread(office: Office, person_id: str, api_key: str = API_KEY) -> httpx.Response:
    return office.anonymous.get(f"/host/users/{person_id}/unread", headers={"X-API-Key": api_key})


def system_messages(office: Office, person: Person, conversation_id: str) -> list[dict[str, Any]]:
    """The SYSTEM messages, oldest first."""
    messages = office.history(person, conversation_id).json()["data"]
    return [message for message in reversed(messages) if message["type"] == "SYSTEM"]
