"""Who a message mentions, kept in its metadata: `mentions` and `mentionsAll`, and only when there is anybody."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from tms_chat.conversations.model import Conversation, members
from tms_chat.core.ids import UserId
from tms_chat.core.mentions import find_mentions
from tms_chat.db.unit import Unit
from tms_chat.people.model import USER_COLUMNS, to_user, users

MENTIONS, MENTIONS_ALL = "mentions", "mentionsAll"


async def with_mentions(
    unit: Unit, conversation: Conversation, type_: str, content: str, metadata: dict[str, Any]
) -> dict[str, Any]:
    """The metadata with what the text says. A client's own word on it does not count.

    The members' names are asked for only when there is an @, in one statement.
    """
    given = without_mentions(metadata)
    if not may_mention(type_, content):
        return given
    statement = select(*USER_COLUMNS).join_from(members, users).where(members.c.conversation_id == conversation.id)
    people = [to_user(row) for row in await unit.execute(statement)]
    names = {user.id: (user.display_name, user.full_name, user.username or "") for user in people}
    return with_named(given, content, names, everybody=conversation.type == "group")


def may_mention(type_: str, content: str) -> bool:
    """Whether the names of the members are needed to tell."""
    return type_ == "TEXT" and "@" in content


def without_mentions(metadata: dict[str, Any]) -> dict[str, Any]:
    """What a client sends, without its own word on it."""
    return {key: value for key, value in metadata.items() if key not in (MENTIONS, MENTIONS_ALL)}


def with_named(
    metadata: dict[str, Any], content: str, names: Mapping[UserId, Sequence[str]], *, everybody: bool
) -> dict[str, Any]:
    """And with what the text says, when these are the members' names and whether it may mean everybody."""
    found = find_mentions(content, names, everybody=everybody)
    if found.user_ids:
        metadata = metadata | {MENTIONS: list(found.user_ids)}
    if found.everybody:
        metadata = metadata | {MENTIONS_ALL: True}
    return metadata
