"""What a batch tells everybody: the same events, in the same order, as a message that is written alone."""

from collections.abc import Iterator

from tms_chat.core.events import Encoded, Event
from tms_chat.core.notify import Notice
from tms_chat.messages.mentioning import MENTIONS, MENTIONS_ALL
from tms_chat.messages.sending.deciding import Written
from tms_chat.messages.sending.post import Sent


def tell(written: Written) -> tuple[Sent, list[Event]]:
    """The answer to its sender, and the events."""
    row, metadata = written.fresh.row, written.metadata
    answer, encoded = written.fresh.render()
    notice = Notice(
        "message",
        row.sender_id,
        row.id,
        mentioned=frozenset(metadata.get(MENTIONS, ())),
        mentions_all=metadata.get(MENTIONS_ALL) is True,
    )
    told = [Event("new_message", row.conversation_id, Encoded(encoded), notice=notice, encoded=encoded)]
    told += _read(written)
    return Sent(answer, told[0].body, is_new=True, seq=row.seq), told


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
        "count": read.unread,
    }
    companion = Event("message_status", row.conversation_id, status, by=row.sender_id, but=read.unaware)
    yield Event("messages_read", row.conversation_id, body, companions=(companion,), by=row.sender_id)
