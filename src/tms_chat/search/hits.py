"""What was found, as the viewer sees it: messages of many conversations, in a constant number of statements."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tms_chat.conversations.model import MEMBER_COLUMNS, Conversation, Member, members
from tms_chat.conversations.schema import display_name
from tms_chat.core.ids import ConversationId, MessageId, UserId
from tms_chat.messages.access import MessageAccess, of_member, to_access
from tms_chat.messages.model import messages
from tms_chat.messages.queries import (
    Positions,
    load_quotes,
    reactions_of,
    status_for,
    with_senders,
)
from tms_chat.messages.schema import MAX_STATUS_MEMBERS, message_answer
from tms_chat.messages.schema import Message as MessageAnswer
from tms_chat.people.model import USER_COLUMNS, User, to_user, users
from tms_chat.polls.queries import polls_of
from tms_chat.search.schema import SearchHit


async def render_hits(connection: AsyncConnection, viewer_id: UserId, ids: Sequence[MessageId]) -> list[SearchHit]:
    """These messages, in this order."""
    if not ids:
        return []
    found = await _load(connection, viewer_id, ids)
    replied = [one.message.reply_to_id for one in found if one.message.reply_to_id]
    quotes = await _quotes(connection, viewer_id, replied)
    everywhere = {one.conversation.id: one.conversation for one in found}
    positions = await _positions(connection, list(everywhere.values()), viewer_id)
    names = await _names(connection, list(everywhere.values()), viewer_id)
    said = await reactions_of(connection, ids)
    polls = await polls_of(connection, ids, viewer_id)
    hits = []
    for one in found:
        row, where = one.message, positions[one.conversation.id]
        message = message_answer(
            row,
            one.sender,
            quoted=quotes.get(row.reply_to_id) if row.reply_to_id else None,
            recipients=[member for member in where.listed if member.user_id != row.sender_id],
            status=status_for(one.member, row, where),
            reactions=said[row.id],
            poll=polls.get(row.id),
        )
        shown = {name: getattr(message, name) for name in MessageAnswer.model_fields}
        sender_name, conversation_name = one.sender.display_name, names[one.conversation.id]
        hits.append(SearchHit(**shown, sender_name=sender_name, conversation_name=conversation_name))
    return hits


async def _load(connection: AsyncConnection, viewer_id: UserId, ids: Sequence[MessageId]) -> list[MessageAccess]:
    statement = of_member(viewer_id).where(messages.c.id.in_(ids))
    found = {MessageId(row[0]): to_access(row) for row in await connection.execute(statement)}
    return [found[message_id] for message_id in ids]


async def _quotes(
    connection: AsyncConnection, viewer_id: UserId, ids: Sequence[MessageId]
) -> dict[MessageId, MessageAnswer]:
    """The messages they answer to, where they are in the viewer's history."""
    if not ids:
        return {}
    mine = and_(members.c.conversation_id == messages.c.conversation_id, members.c.user_id == viewer_id)
    in_sight = messages.c.number > members.c.history_after
    return await load_quotes(connection, with_senders().join(members, mine).where(messages.c.id.in_(ids), in_sight))


async def _positions(
    connection: AsyncConnection, found: Sequence[Conversation], viewer_id: UserId
) -> dict[ConversationId, Positions]:
    """How far everybody is, each member of a small conversation and the slowest of a large one."""
    small = [one.id for one in found if one.member_count <= MAX_STATUS_MEMBERS]
    listed: dict[ConversationId, list[Member]] = defaultdict(list)
    statement = select(*MEMBER_COLUMNS).where(members.c.conversation_id.in_(small))
    for row in await connection.execute(statement.order_by(members.c.joined_at, members.c.user_id)):
        member = Member(*row)
        listed[member.conversation_id].append(member)
    positions = {conversation_id: Positions(listed[conversation_id]) for conversation_id in small}
    large = [one.id for one in found if one.member_count > MAX_STATUS_MEMBERS]
    slowest = (
        select(members.c.conversation_id, func.min(members.c.delivered_number), func.min(members.c.read_number))
        .where(members.c.conversation_id.in_(large), members.c.user_id != viewer_id)
        .group_by(members.c.conversation_id)
    )
    for conversation_id, delivered, read in await connection.execute(slowest):
        positions[conversation_id] = Positions((), delivered, read)
    return positions


async def _names(
    connection: AsyncConnection, found: Sequence[Conversation], viewer_id: UserId
) -> dict[ConversationId, str]:
    """What the viewer calls them: groups by their title, direct conversations by the other person."""
    direct = [one.id for one in found if one.type == "dm"]
    statement = (
        select(members.c.conversation_id, *USER_COLUMNS)
        .join_from(members, users)
        .where(members.c.conversation_id.in_(direct))
    )
    people: dict[ConversationId, dict[UserId, User]] = defaultdict(dict)
    for row in await connection.execute(statement):
        user = to_user(row, 1)
        people[row[0]][user.id] = user
    return {one.id: display_name(one, viewer_id, people[one.id]) for one in found}
