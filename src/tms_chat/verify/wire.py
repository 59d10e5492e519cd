"""What the server says, as the history writes it down: events in snake_case, REST in camelCase, one meaning."""

from collections.abc import Mapping
from typing import Any, Final

from tms_chat.core.clock import from_iso
from tms_chat.verify.history import DELETION, EDIT, ENTER, LEAVE, MESSAGE, Event, Shown, Stored

Json = dict[str, Any]

EDITED: Final = "message_edited"
ENDS: Final = {"member_removed": "removed_user_id", "member_left": "user_id"}


def event_of(name: str, body: Mapping[str, Any]) -> Event | None:
    """What was told with a number; None for what has none, and for what is told to older clients only."""
    if not body.get("seq") or body.get("compat"):
        return None
    what = name
    people: tuple[str, ...] = ()
    if name == EDITED:
        what = DELETION if body["deleted_at"] is not None else EDIT
    elif name == ENTER:
        people = tuple(str(member["user_id"]) for member in body["added_members"])
    elif name in LEAVE:
        people = (str(body[ENDS[name]]),)
    message_id = body["id"] if name == MESSAGE else body.get("message_id") or ""
    return Event(body["seq"], what, message_id, people)


def shown_of(message: Mapping[str, Any]) -> Shown:
    """A message in either casing."""
    is_rest = "sequenceNumber" in message
    number, sender, edited, deleted, user = (
        ("sequenceNumber", "senderId", "isEdited", "deletedAt", "userId")
        if is_rest
        else ("sequence_number", "sender_id", "is_edited", "deleted_at", "user_id")
    )
    return Shown(
        number=message[number],
        sender=message[sender],
        content=message["content"],
        is_edited=message[edited],
        is_deleted=message[deleted] is not None,
        reactions=tuple(sorted((said[user], said["emoji"]) for said in message["reactions"])),
    )


def stored_of(message: Mapping[str, Any]) -> Stored:
    """A message as REST gives it to its own sender, who is shown the `client_id`."""
    return Stored(shown_of(message), message["clientId"], from_iso(message["createdAt"]).timestamp())
