"""A page of history by the hot door: the statements of `messages.queries.history`, prepared, and their rows as JSON."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sqlalchemy import Text, and_, bindparam, case, cast, exists, func, select

from tms_chat.conversations.model import conversations, members
from tms_chat.core.errors import ChatError
from tms_chat.core.ids import ConversationId, UserId
from tms_chat.db.prepared import Prepared, Row, Rows, Steps, Together, among
from tms_chat.identity.standing import STANDING_COLUMNS
from tms_chat.messages.access import readable
from tms_chat.messages.model import MESSAGE_COLUMNS, hidden_messages, messages, reactions
from tms_chat.messages.render import Receipts, message_json, reactions_json
from tms_chat.messages.schema import MAX_STATUS_MEMBERS
from tms_chat.messages.views import Views, make_view
from tms_chat.people.model import USER_COLUMNS, users
from tms_chat.people.render import PROFILE_COLUMNS, profile_json
from tms_chat.polls.pages import polls_json
from tms_chat.schema import pagination_json

BEYOND = 2**62  # above every number

ACCESS = Prepared(
    select(
        *STANDING_COLUMNS,
        conversations.c.last_seq,
        *(members.c[name] for name in ("history_after", "delivered_number", "read_number")),
        exists()
        .where(
            hidden_messages.c.user_id == bindparam("user_id"),
            hidden_messages.c.conversation_id == bindparam("conversation_id"),
        )
        .label("has_hidden"),
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
# Null for the usual message; for the others the id of what they answer, or nothing.
ODD = case(
    (
        and_(
            messages.c.type == "TEXT",
            cast(messages.c.metadata, Text) == "{}",
            messages.c.reply_to_id.is_(None),
            messages.c.is_edited.is_(False),
            messages.c.updated_at.is_(None),
            messages.c.deleted_at.is_(None),
            ~exists().where(reactions.c.message_id == messages.c.id),
        ),
        None,
    ),
    else_=func.coalesce(messages.c.reply_to_id, ""),
)
_page = (
    select(*(messages.c[name] for name in ("id", "number", "sender_id", "content", "created_at", "client_id")), ODD)
    .where(messages.c.conversation_id == bindparam("conversation_id"), messages.c.number < bindparam("before"))
    .order_by(messages.c.number.desc())
    .limit(bindparam("count"))
)
# Asked before it is known whether they may: nobody else has a history that begins.
_history_after = (
    select(members.c.history_after)
    .where(members.c.conversation_id == bindparam("conversation_id"), members.c.user_id == bindparam("user_id"))
    .scalar_subquery()
)
PAGE = Prepared(_page.where(messages.c.number > _history_after), "conversation_id", "user_id", "before", "count")
# For whoever deleted something in this conversation for themselves.
PAGE_WITHOUT_HIDDEN = Prepared(
    _page.where(readable(bindparam("user_id"), bindparam("history_after"))),
    "conversation_id",
    "history_after",
    "before",
    "count",
    "user_id",
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
#: Of a member who is listed, before the profile.
POSITIONS = ("user_id", "joined_at", "read_number", "read_at", "delivered_number", "delivered_at")
_member_count = (
    select(conversations.c.member_count).where(conversations.c.id == bindparam("conversation_id")).scalar_subquery()
)
LISTED = Prepared(
    select(*(members.c[name] for name in POSITIONS), *USER_COLUMNS[:PROFILE_COLUMNS])
    .join_from(members, users)
    .where(members.c.conversation_id == bindparam("conversation_id"), _member_count <= MAX_STATUS_MEMBERS)
    .order_by(members.c.joined_at, members.c.user_id),
    "conversation_id",
)
USUAL = Together(PAGE, ACCESS, LISTED)
SLOWEST = Prepared(
    select(func.min(members.c.delivered_number), func.min(members.c.read_number)).where(
        members.c.conversation_id == bindparam("conversation_id"), members.c.user_id != bindparam("user_id")
    ),
    "conversation_id",
    "user_id",
)
ID, NUMBER, SENDER, REPLY_TO = 0, 1, 2, 6  # of a row of a page
CONVERSATION, NUMBER_OF, SENDER_OF, REPLY_TO_OF, TYPE = (
    [column.name for column in MESSAGE_COLUMNS].index(name)
    for name in ("conversation_id", "number", "sender_id", "reply_to_id", "type")
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
    views: Views,
) -> Steps[HotPage | None]:
    """One page, newest first; None when the token does not simply count. Raises ChatError `conversation_not_found`."""
    most = BEYOND if before is None else before
    rows, found, listed = yield (
        USUAL,
        ((conversation_id, user_id, most, limit + 1), (user_id, token_hash, conversation_id), (conversation_id,)),
    )
    if not found or not counts(found[0]):
        return None
    last_seq, history_after, delivered_number, read_number, has_hidden = found[0][len(STANDING_COLUMNS) :]
    if last_seq is None:
        raise ChatError("conversation_not_found")
    if has_hidden:
        rows = yield PAGE_WITHOUT_HIDDEN, (conversation_id, history_after, most, limit + 1, user_id)
    has_more, rows = len(rows) > limit, rows[:limit]
    odd = yield from _odd_ones(conversation_id, history_after, rows, user_id)
    positions, senders = (delivered_number, read_number), {row[SENDER] for row in rows} | odd.quoted_senders
    kept = views.view(user_id, conversation_id, listed, positions) if listed else None
    # Of those who are not listed (any more) nothing is kept.
    unknown = senders if kept is None else senders - kept.senders.keys()
    if kept is not None and not unknown:
        view = kept
    else:
        profiles = {row[0]: profile_json(row) for row in (yield SENDERS, (unknown,))} if unknown else {}
        slowest = None
        if kept is None:
            delivered, read = (yield SLOWEST, (conversation_id, user_id))[0]
            slowest = delivered or 0, read or 0
        else:
            profiles |= kept.senders
        view = make_view(user_id, conversation_id, listed, positions, profiles, slowest)
    pieces = view.usual.pieces(rows, partial(odd.text, view.senders, view.receipts, view.status_of))
    if kept is not None:
        views.keep(user_id, conversation_id, kept)
    cursor = f"seq:{rows[-1][NUMBER]}" if has_more else None
    pagination = pagination_json(cursor, has_more=has_more, limit=limit).decode()
    pieces.insert(0, '{"data":[')
    pieces.append(f'],"pagination":{pagination}}}')
    return HotPage("".join(pieces).encode(), last_seq)


@dataclass(frozen=True, slots=True)
class Odd:
    """The messages of a page that are not usual, all that belongs to them, and what they answer."""

    rows: dict[str, Row] = field(default_factory=dict)
    quotes: dict[str, Row] = field(default_factory=dict)
    reactions: dict[str, str] = field(default_factory=dict)
    polls: dict[str, str] = field(default_factory=dict)

    @property
    def quoted_senders(self) -> set[str]:
        """Who sent what they answer."""
        return {row[SENDER_OF] for row in self.quotes.values()}

    def text(
        self,
        senders: dict[str, str],
        receipts: Receipts,
        status_of: Callable[[str, int, str], str],
        id_: str,
        sender_id: str,
        number: int,
        created_at: Any,
    ) -> str:
        """One of them as JSON."""
        row = self.rows[id_]
        quoted = self.quotes.get(row[REPLY_TO_OF])
        statuses, worst = receipts.of(id_, sender_id, number, created_at)
        return message_json(
            row,
            senders[sender_id],
            quoted="null" if quoted is None else message_json(quoted, senders[quoted[SENDER_OF]]),
            reactions=self.reactions.get(id_, "[]"),
            statuses=statuses,
            poll=self.polls.get(id_, "null"),
            status=status_of(sender_id, number, worst),
        )


def _odd_ones(conversation_id: ConversationId, history_after: int, page: Rows, user_id: UserId) -> Steps[Odd]:
    """Nothing is asked where there are none, and nothing of polls where there are no polls."""
    ids = [row[ID] for row in page if row[REPLY_TO] is not None]
    if not ids:
        return Odd()
    answered = {row[REPLY_TO] for row in page if row[REPLY_TO]}
    found = {row[0]: row for row in (yield BY_ID, ([*{*ids, *answered}],))}
    quotes = {
        id_: row
        for id_ in answered
        if (row := found.get(id_)) is not None
        and row[CONVERSATION] == conversation_id
        and row[NUMBER_OF] > history_after
    }
    said = yield REACTIONS, (ids,)
    asked = [id_ for id_ in ids if found[id_][TYPE] == "POLL"]
    polls = (yield from polls_json(asked, user_id)) if asked else {}
    return Odd(found, quotes, reactions_json(said), polls)
