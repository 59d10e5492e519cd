"""What a batch tells everybody: the same events, in the same order, as a message that is written alone."""

from collections.abc import Iterator
from typing import Any

import orjson

from tms_chat.core.events import Event
from tms_chat.core.ids import UserId
from tms_chat.core.notify import Notice
from tms_chat.messages.mentioning import MENTIONS, MENTIONS_ALL
from tms_chat.messages.sending.deciding import Written
from tms_chat.messages.sending.fresh import Fresh
from tms_chat.messages.sending.post import Sent


def tell(written: Written) -> tuple[Sent, list[Event]]:
    """The answer to its sender, and the events."""
    fresh = written.fresh
    message = fresh.event()
    body = message | {"seq": fresh.row.seq}
    told = [
        Event("new_message", fresh.row.conversation_id, body, notice=_notice(fresh), encoded=orjson.dumps(body)),
        *_read(written),
    ]
    return Sent(fresh.rest(), message, is_new=True, seq=fresh.row.seq), told


def _notice(fresh: Fresh) -> Notice:
    mentioned: Any = fresh.metadata.get(MENTIONS, ())
    return Notice(
        "message",
        fresh.row.sender_id,
        fresh.row.id,
        mentioned=frozenset(UserId(user_id) for user_id in mentioned),
        mentions_all=fresh.metadata.get(MENTIONS_ALL) is True,
    )


def _read(written: Written) -> Iterator[Event]:
    """`messages_read` and its companion, as `announce_read` does."""
    row, read = written.fresh.row, written.read
    if read is None:
        return
    status = {
        "conversation_id": row.conversation_id,
        "message_id": read.covered,
        "user_id": row.sender_id,
        "status": "read",
        "compat": True,
    }
    body = {
        "conversation_id": row.conversation_id,
        "user_id": row.sender_id,
        "sequence_number": row.number,
        "count": read.count,
    }
    companion = Event("message_status", row.conversation_id, status, by=row.sender_id, but=read.unaware)
    yield Event("messages_read", row.conversation_id, body, companions=(companion,), by=row.sender_id)
