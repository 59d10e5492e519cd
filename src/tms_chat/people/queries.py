"""Finding people."""

from collections.abc import Iterable

from sqlalchemy import select

from tms_chat.core.ids import UserId
from tms_chat.core.text import like_pattern, search_key
from tms_chat.db.engine import Database
from tms_chat.people.model import USER_COLUMNS, User, to_user, users


async def find_users(db: Database, query: str, limit: int) -> list[User]:
    """Active people whose name, e-mail, position or department contains every word of `query`, by name."""
    statement = select(*USER_COLUMNS).where(users.c.is_active).order_by(users.c.search_key, users.c.id).limit(limit)
    for word in search_key(query).split():
        statement = statement.where(users.c.search_key.like(like_pattern(word), escape="\\"))
    async with db.read() as connection:
        return [to_user(row) for row in await connection.execute(statement)]


async def get_users(db: Database, ids: Iterable[UserId]) -> list[User]:
    """The users with these ids that exist, in no particular order."""
    async with db.read() as connection:
        return [
            to_user(row) for row in await connection.execute(select(*USER_COLUMNS).where(users.c.id.in_(list(ids))))
        ]


async def all_users(db: Database) -> list[User]:
    """Everybody, deactivated people too, by name: for the operator."""
    async with db.read() as connection:
        rows = await connection.execute(select(*USER_COLUMNS).order_by(users.c.search_key, users.c.id))
        return [to_user(row) for row in rows]
