"""Creating and changing people. Who may do it was decided by the caller: an administrator, the CLI, or the host."""

from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from tms_chat.core.clock import now
from tms_chat.core.events import SessionsEnded
from tms_chat.core.ids import UserId
from tms_chat.core.text import search_key
from tms_chat.db.unit import Unit
from tms_chat.people.model import USER_COLUMNS, User, to_user, users

MAX_SEARCH_KEY = 500  # PostgreSQL's index takes no more than 2,704 bytes


def make_user(user_id: UserId, email: str, name: str | None, role: str, **fields: Any) -> User:
    """A person who is not stored yet."""
    values: dict[str, Any] = dict.fromkeys(User.__dataclass_fields__)
    values |= {"id": user_id, "email": email, "name": name, "role": role}
    values |= {"is_active": True, "is_leader": role == "LEADER", "created_at": now()} | fields
    return User(**values)


async def insert_user(unit: Unit, user: User, *, host_version: int | None = None) -> bool:
    """Store a person; False when somebody with this id is stored already, also since a moment ago."""
    values = _values(user) | {"host_version": host_version}
    return await unit.change(unit.insert(users).values(values).on_conflict_do_nothing(index_elements=["id"])) == 1


async def add_user(unit: Unit, user: User) -> User:
    """Store a person, unless somebody with this id was stored a moment ago: then that one is returned."""
    await insert_user(unit, user)
    return to_user((await unit.execute(select(*USER_COLUMNS).where(users.c.id == user.id))).one())


async def update_user(unit: Unit, user: User) -> None:
    """Store what changed about a person."""
    await unit.execute(update(users).where(users.c.id == user.id).values(_values(user)))


async def end_sessions(unit: Unit, user_id: UserId, at: datetime) -> None:
    """Refuse every token of this person that was issued before `at`."""
    await unit.execute(update(users).where(users.c.id == user_id).values(tokens_valid_after=at))


async def deactivate(unit: Unit, user_id: UserId, by: str) -> None:
    """No request and no socket of this person is served any more; what they wrote stays. `by`: operator or host."""
    values = {"is_active": False, "deactivated_by": by, "tokens_valid_after": now()}
    await unit.execute(update(users).where(users.c.id == user_id).values(values))
    unit.announce(SessionsEnded(user_id))


async def anybody_exists(unit: Unit) -> bool:
    """Whether there is an account already."""
    return (await unit.execute(select(users.c.id).limit(1))).first() is not None


def _values(user: User) -> dict[str, Any]:
    values = {name: getattr(user, name) for name in User.__dataclass_fields__}
    full = search_key(user.first_name, user.last_name)
    name = search_key(user.name)
    values["search_key"] = search_key(
        name, full if full != name else None, user.username, user.email, user.position_title, user.department
    )
    values["search_key"] = values["search_key"][:MAX_SEARCH_KEY]
    return values
