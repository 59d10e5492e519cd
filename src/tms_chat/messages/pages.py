"""A page of history by the hot door: the statements of `messages.queries.history`, prepared, and their rows as JSON."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import and_, bindparam, func, select

from tms_chat.conversations.model import conversations, members
from tms_chat.core.errors import ChatError
from tms_chat.core.ids import ConversationId, UserId
from tms_chat.core.rules import message_status
from tms_chat.db.prepared import Prepared, Row, Rows, Steps, among
from tms_chat.identity.standing import STANDING_COLUMNS
from tms_chat.messages.access import readable
from tms_chat.messages.model import MESSAGE_COLUMNS, messages, reactions
from tms_chat.messages.render import Receipts, message_json, reactions_json
from tms_chat.messages.schema import MAX_STATUS_MEMBERS
from tms_chat.people.model import USER_COLUMNS, users
from tms_chat.people.render import PROFILE_COLUMNS, profile_json
from tms_chat.polls.pages import polls_json
from tms_chat.schema import Pagination

BEYOND = 2**62  # above every number

ACCESS = Prepared(
    select(
        *STANDING_COLUMNS,
        *(conversations.c[name] for name in ("last_seq", "member_count")),
        *(members.c[name] for name in ("history_after", "delivered_number", "read_number")),
    )
    .select_from(users)
    .outerjoin(
        members, and_(members.c.user_id == users.c.id, members.c.conversation_id == bindparam("conversation_id"))
    )
    .outerjoin(conversations, conversations.c.id == members.c.conversation_id)
    .where(users.c.id == bindparam("user_id")),
    "user_id",
    "token_hash",
    "conversation_id",
)
PAGE = Prepared(
    select(*MESSAGE_COLUMNS)
    .where(
        messages.c.conversation_id == bindparam("conversation_id"),
        messages.c.number < bindparam("before"),
        readable(bindparam("user_id"), bindparam("history_after")),
    )
    .order_by(messages.c.number.desc())
    .limit(bindparam("count")),
    "conversation_id",
    "user_id",
    "history_after",
    "before",
    "count",
)
# By their ids alone: with the conversation beside them, SQLite may choose to read all of it.
BY_ID = Prepared(select(*MESSAGE_COLUMNS).where(among(messages.c.id, "ids")), "ids")
SENDERS = Prepared(select(*USER_COLUMNS[:PROFILE_COLUMNS]).where(among(users.c.id, "ids")), "ids")
REACTIONS = Prepared(
    select(*(reactions.c[name] for name in ("id", "message_id", "user_id", "emoji", "created_at")))
    .where(among(reactions.c.message_id, "ids"))
    .order_by(reactions.c.id),
    "ids",
)
POSITIONS = ("user_id", "joined_at", "read_number", "read_at", "delivered_number", "delivered_at")
LISTED = Prepared(
    select(*(members.c[name] for name in POSITIONS))
    .where(members.c.conversation_id == bindparam("conversation_id"))
    .order_by(members.c.joined_at, members.c.user_id),
    "conversation_id",
)
SLOWEST = Prepared(
    select(func.min(members.c.delivered_number), func.min(members.c.read_number)).where(
        members.c.conversation_id == bindparam("conversation_id"), members.c.user_id != bindparam("user_id")
    ),
    "conversation_id",
    "user_id",
)
CONVERSATION, NUMBER, SENDER, TYPE, REPLY_TO, CREATED_AT = (
    [column.name for column in MESSAGE_COLUMNS].index(name)
    for name in ("conversation_id", "number", "sender_id", "type", "reply_to_id", "created_at")
)


@dataclass(frozen=True, slots=True)
class HotPage:
    """The answer, and the journal number it stands for."""

    body: bytes
    seq: int


def page_steps(
    user_id: UserId,
    token_hash: str,
    conversation_id: ConversationId,
    limit: int,
    before: int | None,
    counts: Callable[[Row | None], bool],
) -> Steps[HotPage | None]:
    """One page, newest first; None when the token does not simply count. Raises ChatError `conversation_not_found`."""
    found = yield ACCESS, (user_id, token_hash, conversation_id)
    if not found or not counts(found[0]):
        return None
    last_seq, member_count, history_after, delivered_number, read_number = found[0][len(STANDING_COLUMNS) :]
    if last_seq is None:
        raise ChatError("conversation_not_found")
    rows = yield PAGE, (conversation_id, user_id, history_after, BEYOND if before is None else before, limit + 1)
    has_more, rows = len(rows) > limit, rows[:limit]
    replied = [row[REPLY_TO] for row in rows if row[REPLY_TO] is not None]
    quotes = yield BY_ID, (replied,)
    quotes = [row for row in quotes if row[CONVERSATION] == conversation_id and row[NUMBER] > history_after]
    people = yield SENDERS, ({row[SENDER] for part in (rows, quotes) for row in part},)
    is_listed = member_count <= MAX_STATUS_MEMBERS
    positions = yield (LISTED, (conversation_id,)) if is_listed else (SLOWEST, (conversation_id, user_id))
    said = yield REACTIONS, ([row[0] for row in rows],)
    polls = yield from polls_json([row[0] for row in rows if row[TYPE] == "POLL"], user_id)
    senders = {person[0]: profile_json(person) for person in people}
    texts = _texts(
        rows,
        senders,
        {row[0]: message_json(row, senders[row[SENDER]]) for row in quotes},
        Receipts(positions if is_listed else ()),
        None if is_listed else positions[0],
        (user_id, delivered_number, read_number),
        reactions_json(said),
        polls,
    )
    cursor = f"seq:{rows[-1][NUMBER]}" if has_more else None
    pagination = Pagination(next_cursor=cursor, has_more=has_more, limit=limit)
    body = f'{{"data":[{",".join(texts)}],"pagination":{pagination.model_dump_json()}}}'
    return HotPage(body.encode(), last_seq)


def _texts(
    rows: Rows,
    senders: dict[str, str],
    quotes: dict[str, str],
    receipts: Receipts,
    slowest: Row | None,
    viewer: tuple[UserId, int, int],
    said: dict[str, str],
    polls: dict[str, str],
) -> list[str]:
    viewer_id, delivered_number, read_number = viewer
    texts = []
    for row in rows:
        id_, number, sender_id, replied = row[0], row[NUMBER], row[SENDER], row[REPLY_TO]
        statuses, status = receipts.of(id_, sender_id, number, row[CREATED_AT])
        if sender_id != viewer_id:
            status = message_status(number, delivered_number, read_number)
        elif slowest is not None:
            status = message_status(number, slowest[0] or 0, slowest[1] or 0)
        texts.append(
            message_json(
                row,
                senders[sender_id],
                quoted="null" if replied is None else quotes.get(replied, "null"),
                reactions=said.get(id_, "[]"),
                statuses=statuses,
                poll=polls.get(id_, "null"),
                status=status,
            )
        )
    return texts
