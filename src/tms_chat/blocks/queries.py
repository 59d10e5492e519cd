"""Asking who blocked whom."""

from sqlalchemy import or_, select

from tms_chat.blocks.model import blocks
from tms_chat.blocks.schema import Block, Blocks
from tms_chat.core.ids import UserId
from tms_chat.db.engine import Database
from tms_chat.people.model import USER_COLUMNS, to_user, users
from tms_chat.people.schema import public_profile


async def blocks_of(db: Database, user_id: UserId) -> Blocks:
    """Everybody this person blocked, the newest first."""
    statement = (
        select(blocks.c.created_at, *USER_COLUMNS)
        .join_from(blocks, users, users.c.id == blocks.c.blocked_id)
        .where(blocks.c.blocker_id == user_id)
        .order_by(blocks.c.created_at.desc(), blocks.c.blocked_id)
    )
    async with db.read() as connection:
        rows = (await connection.execute(statement)).all()
    found = [
        Block(user_id=user.id, user=public_profile(user), created_at=row[0])
        for row, user in ((row, to_user(row, 1)) for row in rows)
    ]
    return Blocks(blocks=found, total=len(found))


async def apart_from(db: Database, user_id: UserId) -> set[UserId]:
    """Those who blocked this person or were blocked by them: neither is told of the other's coming and going."""
    statement = select(blocks.c.blocker_id, blocks.c.blocked_id).where(
        or_(blocks.c.blocker_id == user_id, blocks.c.blocked_id == user_id)
    )
    async with db.read() as connection:
        pairs = await connection.execute(statement)
        return {UserId(one if one != user_id else other) for one, other in pairs}
