"""Finding people."""

from collections.abc import Iterable

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tms_chat.core.ids import UserId
from tms_chat.core.rules import ADMIN, Rights
from tms_chat.core.text import fold, like_pattern, search_key
from tms_chat.db.engine import Database
from tms_chat.people.model import USER_COLUMNS, User, to_user, users


async def find_users(db: Database, rights: Rights, finder: User, query: str, limit: int) -> list[User]:
    """Active people whose name, e-mail, position or department contains every word of `query`, by name.

    Where people write to their own organisation only, they find it only, and the administrators.
    """
    statement = select(*USER_COLUMNS).where(users.c.is_active).order_by(users.c.search_key, users.c.id).limit(limit)
    for word in search_key(query).split():
        statement = statement.where(users.c.search_key.like(like_pattern(word), escape="\\"))
    async with db.read() as connection:
        if rights.organisation is not None and finder.role != ADMIN:
            same = await _spellings(connection, rights.organisation, getattr(finder, rights.organisation))
            mine = users.c[rights.organisation].in_(same)
            statement = statement.where(or_(mine, users.c.role == ADMIN, users.c.id == finder.id))
        return [to_user(row) for row in await connection.execute(statement)]


async def _spellings(connection: AsyncConnection, field: str, organisation: str | None) -> list[str]:
    """How people's profiles write this organisation, `ÉQUIPE Nord` and `équipe nord`; none for no organisation."""
    wanted = fold(organisation)
    if not wanted:
        return []
    found = await connection.scalars(select(users.c[field]).where(users.c[field].is_not(None)).distinct())
    return [name for name in found if fold(name) == wanted]


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
