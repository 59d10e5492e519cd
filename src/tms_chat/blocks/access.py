"""What a block refuses. The blocked are told nothing of it: the sentence is that of any message that cannot go out."""

from collections.abc import Collection, Sequence

from sqlalchemy import select

from tms_chat.blocks.model import blocks
from tms_chat.conversations.model import Conversation, members
from tms_chat.core.errors import ChatError
from tms_chat.core.ids import UserId
from tms_chat.db.unit import Unit

DIRECT = "dm"


async def check_deliverable(unit: Unit, conversation: Conversation, sender_id: UserId) -> None:
    """Whether what this member says may reach the other one of a direct conversation; one statement, none for groups.

    In a group everything arrives, or its numbers would have gaps for those who blocked somebody: clients fold it.

    Raises ChatError `not_deliverable` for the blocked, `forbidden` for who blocked: they know, and can undo it.
    """
    if conversation.type != DIRECT:
        return
    pair = select(members.c.user_id).where(members.c.conversation_id == conversation.id)
    statement = select(blocks.c.blocker_id).where(blocks.c.blocker_id.in_(pair), blocks.c.blocked_id.in_(pair))
    check_blockers(set((await unit.execute(statement)).scalars()), sender_id)


def check_blockers(blockers: Collection[UserId], sender_id: UserId) -> None:
    """The same, when it is known which of the two blocked the other."""
    if sender_id in blockers:
        raise ChatError("forbidden", "You have blocked this person: unblock them to write.")
    if blockers:
        raise ChatError("not_deliverable")


async def check_may_gather(unit: Unit, caller_id: UserId, others: Sequence[UserId]) -> None:
    """Whether the caller may begin a conversation with these people, or add them to one.

    Raises ChatError `not_deliverable` when one of them blocked the caller.
    """
    statement = select(blocks.c.blocker_id).where(blocks.c.blocked_id == caller_id, blocks.c.blocker_id.in_(others))
    if (await unit.execute(statement.limit(1))).first() is not None:
        raise ChatError("not_deliverable", "One of the people cannot be reached.")
