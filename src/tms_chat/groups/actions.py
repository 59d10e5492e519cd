"""Looking after a group. Its administrators do it; leaving is everybody's right.

A group is never without an administrator who can come: when the last active one leaves, the oldest member becomes one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, case, select

from tms_chat.blocks.access import check_may_gather
from tms_chat.conversations.access import Access
from tms_chat.conversations.membership import add_members, change_details, leave, remove_member, set_role
from tms_chat.conversations.model import Conversation as ConversationRow
from tms_chat.conversations.model import members
from tms_chat.conversations.queries import load_conversation
from tms_chat.conversations.schema import Conversation
from tms_chat.core.addresses import stored
from tms_chat.core.errors import ChatError
from tms_chat.core.ids import ConversationId, UserId
from tms_chat.core.rules import Rights
from tms_chat.db.engine import Database
from tms_chat.db.unit import Unit
from tms_chat.groups.access import ADMIN, access_group, check_looks_after
from tms_chat.groups.schema import ConversationUpdate
from tms_chat.messages.writing import Actor
from tms_chat.people.model import USER_COLUMNS, User, to_user, users


@dataclass(frozen=True, slots=True)
class Heir:
    """Who looks after a group once somebody else does not."""

    person: User
    role: str

    @property
    def is_in_charge(self) -> bool:
        """Whether nothing has to change for that. A deactivated administrator cannot come and do it."""
        return self.role == ADMIN and self.person.is_active


async def update_group(
    db: Database, caller: User, conversation_id: ConversationId, change: ConversationUpdate
) -> Conversation:
    """Title, picture, readable history. What is as it was already is not told again.

    Raises ChatError `conversation_not_found`, `forbidden`.
    """
    async with db.unit(conversation_id) as unit:
        access = await access_group(unit, caller.id, conversation_id)
        check_looks_after(access)
        row = access.conversation
        name = row.name or "" if change.name is None else change.name
        avatar_url = row.avatar_url if change.avatar_url is None else stored(change.avatar_url) or None
        visibility = change.history_visibility or row.history_visibility
        if (name, avatar_url, visibility) != (row.name, row.avatar_url, row.history_visibility):
            await change_details(
                unit, row, Actor(caller), None, name=name, avatar_url=avatar_url, history_visibility=visibility
            )
        return await load_conversation(unit.connection, caller.id, conversation_id)


async def add_people(
    db: Database, rights: Rights, caller: User, conversation_id: ConversationId, user_ids: Sequence[UserId]
) -> int:
    """Add those who are not members yet; how many these were.

    Raises ChatError `conversation_not_found`, `forbidden`, `user_not_found`, `not_deliverable`, `group_full`.
    """
    async with db.unit(conversation_id) as unit:
        access = await access_group(unit, caller.id, conversation_id)
        check_looks_after(access)
        people = await _newcomers(unit, access.conversation, user_ids)
        if not people:
            return 0
        rights.check_may_message(caller, people)
        await check_may_gather(unit, caller.id, [user.id for user in people])
        rights.check_room(access.conversation.member_count + len(people))
        await add_members(unit, access.conversation, Actor(caller), people, {})
        return len(people)


async def remove_person(db: Database, caller: User, conversation_id: ConversationId, user_id: UserId) -> None:
    """Take somebody out; oneself: leave. Raises ChatError `conversation_not_found`, `forbidden`, `user_not_found`."""
    async with db.unit(conversation_id) as unit:
        access = await access_group(unit, caller.id, conversation_id)
        if user_id == caller.id:
            await _leave(unit, access, caller)
            return
        check_looks_after(access)
        person, _ = await _member(unit, conversation_id, user_id)
        await remove_member(unit, access.conversation, Actor(caller), person)


async def leave_group(db: Database, caller: User, conversation_id: ConversationId) -> None:
    """Leave it for good: the event of it is the last the caller hears.

    Raises ChatError `conversation_not_found`, `forbidden`.
    """
    async with db.unit(conversation_id) as unit:
        await _leave(unit, await access_group(unit, caller.id, conversation_id), caller)


async def change_role(db: Database, caller: User, conversation_id: ConversationId, user_id: UserId, role: str) -> bool:
    """Make a member an administrator or an ordinary member; whether that changed anything.

    Raises ChatError `conversation_not_found`, `forbidden`, `user_not_found`, `last_admin`.
    """
    async with db.unit(conversation_id) as unit:
        access = await access_group(unit, caller.id, conversation_id)
        check_looks_after(access)
        person, before = await _member(unit, conversation_id, user_id)
        if role == before:
            return False
        if role != ADMIN:
            heir = await _heir(unit, conversation_id, user_id)
            if heir is None or not heir.is_in_charge:
                raise ChatError("last_admin")
        await set_role(unit, access.conversation, Actor(caller), person, role)
        return True


async def _leave(unit: Unit, access: Access, caller: User) -> None:
    conversation = access.conversation
    if access.member.role == ADMIN:
        heir = await _heir(unit, conversation.id, caller.id)
        if heir is not None and heir.role != ADMIN:
            conversation = await set_role(unit, conversation, Actor(caller), heir.person, ADMIN)
    await leave(unit, conversation, caller)


async def _heir(unit: Unit, conversation_id: ConversationId, leaving: UserId) -> Heir | None:
    """The one of the others who looks after the group: an active administrator, else the oldest active member."""
    is_admin = members.c.role == ADMIN
    rank = case((and_(users.c.is_active, is_admin), 0), (users.c.is_active, 1), (is_admin, 2), else_=3)
    statement = (
        select(members.c.role, *USER_COLUMNS)
        .join_from(members, users)
        .where(members.c.conversation_id == conversation_id, members.c.user_id != leaving)
        .order_by(rank, members.c.joined_at, members.c.user_id)
        .limit(1)
    )
    row = (await unit.execute(statement)).first()
    return None if row is None else Heir(to_user(row, 1), row[0])


async def _member(unit: Unit, conversation_id: ConversationId, user_id: UserId) -> tuple[User, str]:
    statement = select(members.c.role, *USER_COLUMNS).join_from(members, users)
    mine = statement.where(members.c.conversation_id == conversation_id, members.c.user_id == user_id)
    row = (await unit.execute(mine)).first()
    if row is None:
        raise ChatError("user_not_found", "This person is not a member of the group.")
    return to_user(row, 1), row[0]


async def _newcomers(unit: Unit, conversation: ConversationRow, user_ids: Sequence[UserId]) -> list[User]:
    """Those who are not members yet, in the order they were named."""
    theirs = and_(members.c.conversation_id == conversation.id, members.c.user_id == users.c.id)
    statement = select(members.c.user_id, *USER_COLUMNS).outerjoin_from(users, members, theirs)
    rows = (await unit.execute(statement.where(users.c.id.in_(user_ids)))).all()
    there = {row[0] for row in rows if row[0] is not None}
    found = {user.id: user for user in (to_user(row, 1) for row in rows) if user.is_active and user.id not in there}
    wanted = [user_id for user_id in user_ids if user_id not in there]
    if len(found) != len(wanted):
        raise ChatError("user_not_found", "One of the people does not exist, or the account is deactivated.")
    return [found[user_id] for user_id in wanted]
