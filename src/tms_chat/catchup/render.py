"""A journal row as the event it was announced with, with what its message says now: deleted text is gone, edited text
is the newest, and applying it again changes nothing. Companions for older clients are in `companions`."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import orjson
from pydantic import BaseModel

from tms_chat.catchup.entries import Entry
from tms_chat.catchup.material import Material
from tms_chat.conversations.events import (
    AddedMember,
    ConversationUpdatedEvent,
    MemberAddedEvent,
    MemberLeftEvent,
    MemberRemovedEvent,
    MemberUpdatedEvent,
)
from tms_chat.core.addresses import absolute
from tms_chat.db.journal import Kind
from tms_chat.db.prepared import Row
from tms_chat.db.types import moment, shown
from tms_chat.messages.events import ReactionRemovedEvent, UnseenChangeEvent
from tms_chat.messages.model import Message
from tms_chat.messages.pages import NUMBER_OF, SENDER_OF
from tms_chat.messages.render import EVENT, message_json, shown_json
from tms_chat.people.model import stored_user
from tms_chat.people.render import profile_json
from tms_chat.people.schema import public_profile

_FIELDS = [*Message.__dataclass_fields__]
CONTENT, METADATA, EDITED, CREATED, UPDATED, DELETED = (
    _FIELDS.index(name) for name in ("content", "metadata", "is_edited", "created_at", "updated_at", "deleted_at")
)


class Told(NamedTuple):
    """An event: its name and its body as JSON."""

    name: str
    body: bytes


def told(entry: Entry, found: Material) -> Told:
    """As the viewer of `found` is told, or all who see the message and what it quotes."""
    if entry.message_id is not None:
        row = found.messages.get(entry.message_id)
        if row is None or not found.is_within(row) or (entry.kind == "new_message" and found.is_hidden(row)):
            return unseen(entry, row)
    renderer = RENDERERS.get(entry.kind)
    # What a newer version writes beside us, during an upgrade, is a number that says nothing here.
    return renderer(entry, found) if renderer is not None else unseen(entry, None)


def unseen(entry: Entry, row: Row | None) -> Told:
    """To members in whose history the message is not."""
    is_new = entry.kind == "new_message" and row is not None
    return model_of(
        "unseen_change",
        UnseenChangeEvent(
            conversation_id=entry.conversation_id,
            seq=entry.seq,
            sequence_number=row[NUMBER_OF] if is_new and row is not None else None,
            timestamp=moment(row[CREATED]) if is_new and row is not None else None,
        ),
    )


def new_message(entry: Entry, found: Material, *, with_quote: bool = True) -> Told:
    """The message with all that belongs to it, and its number in the journal."""
    text = message_text(entry, found, with_quote=with_quote)
    return Told("new_message", f'{text[:-1]},"seq":{entry.seq}}}'.encode())


def message_text(entry: Entry, found: Material, *, with_quote: bool = True) -> str:
    """The message itself, as JSON."""
    row = _message(entry, found)
    quote = found.quoted_by(row) if with_quote else None
    quoted = "null"
    if quote is not None and found.is_within(quote):
        quoted = message_json(quote, _profile(found, quote[SENDER_OF]), casing=EVENT)
    statuses, status = found.receipts_of(row, row[CREATED])
    return message_json(
        row,
        _profile(found, row[SENDER_OF]),
        quoted=quoted,
        reactions=found.reactions.get(row[0], "[]"),
        statuses=statuses,
        poll=found.polls.get(row[0], "null"),
        status=status,
        casing=EVENT,
    )


def _message_edited(entry: Entry, found: Material) -> Told:
    row = _message(entry, found)
    is_gone = row[DELETED] is not None
    body = {
        "message_id": row[0],
        "content": "" if is_gone else row[CONTENT],
        "metadata_json": _metadata(row),
        "is_edited": bool(row[EDITED]),
        "updated_at": shown(row[UPDATED]),
        "deleted_at": shown(row[DELETED]),
    }
    return body_of("message_edited", entry, body)


def _link_preview(entry: Entry, found: Material) -> Told:
    row = _message(entry, found)
    return body_of("link_preview", entry, {"message_id": row[0], "metadata_json": _metadata(row)})


def _reaction_added(entry: Entry, found: Material) -> Told:
    """What this person says to the message now. Where a later number takes it back that is nothing: what is left
    to say is that the one before it is gone."""
    row = _message(entry, found)
    if row[DELETED] is not None:
        return unseen(entry, row)
    reaction = found.reaction_of.get((row[0], entry.actor_id))
    if reaction is None:
        return reaction_gone(entry, entry.replaced)
    return body_of("reaction_added", entry, {"message_id": row[0], "reaction": orjson.Fragment(reaction)})


def _reaction_removed(entry: Entry, found: Material) -> Told:
    """Which emoji it was is gone with the message."""
    return reaction_gone(entry, entry.emoji if _message(entry, found)[DELETED] is None else "")


def reaction_gone(entry: Entry, emoji: str, *, compat: bool = False) -> Told:
    """This person's reaction to the message; whichever it is where `emoji` is empty."""
    return model_of(
        "reaction_removed",
        ReactionRemovedEvent(
            conversation_id=entry.conversation_id,
            seq=entry.seq,
            message_id=entry.message_id or "",
            user_id=entry.actor_id,
            emoji=emoji,
            compat=compat,
        ),
    )


