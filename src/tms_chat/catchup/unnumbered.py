"""What somebody missed that has no number, for the end of the last page: receipts have a time, and what one deleted for
oneself is told each time."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Integer, and_, bindparam, case, exists, func, or_, select

from tms_chat.blocks.model import blocks
from tms_chat.catchup.render import Told
from tms_chat.conversations.model import members
from tms_chat.core.ids import ConversationId, UserId
from tms_chat.db.prepared import Prepared, Rows, Steps, Together, among
from tms_chat.db.types import Instant, moment
from tms_chat.messages.model import hidden_messages, messages

#: What was written when a clock said so may be seen a moment later, and clocks differ.
OVERLAP = timedelta(minutes=1)
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)  # nothing moved before: whoever asks from the year 1 means everything
MAX_RECEIPTS = 1000
MAX_HIDDEN = 1000

_is_blocked = exists().where(blocks.c.blocker_id == bindparam("user_id"), blocks.c.blocked_id == members.c.user_id)
_since = bindparam("since", type_=Instant())
_has_read, _has_received = members.c.read_at > _since, members.c.delivered_at > _since
_moved = (
    select(
        *(members.c[name] for name in ("conversation_id", "user_id", "read_number", "delivered_number")),
        _has_read.label("has_read"),
        _has_received.label("has_received"),
        # The earlier one of those that count: of whoever is not on the page, both are still to be told.
        case(
            (and_(_has_read, _has_received, members.c.delivered_at < members.c.read_at), members.c.delivered_at),
            (_has_read, members.c.read_at),
            else_=members.c.delivered_at,
        ).label("moved_at"),
    )
    .where(among(members.c.conversation_id, "ids"), or_(_has_read, _has_received), ~_is_blocked)
    .subquery()
)
# Those of one moment have the same rank and stay together: a page ends between two moments.
_ranked = select(
    *_moved.c, func.rank().over(order_by=_moved.c.moved_at).label("place"), func.count().over().label("total")
).subquery()
RECEIPTS = Prepared(
    select(*(column for column in _ranked.c if column.name != "place"))
    .where(_ranked.c.place <= bindparam("most", type_=Integer()))
    .order_by(_ranked.c.moved_at),
    "ids",
    "since",
    "user_id",
    "most",
)
MOVED_AT, TOTAL = -2, -1  # of a row of these
HIDDEN = Prepared(
    select(hidden_messages.c.conversation_id, messages.c.id)
    .join_from(
        hidden_messages,
        messages,
        and_(
            messages.c.conversation_id == hidden_messages.c.conversation_id,
            messages.c.number == hidden_messages.c.number,
        ),
    )
    .where(hidden_messages.c.user_id == bindparam("user_id"), among(hidden_messages.c.conversation_id, "ids"))
    .order_by(messages.c.id.desc())
    .limit(MAX_HIDDEN),
    "user_id",
    "ids",
)

BOTH = Together(RECEIPTS, HIDDEN)


class Unnumbered(NamedTuple):
    """`until`: receipts are left, and this is the `since` from which on they are told."""

    events: list[Told]
    until: datetime | None = None


def unnumbered_steps(
    user_id: UserId, ids: Sequence[ConversationId], listing: Sequence[ConversationId], since: datetime | None
) -> Steps[Unnumbered]:
    """Of these conversations; receipts of those alone that list them. Of too many receipts the ones that moved first:
    whatever moves while the client goes on is told later, with its new position."""
    if not ids:
        return Unnumbered([])
    hidden: Rows
    receipts: Rows = ()
    if since is None:
        hidden = yield HIDDEN, (user_id, ids)
    else:
        moved_after = max(since, EARLIEST) - OVERLAP
        receipts, hidden = yield BOTH, ((listing, moved_after, user_id, MAX_RECEIPTS), (user_id, ids))
    events = [_plain("message_hidden", conversation_id=row[0], message_id=row[1]) for row in hidden]
    for conversation_id, who, read, delivered, has_read, has_received, *_ in receipts:
        about = {"conversation_id": conversation_id, "user_id": who, "count": 0}
        if has_read:
            events.append(_plain("messages_read", sequence_number=read, **about))
        if has_received and delivered > read:
            events.append(_plain("messages_delivered", sequence_number=delivered, **about))
    if not receipts or receipts[-1][TOTAL] == len(receipts):
        return Unnumbered(events)
    return Unnumbered(events, moment(receipts[-1][MOVED_AT]) + OVERLAP)


def _plain(name: str, **body: Any) -> Told:
    return Told(name, orjson.dumps(body))
