"""Changing a group: title, picture, members, roles. Each change is numbered and told, then said in a SYSTEM message.

All of it happens in a unit that holds the conversation's lock; who may do it was decided by whoever calls.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, update

from tms_chat.conversations.events import (
    AddedMember,
    ConversationUpdatedEvent,
    MemberAddedEvent,
    MemberLeftEvent,
    MemberRemovedEvent,
    MemberUpdatedEvent,
)
from tms_chat.conversations.model import Conversation, Member, members
from tms_chat.conversations.numbers import next_numbers
from tms_chat.conversations.queries import load_conversation
from tms_chat.conversations.schema import MAX_LISTED_MEMBERS
from tms_chat.core.addresses import absolute
from tms_chat.core.clock import now
from tms_chat.core.events import Event
from tms_chat.core.ids import ConversationId, UserId
from tms_chat.core.notify import Notice
from tms_chat.core.text import search_key
from tms_chat.db.journal import Kind, record
from tms_chat.db.unit import Unit
from tms_chat.files.removal import forget_pictures
from tms_chat.messages.writing import Actor, named, say, target
from tms_chat.people.model import User
from tms_chat.people.schema import public_profile

MAX_NAMED = 10


async def change_details(
    unit: Unit,
    conversation: Conversation,
    actor: Actor,
    voice: User | None,
    *,
    name: str,
    avatar_url: str | None,
    history_visibility: str,
) -> Conversation:
    """What the title, the picture and the readable history are from now on.

    `voice` says it where nobody in particular did it; None in an empty conversation.
    """
    at, before = now(), conversation
    if avatar_url != before.avatar_url:
        await forget_pictures(unit, conversation.id)
    changed = {"name": name, "avatar_url": avatar_url, "history_visibility": history_visibility}
    conversation = await next_numbers(
        unit, conversation.id, at, is_message=False, search_key=search_key(name), **changed
    )
    await _journal(unit, conversation, "conversation_updated", actor, at, changed)
    unit.announce(Event("conversation_updated", conversation.id, _updated(conversation, actor, at).event()))
    sentences, details = _told_of(before, conversation, actor)
    speaker = actor.user or voice
    if speaker is None or not sentences:
        return conversation
    told = {"eventType": "conversation_updated", "details": details}
    return await say(unit, conversation, actor, speaker, " ".join(sentences), **told)


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
            AddedMember(user_id=row.user_id, full_name=user.display_name, role=row.role, user=public_profile(user))
            for row, user in zip(rows, people, strict=True)
        ],
        added_by=actor.id,
        member_count=conversation.member_count,
        timestamp=at,
    )
    # All of them see the same: nothing is read, muted or unread yet. Rendered once, whoever looks.
    view = await load_conversation(unit.connection, ids[0], conversation.id, MAX_LISTED_MEMBERS)
    welcome = view.event() | {"conversation_id": conversation.id, "seq": conversation.last_seq}
    unit.announce(
        Event("conversation_created", conversation.id, {}, bodies_by_user=dict.fromkeys(ids, welcome), joins=ids)
    )
    unit.announce(Event("member_added", conversation.id, body.event(), notice=_activity(actor)))
    who = _listed([user.display_name for user in people])
    sentence = f"{actor.name} added {who}." if actor.user else f"{who} {'was' if len(people) == 1 else 'were'} added."
    return await say(unit, conversation, actor, people[0], sentence, eventType="member_added", **named(people))


async def remove_member(unit: Unit, conversation: Conversation, actor: Actor, person: User) -> Conversation:
    """This person is out of it: the event is the last they hear, and the history is closed to them."""
    at = now()
    conversation = await _without(unit, conversation, person, at)
    await _journal(unit, conversation, "member_removed", actor, at, {"user_id": person.id})
    body = MemberRemovedEvent(
        conversation_id=conversation.id,
        seq=conversation.last_seq,
        removed_user_id=person.id,
        removed_by=actor.id,
        member_count=conversation.member_count,
        timestamp=at,
    )
    unit.announce(Event("member_removed", conversation.id, body.event(), leaves=(person.id,), notice=_activity(actor)))
    name = person.display_name
    sentence = f"{actor.name} removed {name}." if actor.user else f"{name} was removed."
    return await say(unit, conversation, actor, person, sentence, eventType="member_removed", **target(person))


async def leave(unit: Unit, conversation: Conversation, person: User) -> Conversation:
    """The same by their own will."""
    at, actor = now(), Actor(person)
    conversation = await _without(unit, conversation, person, at)
    await _journal(unit, conversation, "member_left", actor, at, {"user_id": person.id})
    body = MemberLeftEvent(
        conversation_id=conversation.id,
        seq=conversation.last_seq,
        user_id=person.id,
        user_name=person.display_name,
        member_count=conversation.member_count,
        timestamp=at,
    )
    unit.announce(Event("member_left", conversation.id, body.event(), leaves=(person.id,), notice=_activity(actor)))
    sentence = f"{person.display_name} left."
    return await say(unit, conversation, actor, person, sentence, eventType="member_left", **target(person))


async def set_role(unit: Unit, conversation: Conversation, actor: Actor, person: User, role: str) -> Conversation:
    """This member is an administrator of the group from now on, or an ordinary member again."""
    at = now()
    mine = (members.c.conversation_id == conversation.id) & (members.c.user_id == person.id)
    await unit.execute(update(members).where(mine).values(role=role))
    version = conversation.member_version + 1
    conversation = await next_numbers(unit, conversation.id, at, is_message=False, member_version=version)
    await _journal(unit, conversation, "member_updated", actor, at, {"user_id": person.id, "role": role})
    body = MemberUpdatedEvent(
        conversation_id=conversation.id,
        seq=conversation.last_seq,
        user_id=person.id,
        role=role,
        updated_by_id=actor.id,
        updated_by_name=actor.name,
        timestamp=at,
    )
    # Older clients know no event for a role; this one makes them fetch the conversation again.
    compat = Event("conversation_updated", conversation.id, _updated(conversation, actor, at, compat=True).event())
    notice = _activity(actor, only=person.id)
    unit.announce(Event("member_updated", conversation.id, body.event(), companions=(compat,), notice=notice))
    name = person.display_name
    sentence = f"{name} is an administrator now." if role == "admin" else f"{name} is no administrator any more."
    told = {"eventType": "conversation_updated", **target(person), "details": {"role": role}}
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
        joined_seq=conversation.last_seq,
    )


def as_values(row: Member) -> dict[str, Any]:
    """A member as a row to insert."""
    return {name: getattr(row, name) for name in Member.__dataclass_fields__}


async def _without(unit: Unit, conversation: Conversation, person: User, at: datetime) -> Conversation:
    gone = delete(members).where(members.c.conversation_id == conversation.id, members.c.user_id == person.id)
    await unit.execute(gone)
    return await next_numbers(
        unit,
        conversation.id,
        at,
        is_message=False,
        member_count=conversation.member_count - 1,
        member_version=conversation.member_version + 1,
    )


def _activity(actor: Actor, only: UserId | None = None) -> Notice:
    return Notice("member_activity", UserId(actor.id), only=only)


def _updated(
    conversation: Conversation, actor: Actor, at: datetime, *, compat: bool = False
) -> ConversationUpdatedEvent:
    return ConversationUpdatedEvent(
        conversation_id=conversation.id,
        seq=conversation.last_seq,
        updated_by=actor.id,
        updated_by_id=actor.id,
        updated_by_name=actor.name,
        conversation_name=conversation.name or "",
        name=conversation.name,
        avatar_url=absolute(conversation.avatar_url) if conversation.avatar_url else None,
        history_visibility=conversation.history_visibility,
        timestamp=at,
        compat=compat,
    )


def _told_of(before: Conversation, after: Conversation, actor: Actor) -> tuple[list[str], dict[str, str]]:
    """The sentences about what differs, and the same as `details`; nobody is told of a picture that nobody changed."""
    sentences: list[str] = []
    details: dict[str, str] = {}
    if after.name != before.name:
        who = f"{actor.name} named this conversation" if actor.user else "The title is now"
        sentences.append(f"{who} “{after.name}”.")
        details |= {"oldName": before.name or "", "newName": after.name or ""}
    if after.avatar_url != before.avatar_url and actor.user:
        sentences.append(f"{actor.name} {'changed' if after.avatar_url else 'removed'} the picture.")
        details["avatarUrl"] = after.avatar_url or ""
    if after.history_visibility != before.history_visibility:
        begins = "everything" if after.history_visibility == "all" else "what is written after they join"
        sentences.append(f"People who are added from now on can read {begins}.")
        details["historyVisibility"] = after.history_visibility
    return sentences, details


async def _journal(
    unit: Unit, conversation: Conversation, kind: Kind, actor: Actor, at: datetime, data: dict[str, Any]
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
