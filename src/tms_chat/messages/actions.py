"""Sending a message: one function for REST and the socket."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime

from sqlalchemy import select

from tms_chat.blocks.access import check_deliverable
from tms_chat.conversations.access import Access, access_conversation, access_locked, lock_conversation
from tms_chat.conversations.model import Conversation, Member
from tms_chat.core.errors import ChatError
from tms_chat.core.ids import ConversationId, MessageId
from tms_chat.db.engine import Database
from tms_chat.db.unit import Unit
from tms_chat.messages.access import UNKNOWN_QUOTE, members_without
from tms_chat.messages.mentioning import with_mentions
from tms_chat.messages.model import MESSAGE_COLUMNS, messages
from tms_chat.messages.model import Message as MessageRow
from tms_chat.messages.queries import positions_of, quoted, render
from tms_chat.messages.schema import Message, MessageRequest, message_answer
from tms_chat.messages.sending.committer import committer_of
from tms_chat.messages.sending.plain import PlainText
from tms_chat.messages.sending.post import Alone, Post, Sent, Shown, Unproven
from tms_chat.messages.writing import Draft, write
from tms_chat.people.model import User
from tms_chat.previews.attaching import without_preview
from tms_chat.receipts.positions import advance, announce_read

Attach = Callable[[Unit, MessageId], Awaitable[None]]


async def send(db: Database, sender: User, request: MessageRequest, attach: Attach | None = None) -> Sent:
    """Store a message, numbered without a gap, and announce it to every member, sender included.

    Most are written together with others that wait (`sending.committer`); what has something attached, was sent before
    or met a failure is written alone.

    `attach` stores in the same transaction what belongs to a new message; it is not called for a repeat.
    Raises ChatError: `conversation_not_found`, `message_not_found` (the one replied to), `client_id_reused`, and what
    `check_deliverable` raises.
    """
    if attach is None:
        with suppress(Alone):
            return await committer_of(db).send(Post(sender, request))
    return await _send_alone(db, sender, request, attach)


async def send_shown(db: Database, shown: Shown, request: MessageRequest | PlainText) -> Sent:
    """The same for somebody by a token, whose person and session are looked at in the transaction of the message.

    Raises Unproven for a token that does not count as it is, when nothing has happened, and what `send` raises.
    """
    post = Post(shown, request)
    try:
        return await committer_of(db).send(post)
    except Alone:
        pass
    if post.sender is None:
        raise Unproven
    full = request.full() if isinstance(request, PlainText) else request
    return await _send_alone(db, post.sender.user, full, None)


async def _send_alone(db: Database, sender: User, request: MessageRequest, attach: Attach | None) -> Sent:
    conversation_id = ConversationId(request.conversation_id)
    async with db.unit(conversation_id) as unit:
        conversation = await lock_conversation(unit, conversation_id)
        # Before the membership check: somebody removed after a send that got no answer still learns that it was stored.
        earlier = await _earlier_try(unit, conversation, sender, request)
        if earlier is not None:
            return Sent.of(earlier, is_new=False)
        access = await access_locked(unit, sender.id, conversation)
        await check_deliverable(unit, conversation, sender.id)
        message, seq = await _store(unit, access, sender, request)
        if attach is not None:
            await attach(unit, MessageId(message.id))
        return Sent.of(message, is_new=True, seq=seq)


async def _store(unit: Unit, access: Access, sender: User, request: MessageRequest) -> tuple[Message, int]:
    conversation = access.conversation
    reply_to_id = MessageId(request.reply_to_id) if request.reply_to_id else None
    replied = [reply_to_id] if reply_to_id else []
    quotes = await quoted(unit.connection, conversation.id, replied, access.member.history_after)
    quote = quotes.get(reply_to_id) if reply_to_id else None
    if reply_to_id is not None and quote is None:
        raise ChatError("message_not_found", UNKNOWN_QUOTE)
    positions = await positions_of(unit.connection, conversation, sender.id)
    content = request.content or ""
    draft = Draft(
        type=request.type,
        content=content,
        metadata=await with_mentions(unit, conversation, request.type, content, without_preview(request.metadata_json)),
        reply_to_id=reply_to_id,
        client_id=str(request.client_id) if request.client_id else None,
        request_hash=request.digest() if request.client_id else None,
    )
    written = await write(
        unit,
        conversation,
        sender,
        draft,
        quoted=quote,
        unquoted=await members_without(unit, conversation.id, quote.sequence_number) if quote else frozenset(),
        recipients=[member for member in positions.listed if member.user_id != sender.id],
    )
    message, seq = written.message, written.conversation.last_seq
    await advance_sender(unit, conversation, access.member, message.sequence_number, message.created_at)
    return message, seq


async def advance_sender(unit: Unit, conversation: Conversation, member: Member, number: int, at: datetime) -> None:
    """Whoever writes has read: the sender's position moves to the new message, over what was unread before it."""
    await unit.execute(advance(conversation.id, member.user_id, number, at))
    unread = conversation.last_number - member.read_number
    if unread > 0:
        await announce_read(unit, conversation.id, member.user_id, number, unread, conversation.last_number)


async def _earlier_try(unit: Unit, conversation: Conversation, sender: User, request: MessageRequest) -> Message | None:
    if request.client_id is None:
        return None
    statement = select(*MESSAGE_COLUMNS, messages.c.request_hash).where(
        messages.c.conversation_id == conversation.id,
        messages.c.sender_id == sender.id,
        messages.c.client_id == str(request.client_id),
    )
    row = (await unit.execute(statement)).first()
    if row is None:
        return None
    if row[-1] != request.digest():
        raise ChatError("client_id_reused")
    stored = MessageRow(*tuple(row)[:-1])
    try:
        viewer = (await access_conversation(unit.connection, sender.id, conversation.id)).member
    except ChatError:
        return message_answer(stored, sender)
    return (await render(unit.connection, [(stored, sender)], conversation, viewer))[0]
