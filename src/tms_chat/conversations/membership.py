"""Changing a group: title, picture, members. Each change is numbered and told, then said in a SYSTEM message.

All of it happens in a unit that holds the conversation's lock; who may do it was decided by whoever calls.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert

from tms_chat.conversations.events import (
    AddedMember,
    ConversationUpdatedEvent,
    MemberAddedEvent,
    MemberRemovedEvent,
)
from tms_chat.conversations.model import Conversation, Member, members
from tms_chat.conversations.numbers import next_numbers
from tms_chat.conversations.queries import load_conversation
from tms_chat.conversations.schema import MAX_LISTED_MEMBERS
from tms_chat.core.clock import now
from tms_chat.core.events import Event
from tms_chat.core.ids import ConversationId, UserId
from tms_chat.core.text import search_key
from tms_chat.db.journal import record
from tms_chat.db.unit import Unit
from tms_chat.messages.writing import Actor, named, say
from tms_chat.people.model import User

MAX_NAMED = 10


async def rename(
    unit: Unit, conversation: Conversation, actor: Actor, voice: User | None, *, name: str, avatar_url: str | None
) -> Conversation:
    """A new title or picture. `voice` says so where nobody in particular did it; None in an empty conversation."""
    at = now()
    old_name = conversation.name
    conversation = await next_numbers(
        unit, conversation.id, at, is_message=False, name=name, avatar_url=avatar_url, search_key=search_key(name)
    )
    changed = {"name": name, "avatar_url": avatar_url}
    await _journal(unit, conversation, "conversation_updated", actor, at, changed)
    body = ConversationUpdatedEvent(
        conversation_id=conversation.id,
        seq=conversation.last_seq,
        updated_by=actor.name,
        updated_by_id=actor.id,
        updated_by_name=actor.name,
        conversation_name=name,
        timestamp=at,
        **changed,
    )
    unit.announce(Event("conversation_updated", conversation.id, body.event()))
    speaker = actor.user or voice
    if speaker is None or name == old_name:
        return conversation
    sentence = f"{actor.name} named this conversation “{name}”." if actor.user else f"The title is now “{name}”."
    details = {"oldName": old_name, "newName": name}
    return await say(unit, conversation, actor, speaker, sentence, eventType="conversation_updated", details=details)


async def add_members(
    unit: Unit, conversation: Conversation, actor: Actor, people: Sequence[User], roles: Mapping[UserId, str]
) -> Conversation:
    """These people belong to it from now on; nothing written before counts as unread for them."""
    at = now()
    conversation = await next_numbers(
        unit,
        conversation.id,
        at,
        is_message=False,
        member_count=conversation.member_count + len(people),
        member_version=conversation.member_version + 1,
    )
    rows = [new_member(conversation, user.id, roles.get(user.id, "member"), at) for user in people]
    await unit.execute(insert(members).values([as_values(row) for row in rows]))
    ids = tuple(user.id for user in people)
    await _journal(unit, conversation, "member_added", actor, at, {"user_ids": list(ids)})
    body = MemberAddedEvent(
        conversation_id=conversation.id,
        seq=conversation.last_seq,
        added_members=[
            AddedMember(user_id=row.user_id, full_name=user.display_name, role=row.role)
            for row, user in zip(rows, people, strict=True)
        ],
        added_by=actor.name,
        member_count=conversation.member_count,
        timestamp=at,
    )
    # All of them see the same: nothing is read, muted or unread yet. Rendered once, whoever looks.
    view = await load_conversation(unit.connection, ids[0], conversation.id, MAX_LISTED_MEMBERS)
    welcome = view.event() | {"conversation_id": conversation.id, "seq": conversation.last_seq}
    unit.announce(
        Event("conversation_created", conversation.id, {}, bodies_by_user=dict.fromkeys(ids, welcome), joins=ids)
    )
    unit.announce(Event("member_added", conversation.id, body.event()))
    who = _listed([user.display_name for user in people])
    sentence = f"{actor.name} added {who}." if actor.user else f"{who} {'was' if len(people) == 1 else 'were'} added."
    return await say(unit, conversation, actor, people[0], sentence, eventType="member_added", **named(people))


async def remove_member(unit: Unit, conversation: Conversation, actor: Actor, person: User) -> Conversation:
    """This person is out of it: the event is the last they hear, and the history is closed to them."""
    at = now()
    gone = delete(members).where(members.c.conversation_id == conversation.id, members.c.user_id == person.id)
    await unit.execute(gone)
    conversation = await next_numbers(
        unit,
        conversation.id,
        at,
        is_message=False,
        member_count=conversation.member_count - 1,
        member_version=conversation.member_version + 1,
    )
    await _journal(unit, conversation, "member_removed", actor, at, {"user_id": person.id})
    body = MemberRemovedEvent(
        conversation_id=conversation.id,
        seq=conversation.last_seq,
        removed_user_id=person.id,
        removed_by=actor.name,
        member_count=conversation.member_count,
        timestamp=at,
    )
    unit.announce(Event("member_removed", conversation.id, body.event(), leaves=(person.id,)))
    name = person.display_name
    sentence = f"{actor.name} removed {name}." if actor.user else f"{name} was removed."
    told = {"eventType": "member_removed", "targetUserId": person.id, "targetUserName": name}
    return await say(unit, conversation, actor, person, sentence, **told)


def new_member(conversation: Conversation, user_id: UserId, role: str, at: datetime) -> Member:
    """Somebody who joins now: their positions are at the newest message, their history begins as the group says."""
    newest = conversation.last_number
    return Member(
        conversation_id=conversation.id,
        user_id=user_id,
        role=role,
        joined_at=at,
        read_number=newest,
        read_at=None,
        delivered_number=newest,
        delivered_at=None,
        is_muted=False,
        mute_until=None,
        muted_at=None,
        history_after=newest if conversation.history_visibility == "joined" else 0,
    )


def as_values(row: Member) -> dict[str, Any]:
    """A member as a row to insert."""
    return {name: getattr(row, name) for name in Member.__dataclass_fields__}


async def _journal(
    unit: Unit, conversation: Conversation, kind: str, actor: Actor, at: datetime, data: dict[str, Any]
) -> None:
    conversation_id: ConversationId = conversation.id
    await record(
        unit,
        conversation_id=conversation_id,
        seq=conversation.last_seq,
        kind=kind,
        actor_id=UserId(actor.id),
        member_version=conversation.member_version,
        at=at,
        data=data,
    )


def _listed(names: Sequence[str]) -> str:
    if len(names) > MAX_NAMED:
        return f"{', '.join(names[:MAX_NAMED])} and {len(names) - MAX_NAMED} more"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
