"""The polls of a page of history by the hot door: the statements of `polls.queries`, prepared."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Boolean, select

from tms_chat.core.ids import UserId
from tms_chat.db.prepared import Prepared, Steps, among
from tms_chat.db.types import Instant, moment
from tms_chat.polls.model import POLL_COLUMNS, Poll, poll_options, poll_votes, polls
from tms_chat.polls.queries import OPTION_COLUMNS, poll_answer

OPTIONS = Prepared(
    select(*POLL_COLUMNS, *OPTION_COLUMNS)
    .join_from(polls, poll_options)
    .where(among(polls.c.message_id, "ids"))
    .order_by(poll_options.c.poll_id, poll_options.c.position),
    "ids",
)
VOTES = Prepared(
    select(poll_votes.c.option_id, poll_votes.c.user_id)
    .join_from(poll_votes, polls)
    .where(among(polls.c.message_id, "ids"))
    .order_by(poll_votes.c.created_at, poll_votes.c.user_id),
    "ids",
)


def _same(value: Any) -> Any:
    return value


CONVERSIONS: list[Callable[[Any], Any]] = [
    bool if isinstance(column.type, Boolean) else moment if isinstance(column.type, Instant) else _same
    for column in POLL_COLUMNS
]


def polls_json(message_ids: Sequence[str], viewer_id: UserId | None) -> Steps[dict[str, str]]:
    """The JSON of these messages' polls as `viewer_id` sees them; None for everybody. Asked even for none: a constant
    cost."""
    with_options = yield OPTIONS, (message_ids,)
    votes = yield VOTES, (message_ids,)
    found: dict[str, Poll] = {}
    split = len(POLL_COLUMNS)
    options: dict[str, list[tuple[str, int, str]]] = defaultdict(list)
    for row in with_options:
        found[row[0]] = Poll(*(convert(value) for convert, value in zip(CONVERSIONS, row[:split], strict=True)))
        options[row[0]].append((row[split], row[split + 1], row[split + 2]))
    voters: dict[str, list[UserId]] = defaultdict(list)
    for option_id, user_id in votes:
        voters[option_id].append(user_id)
    return {
        poll.message_id: poll_answer(poll, options[poll.id], voters, viewer_id).rest().decode()
        for poll in found.values()
    }
