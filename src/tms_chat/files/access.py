"""Holding a file means being able to read its message; a conversation's picture is for whoever knows its address."""

from sqlalchemy import select

from tms_chat.conversations.model import members
from tms_chat.core.errors import ChatError
from tms_chat.core.ids import UserId
from tms_chat.db.engine import Database
from tms_chat.files.model import FILE_COLUMNS, File, files
from tms_chat.messages.access import readable
from tms_chat.messages.model import messages
from tms_chat.people.model import users


async def access_file(db: Database, user_id: UserId, file_id: str) -> File:
    """To look at it. Raises ChatError `file_not_found`: unknown, foreign and deleted look the same."""
    statement = (
        select(*FILE_COLUMNS)
        .join_from(files, messages, messages.c.id == files.c.message_id)
        .join(members, members.c.conversation_id == messages.c.conversation_id)
        .join(users, users.c.id == members.c.user_id)
        .where(
            files.c.id == file_id,
            members.c.user_id == user_id,
            users.c.is_active,  # whoever shows a ticket was not looked at otherwise
            messages.c.deleted_at.is_(None),
            readable(user_id, members.c.history_after),
        )
    )
    async with db.read() as connection:
        row = (await connection.execute(statement)).first()
    if row is None:
        raise ChatError("file_not_found")
    return File(*tuple(row))


async def find_picture(db: Database, file_id: str) -> File | None:
    """The picture of a conversation, which lists show without a token: 122 random bits are its key."""
    statement = select(*FILE_COLUMNS).where(files.c.id == file_id, files.c.message_id.is_(None))
    async with db.read() as connection:
        row = (await connection.execute(statement)).first()
    return File(*tuple(row)) if row is not None else None
