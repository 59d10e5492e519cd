"""Writing one message into a locked conversation: numbers, row, journal, announcement. For people's and SYSTEM ones."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert

from tms_chat.conversations.model import Conversation, Member
from tms_chat.conversations.numbers import next_numbers
from tms_chat.core.clock import now
from tms_chat.core.events import Event
from tms_chat.core.ids import MessageId, UserId, uuid7
from tms_chat.db.journal import record
from tms_chat.db.unit import Unit
from tms_chat.messages.model import Message as MessageRow
from tms_chat.messages.model import messages
from tms_chat.messages.notices import notice_of
from tms_chat.messages.schema import Message, message_answer
from tms_chat.people.model import User
from tms_chat.polls.schema import Poll
from tms_chat.search.index import index_message


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be written. `request_hash` tells a retry from a reused `client_id`.

    `poll` is one whose rows are written right after it. `also_found_by`: what the search looks at beside the text, the
    options of a poll.
    """

    type: str
    content: str
    metadata: dict[str, Any] = field(default_factory=dict)
    reply_to_id: MessageId | None = None
    client_id: str | None = None
    request_hash: str | None = None
    also_found_by: Sequence[str] = ()
    poll: Poll | None = None
    id: MessageId = field(default_factory=lambda: MessageId(uuid7()))


@dataclass(frozen=True, slots=True)
class Written:
    """The message as the wire shows it, and its conversation as it is now."""

    message: Message
    conversation: Conversation


async def write(
    unit: Unit,
    conversation: Conversation,
    sender: User,
    draft: Draft,
    *,
    quoted: Message | None = None,
    unquoted: frozenset[UserId] = frozenset(),
    recipients: Sequence[Member] = (),
) -> Written:
    """Store, journal and announce it. Whether the sender may do so was decided before.

    `unquoted` are the members whose history begins after the quoted message: they get the new one without the quote.
    """
    at = now()
    after = await next_numbers(unit, conversation.id, at, is_message=True)
    row = MessageRow(
        id=draft.id,
        conversation_id=conversation.id,
        number=after.last_number,
        sender_id=sender.id,
        type=draft.type,
        content=draft.content,
        metadata=draft.metadata,
        reply_to_id=draft.reply_to_id,
        client_id=draft.client_id,
        is_edited=False,
        created_at=at,
        updated_at=None,
        deleted_at=None,
    )
    values = {name: getattr(row, name) for name in MessageRow.__dataclass_fields__}
    await unit.execute(insert(messages).values(**values, request_hash=draft.request_hash))
    await index_message(unit, row, draft.also_found_by)
    await record(
        unit,
        conversation_id=conversation.id,
        seq=after.last_seq,
        kind="new_message",
        actor_id=sender.id,
        member_version=after.member_version,
        at=at,
        message_id=row.id,
    )
    message = message_answer(row, sender, quoted=quoted, recipients=recipients, poll=draft.poll)
    body = message.event() | {"seq": after.last_seq}
    if unquoted:
        bare = dict.fromkeys(unquoted, body | {"reply_to": None})
        unit.announce(Event("new_message", conversation.id, {}, bodies_by_user=bare))
    unit.announce(Event("new_message", conversation.id, body, but=unquoted, notice=notice_of(message)))
    return Written(message, after)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did what a SYSTEM message tells of; the host product itself has neither id nor name."""

    user: User | None = None

    @property
    def id(self) -> str:
        """The user id, empty for the host product."""
        return self.user.id if self.user is not None else ""

    @property
    def name(self) -> str:
        """What people call them, empty for the host product."""
        return self.user.display_name if self.user is not None else ""


async def say(
    unit: Unit, conversation: Conversation, actor: Actor, voice: User, content: str, **system: Any
) -> Conversation:
    """A SYSTEM message, a row of its own after the change it tells. `voice` is its sender where nobody acted."""
    metadata = {"system": {**system, "actorId": actor.id, "actorName": actor.name}}
    written = await write(unit, conversation, actor.user or voice, Draft("SYSTEM", content, metadata))
    return written.conversation


def named(users: Sequence[User]) -> dict[str, list[str]]:
    """The people of a SYSTEM message, as the contract names them."""
    ids: list[UserId] = [user.id for user in users]
    return {"addedMemberIds": [*ids], "addedMemberNames": [user.display_name for user in users]}


def target(user: User) -> dict[str, str]:
    """Whom a SYSTEM message is about, as the contract names them."""
    return {"targetUserId": user.id, "targetUserName": user.display_name}
