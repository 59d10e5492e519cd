"""Creating conversations."""

from collections.abc import Sequence

from sqlalchemy import insert, select

from tms_chat.blocks.access import check_may_gather
from tms_chat.conversations.membership import as_values, new_member
from tms_chat.conversations.model import Conversation as ConversationRow
from tms_chat.conversations.model import Member as MemberRow
from tms_chat.conversations.model import conversations, members
from tms_chat.conversations.queries import load_conversation
from tms_chat.conversations.schema import Conversation, ConversationRequest, conversation_answer
from tms_chat.core.clock import now
from tms_chat.core.errors import ChatError
from tms_chat.core.events import Event
from tms_chat.core.ids import ConversationId, UserId, uuid7
from tms_chat.core.rules import Rights
from tms_chat.core.text import search_key
from tms_chat.db.engine import Database
from tms_chat.db.unit import Unit
from tms_chat.people.model import USER_COLUMNS, User, to_user, users


async def create_conversation(
    db: Database, rights: Rights, creator: User, request: ConversationRequest
) -> Conversation:
    """A new conversation, or the direct one this pair already has. Every member's sockets enter its room at once.

    Creating has no journal number: the conversation starts at 0 and its first numbered change is 1.
    """
    if creator.id in request.member_ids:
        raise ChatError("invalid", "member_ids: names yourself; you are a member of what you create.")
    if request.type == "group":
        rights.check_may_create_group(creator.role)
    others = [UserId(user_id) for user_id in request.member_ids]
    row = _new_row(creator, request, others)
    # In its queue from the start: the other one may find the committed row and send into it, and that first message
    # must not leave before the members' sockets are in the room.
    async with db.unit(row.id) as unit:
        people = await _people(unit, creator, others)
        rights.check_may_message(creator, people)
        rights.check_room(len(people))
        if not await _insert(unit, row, dm_key(creator.id, others[0]) if row.type == "dm" else None):
            existing = select(conversations.c.id).where(conversations.c.dm_key == dm_key(creator.id, others[0]))
            existing_id = ConversationId((await unit.execute(existing)).scalar_one())
            return await load_conversation(unit.connection, creator.id, existing_id)
        await check_may_gather(unit, creator.id, others)
        owner = creator.id if row.type == "group" else None
        joined = [
            new_member(row, user.id, "admin" if user.id == owner else "member", row.created_at) for user in people
        ]
        await unit.execute(insert(members).values([as_values(member) for member in joined]))
        views = _views(row, joined, people, creator)
        bodies = {user_id: _body(view) for user_id, view in views.items()}
        unit.announce(
            Event(
                "conversation_created",
                row.id,
                bodies[creator.id],
                bodies_by_user=bodies if row.type == "dm" else {},
                joins=tuple(views),
            )
        )
    return views[creator.id]


def dm_key(one: UserId, other: UserId) -> str:
    """The same for a pair, whoever comes first; the length keeps ids with separators in them apart."""
    first, second = sorted((one, other))
    return f"{len(first)}:{first}:{second}"


async def _people(unit: Unit, creator: User, others: Sequence[UserId]) -> list[User]:
    rows = await unit.execute(select(*USER_COLUMNS).where(users.c.id.in_(others), users.c.is_active))
    found = {user.id: user for user in map(to_user, rows)}
    if len(found) != len(others):
        raise ChatError("user_not_found", "One of the people does not exist, or the account is deactivated.")
    return [creator, *(found[user_id] for user_id in others)]


def _new_row(creator: User, request: ConversationRequest, others: Sequence[UserId]) -> ConversationRow:
    at = now()
    return ConversationRow(
        id=ConversationId(uuid7()),
        type=request.type,
        name=request.name if request.type == "group" else None,
        avatar_url=request.avatar_url if request.type == "group" else None,
        created_by=creator.id,
        created_at=at,
        updated_at=at,
        last_seq=0,
        last_number=0,
        last_message_at=None,
        member_count=len(others) + 1,
        member_version=1,
        history_visibility=request.history_visibility,
        search_key=search_key(request.name) if request.type == "group" else "",
    )


async def _insert(unit: Unit, row: ConversationRow, key: str | None) -> bool:
    """False when the pair has its conversation already, also when the other one of the pair is making it right now."""
    values = {name: getattr(row, name) for name in ConversationRow.__dataclass_fields__} | {"dm_key": key}
    return (
        await unit.change(unit.insert(conversations).values(values).on_conflict_do_nothing(index_elements=["dm_key"]))
        == 1
    )


def _views(
    row: ConversationRow, joined: Sequence[MemberRow], people: Sequence[User], creator: User
) -> dict[UserId, Conversation]:
    # In the order a fetch lists them, so that the event and a fetch show the same.
    listed = sorted(zip(joined, people, strict=True), key=lambda pair: pair[0].user_id)
    if row.type == "group":
        view = conversation_answer(row, joined[0], listed, None, creator, row.created_at)
        return {member.user_id: view for member in joined}
    return {
        member.user_id: conversation_answer(row, member, listed, None, creator, row.created_at) for member in joined
    }


def _body(view: Conversation) -> dict[str, object]:
    return view.event() | {"conversation_id": view.id, "seq": 0}
