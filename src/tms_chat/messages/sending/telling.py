"""What a batch tells everybody: the same events, in the same order, as a message that is written alone."""

from collections.abc import Sequence
from typing import NamedTuple

import structlog

from tms_chat.core.addresses import own_address
from tms_chat.core.errors import ChatError
from tms_chat.core.events import Announcement, Encoded, Event
from tms_chat.core.notify import Notice
from tms_chat.messages.mentioning import MENTIONS, MENTIONS_ALL
from tms_chat.messages.sending.deciding import Outcome, Written
from tms_chat.messages.sending.post import Post, Sent
from tms_chat.receipts.positions import moved

log = structlog.get_logger(__name__)


class Rendered(NamedTuple):
    """For each post of a batch its answer, and what is announced, by what its senders call this server."""

    answers: list[Sent | Exception]
    announced: list[tuple[str, list[Announcement]]]


def render(posts: Sequence[Post], outcomes: Sequence[Outcome]) -> Rendered:
    """In the order of the posts. What cannot be rendered was written all the same: its sender hears of an error."""
    rendered = Rendered([], [])
    for post, outcome in zip(posts, outcomes, strict=True):
        if not isinstance(outcome, Written):
            rendered.answers.append(outcome)
            continue
        if not rendered.announced or rendered.announced[-1][0] != post.address:
            own_address.set(post.address)
            rendered.announced.append((post.address, []))
        try:
            sent, events = _tell(outcome)
        except Exception:
            log.exception("rendering_failed", message_id=outcome.fresh.row.id)
            rendered.answers.append(ChatError("internal"))
            continue
        rendered.answers.append(sent)
        rendered.announced[-1][1].extend(events)
    return rendered


def _tell(written: Written) -> tuple[Sent, list[Event]]:
    row, metadata = written.fresh.row, written.metadata
    quote = written.fresh.quote
    shapes = written.fresh.render()
    notice = Notice(
        "message",
        row.sender_id,
        row.id,
        mentioned=frozenset(metadata.get(MENTIONS, ())),
        mentions_all=metadata.get(MENTIONS_ALL) is True,
        replied_to=None if quote is None else quote.sender_id,
    )
    body, told = Encoded(shapes.event), []
    if quote is not None and shapes.bare is not None:
        bare = dict.fromkeys(quote.late, Encoded(shapes.bare))
        told.append(Event("new_message", row.conversation_id, {}, bodies_by_user=bare, number=row.seq))
    unaware = frozenset() if quote is None else quote.late
    told.append(
        Event(
            "new_message",
            row.conversation_id,
            body,
            but=unaware,
            notice=notice,
            encoded=shapes.event,
            number=row.seq,
        )
    )
    if (read := written.read) is not None:
        covered = {read.covered: read.unaware}
        told.append(moved("read", row.conversation_id, row.sender_id, row.number, read.unread, covered))
    return Sent(shapes.answer, body, is_new=True, seq=row.seq), told
