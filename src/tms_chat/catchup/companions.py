"""What follows a change for older clients, said again: events of the same number that repeat it in their words.

Whoever asks by number ignores them, so they are told to rooms alone. An older client does not ask: its socket is all
that it has.
"""

from collections.abc import Callable, Mapping

import orjson

from tms_chat.catchup.entries import Entry
from tms_chat.catchup.material import Material
from tms_chat.catchup.render import (
    DELETED,
    Told,
    body_of,
    conversation_updated,
    message_text,
    model_of,
    reaction_gone,
)
from tms_chat.db.journal import Kind
from tms_chat.messages.events import MessageDeletedEvent


def companions(entry: Entry, found: Material) -> list[Told]:
    """In the order in which they follow; mostly none."""
    renderer = RENDERERS.get(entry.kind)
    return [] if renderer is None else renderer(entry, found)


def _new_poll(entry: Entry, found: Material) -> list[Told]:
    """None, where the poll was deleted with its message."""
    poll = found.polls.get(entry.message_id or "")
    if poll is None:
        return []
    message = orjson.Fragment(message_text(entry, found))
    return [body_of("new_poll", entry, {"poll": orjson.Fragment(poll), "message": message, "compat": True})]


def _message_deleted(entry: Entry, found: Material) -> list[Told]:
    row = found.messages.get(entry.message_id or "")
    if row is None or row[DELETED] is None:
        return []
    about = MessageDeletedEvent(conversation_id=entry.conversation_id, seq=entry.seq, message_id=row[0])
    return [model_of("message_deleted", about)]


def _replaced(entry: Entry, found: Material) -> list[Told]:
    """The reaction before this one is gone, unless it is back. Where this one is gone too, the event itself says so."""
    row = found.messages.get(entry.message_id or "")
    now = None if row is None else found.reaction_of.get((row[0], entry.actor_id))
    if now is None or not entry.replaced or orjson.loads(now)["emoji"] == entry.replaced:
        return []
    return [reaction_gone(entry, entry.replaced, compat=True)]


def _fetch_it_again(entry: Entry, found: Material) -> list[Told]:
    """They know no event for a role."""
    return [conversation_updated(entry, found, compat=True)]


RENDERERS: Mapping[Kind, Callable[[Entry, Material], list[Told]]] = {
    "new_message": _new_poll,
    "message_edited": _message_deleted,
    "reaction_added": _replaced,
    "member_updated": _fetch_it_again,
}