def _poll_vote_added(entry: Entry, found: Material) -> Told:
    return _poll(entry, found, {"user_id": entry.actor_id})


def _poll_closed(entry: Entry, found: Material) -> Told:
    return _poll(entry, found, {})


def _poll(entry: Entry, found: Material, who: Mapping[str, Any]) -> Told:
    row = _message(entry, found)
    poll = found.polls.get(row[0])
    if poll is None:  # deleted with its message
        return unseen(entry, row)
    return body_of(entry.kind, entry, {"poll_id": orjson.loads(poll)["id"], **who, "poll": orjson.Fragment(poll)})


def conversation_updated(entry: Entry, found: Material, *, compat: bool = False) -> Told:
    """The title, the picture and the readable history."""
    held = found.held[entry.conversation_id]
    return model_of(
        "conversation_updated",
        ConversationUpdatedEvent(
            conversation_id=entry.conversation_id,
            seq=entry.seq,
            updated_by=entry.actor_id,
            updated_by_id=entry.actor_id,
            updated_by_name=_name(found, entry.actor_id),
            conversation_name=held.name or "",
            name=held.name,
            avatar_url=absolute(held.avatar_url) if held.avatar_url else None,
            history_visibility=held.history_visibility,
            timestamp=moment(entry.created_at),
            compat=compat,
        ),
    )


def _member_added(entry: Entry, found: Material) -> Told:
    added = [
        AddedMember(
            user_id=user_id,
            full_name=_name(found, user_id),
            role=_role(entry, found, user_id, "member"),
            user=public_profile(stored_user(found.people[user_id])),
        )
        for user_id in entry.people
    ]
    return model_of(
        "member_added",
        MemberAddedEvent(
            conversation_id=entry.conversation_id,
            seq=entry.seq,
            added_members=added,
            added_by=entry.actor_id,
            member_count=found.held[entry.conversation_id].member_count,
            timestamp=moment(entry.created_at),
        ),
    )


def _member_removed(entry: Entry, found: Material) -> Told:
    return model_of(
        "member_removed",
        MemberRemovedEvent(
            conversation_id=entry.conversation_id,
            seq=entry.seq,
            removed_user_id=entry.people[0],
            removed_by=entry.actor_id,
            member_count=found.held[entry.conversation_id].member_count,
            timestamp=moment(entry.created_at),
        ),
    )


def _member_left(entry: Entry, found: Material) -> Told:
    return model_of(
        "member_left",
        MemberLeftEvent(
            conversation_id=entry.conversation_id,
            seq=entry.seq,
            user_id=entry.people[0],
            user_name=_name(found, entry.people[0]),
            member_count=found.held[entry.conversation_id].member_count,
            timestamp=moment(entry.created_at),
        ),
    )


def _member_updated(entry: Entry, found: Material) -> Told:
    user_id = entry.people[0]
    return model_of(
        "member_updated",
        MemberUpdatedEvent(
            conversation_id=entry.conversation_id,
            seq=entry.seq,
            user_id=user_id,
            role=_role(entry, found, user_id, entry.data["role"]),
            updated_by_id=entry.actor_id,
            updated_by_name=_name(found, entry.actor_id),
            timestamp=moment(entry.created_at),
        ),
    )


#: Every kind of the journal.
RENDERERS: Mapping[Kind, Callable[[Entry, Material], Told]] = {
    "new_message": new_message,
    "message_edited": _message_edited,
    "reaction_added": _reaction_added,
    "reaction_removed": _reaction_removed,
    "poll_vote_added": _poll_vote_added,
    "poll_closed": _poll_closed,
    "link_preview": _link_preview,
    "conversation_updated": conversation_updated,
    "member_added": _member_added,
    "member_removed": _member_removed,
    "member_left": _member_left,
    "member_updated": _member_updated,
}


def _message(entry: Entry, found: Material) -> Row:
    assert entry.message_id is not None
    return found.messages[entry.message_id]


def _metadata(row: Row) -> orjson.Fragment:
    return orjson.Fragment("{}" if row[DELETED] is not None else shown_json(row[METADATA]))


def _profile(found: Material, user_id: str) -> str:
    return profile_json(found.people[user_id])


def _name(found: Material, user_id: str) -> str:
    """What people call them; empty for the host product."""
    row = found.people.get(user_id)
    return "" if row is None else stored_user(row).display_name


def _role(entry: Entry, found: Material, user_id: str, else_: str) -> str:
    role, _ = found.roles.get((entry.conversation_id, user_id), (else_, 0))
    return role


def body_of(name: str, entry: Entry, body: Mapping[str, Any]) -> Told:
    """An event of this number with this in it."""
    return Told(name, orjson.dumps({"conversation_id": entry.conversation_id, "seq": entry.seq, **body}))


def model_of(name: str, body: BaseModel) -> Told:
    """An event with all that its schema has."""
    return Told(name, body.model_dump_json(by_alias=False).encode())
