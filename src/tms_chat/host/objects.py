"""Conversations that belong to the host's objects: one for each key, made and kept as the host says."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from tms_chat.conversations.access import lock_conversation
from tms_chat.conversations.membership import (
    add_members,
    as_values,
    change_details,
    new_member,
    remove_member,
    set_role,
)
from tms_chat.conversations.model import Conversation, conversations, members
from tms_chat.conversations.queries import load_conversation
from tms_chat.conversations.schema import MAX_LISTED_MEMBERS
from tms_chat.core.clock import now
from tms_chat.core.errors import ChatError
from tms_chat.core.events import Event
from tms_chat.core.ids import ConversationId, UserId, uuid7
from tms_chat.core.text import search_key
from tms_chat.db.engine import Database
from tms_chat.directory.service import Directory
from tms_chat.host.schema import ObjectConversation, ObjectConversationRequest, Unread
from tms_chat.messages.writing import Actor
from tms_chat.people.model import USER_COLUMNS, User, to_user, users
from tms_chat.receipts.queries import unread_counts

CHUNK = 500  # bound parameters have a limit
# Everybody who leaves is told of by a number and a message of their own, some milliseconds each, and while a unit lasts
# nobody else can write on SQLite: a thousand in one would stop every conversation for seconds.
REMOVED_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """Who should be in it, with their roles; `everybody` also holds the actor and those who are leaving."""

    roles: dict[UserId, str]
    everybody: dict[UserId, User]


async def put_conversation(
    db: Database, directory: Directory | None, key: str, request: ObjectConversationRequest
) -> ObjectConversation:
    """Make the conversation of this key what the request says. The same request again changes nothing.

    One transaction, unless more than REMOVED_AT_ONCE people leave: most of them then leave in transactions before it,
    and the same request again completes one that was interrupted in between.

    Raises ChatError `user_not_found` naming whom neither this server nor the host knows.
    """
    if directory is not None:
        named = [*request.member_ids, *([request.actor_id] if request.actor_id else [])]
        await directory.ensure([UserId(user_id) for user_id in named])
    while True:
        async with db.read() as connection:
            known = await connection.scalar(select(conversations.c.id).where(conversations.c.host_key == key))
        if known is not None:
            is_thinned = await _thin_out(db, ConversationId(known), request)
            answer = await _update(db, ConversationId(known), key, request)
            return answer.model_copy(update={"changed": answer.changed or is_thinned})
        made = await _create(db, key, request)
        if made is not None:
            return made  # else somebody else made it at the same moment: now it is there to be updated


async def unread_of(db: Database, user_id: UserId) -> Unread:
    """How many messages wait for this person, in which conversations."""
    waiting = await unread_counts(db, user_id)
    return Unread(user_id=user_id, total_unread_count=sum(waiting.values()), conversations=waiting)


async def _create(db: Database, key: str, request: ObjectConversationRequest) -> ObjectConversation | None:
    at = now()
    conversation_id = ConversationId(uuid7())
    async with db.unit(conversation_id) as unit:
        wanted = await _wanted(unit.connection, request, [])
        row = Conversation(
            id=conversation_id,
            type="group",
            name=request.title,
            avatar_url=request.avatar_url,
            created_by=UserId(request.actor_id) if request.actor_id else None,
            created_at=at,
            updated_at=at,
            last_seq=0,
            last_number=0,
            last_message_at=None,
            member_count=len(wanted.roles),
            member_version=1,
            history_visibility="all",  # whoever gets a task needs what was said about it
            search_key=search_key(request.title),
        )
        values = {name: getattr(row, name) for name in Conversation.__dataclass_fields__} | {"host_key": key}
        added = unit.insert(conversations).values(values).on_conflict_do_nothing(index_elements=["host_key"])
        if await unit.change(added) != 1:
            return None
        rows = [as_values(new_member(row, user_id, role, at)) for user_id, role in wanted.roles.items()]
        for start in range(0, len(rows), CHUNK):
            await unit.execute(unit.insert(members).values(rows[start : start + CHUNK]))
        ids = tuple(wanted.roles)
        if ids:
            view = await load_conversation(unit.connection, ids[0], row.id, MAX_LISTED_MEMBERS)
            body = view.event() | {"conversation_id": row.id, "seq": 0}
            unit.announce(Event("conversation_created", row.id, body, joins=ids))
        return _answer(row, key, wanted.roles, created=True, changed=True)


async def _thin_out(db: Database, conversation_id: ConversationId, request: ObjectConversationRequest) -> bool:
    """Take out those who leave, a few at a time, until the last few, who leave with everything else; whether any did.

    Who they are is decided once, so that two opposite requests at the same moment both come to an end.
    """
    async with db.read() as connection:
        present = await _roles(connection, conversation_id)
        named = set(request.member_ids)
        leaving = [user_id for user_id in present if user_id not in named][:-REMOVED_AT_ONCE]
        if leaving:
            await _wanted(connection, request, [])  # a request that will be refused changes nothing
    is_thinned = False
    for start in range(0, len(leaving), REMOVED_AT_ONCE):
        async with db.unit(conversation_id) as unit:
            row = await lock_conversation(unit, conversation_id)
            present = await _roles(unit.connection, conversation_id)
            chunk = [user_id for user_id in leaving[start : start + REMOVED_AT_ONCE] if user_id in present]
            wanted = await _wanted(unit.connection, request, chunk)
            for user_id in chunk:
                row = await remove_member(unit, row, _actor(wanted, request), wanted.everybody[user_id])
                is_thinned = True
        await asyncio.sleep(0)  # whoever waits for the one writing connection is next, not we again
    return is_thinned


async def _update(
    db: Database, conversation_id: ConversationId, key: str, request: ObjectConversationRequest
) -> ObjectConversation:
    async with db.unit(conversation_id) as unit:
        row = before = await lock_conversation(unit, conversation_id)
        present = await _roles(unit.connection, conversation_id)
        wanted = await _wanted(unit.connection, request, present)
        actor = _actor(wanted, request)
        if (row.name, row.avatar_url) != (request.title, request.avatar_url):
            voice = wanted.everybody[next(iter(present))] if present else None
            row = await change_details(
                unit,
                row,
                actor,
                voice,
                name=request.title,
                avatar_url=request.avatar_url,
                history_visibility=row.history_visibility,
            )
        for user_id in [user_id for user_id in present if user_id not in wanted.roles]:
            row = await remove_member(unit, row, actor, wanted.everybody[user_id])
        added = [wanted.everybody[user_id] for user_id in wanted.roles if user_id not in present]
        for start in range(0, len(added), CHUNK):
            row = await add_members(unit, row, actor, added[start : start + CHUNK], wanted.roles)
        for user_id in [user_id for user_id, role in wanted.roles.items() if present.get(user_id, role) != role]:
            row = await set_role(unit, row, actor, wanted.everybody[user_id], wanted.roles[user_id])
        changed = row.last_seq != before.last_seq
        return _answer(row, key, wanted.roles, created=False, changed=changed)


async def _roles(connection: AsyncConnection, conversation_id: ConversationId) -> dict[UserId, str]:
    """The members with their roles, in the order they joined."""
    statement = select(members.c.user_id, members.c.role).where(members.c.conversation_id == conversation_id)
    found = await connection.execute(statement.order_by(members.c.joined_at, members.c.user_id))
    return {UserId(member.user_id): member.role for member in found}


def _actor(wanted: Wanted, request: ObjectConversationRequest) -> Actor:
    return Actor(wanted.everybody[UserId(request.actor_id)] if request.actor_id else None)


async def _wanted(
    connection: AsyncConnection, request: ObjectConversationRequest, present: Collection[UserId]
) -> Wanted:
    named = {*request.member_ids, *([request.actor_id] if request.actor_id else [])}
    ids = sorted(named | set(present))
    people: dict[UserId, User] = {}
    for start in range(0, len(ids), CHUNK):
        rows = await connection.execute(select(*USER_COLUMNS).where(users.c.id.in_(ids[start : start + CHUNK])))
        people |= {user.id: user for user in map(to_user, rows)}
    unknown = sorted(named - people.keys())
    if unknown:
        raise ChatError("user_not_found", f"Nobody knows: {', '.join(unknown[:20])}.")
    admins = set(request.admin_ids)
    roles = {
        UserId(user_id): "admin" if user_id in admins else "member"
        for user_id in request.member_ids
        if people[UserId(user_id)].is_active or user_id in present
    }
    return Wanted(roles, people)


def _answer(
    row: Conversation, key: str, roles: dict[UserId, str], *, created: bool, changed: bool
) -> ObjectConversation:
    return ObjectConversation(
        id=row.id,
        key=key,
        title=row.name or "",
        avatar_url=row.avatar_url,
        member_ids=list(roles),
        admin_ids=[user_id for user_id, role in roles.items() if role == "admin"],
        created=created,
        changed=changed,
    )
