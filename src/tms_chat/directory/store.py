"""What the host said about people, kept: created, changed, closed and opened again, always in one short transaction."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, select, update

from tms_chat.core.clock import now
from tms_chat.core.events import SessionsEnded
from tms_chat.core.ids import UserId
from tms_chat.core.rules import Rights
from tms_chat.db.engine import Database
from tms_chat.db.unit import Unit
from tms_chat.directory.profile import Profile, ProfileUpdate
from tms_chat.identity.model import accounts
from tms_chat.people.actions import add_user, deactivate, end_sessions, make_user, update_user
from tms_chat.people.model import USER_COLUMNS, User, to_user, users


async def store_profiles(db: Database, rights: Rights, profiles: list[Profile]) -> list[User]:
    """The people as they are known now; deactivated ones are left out."""
    async with db.unit() as unit:
        stored = [await _store(unit, rights, profile) for profile in profiles]
    return [user for user in stored if user is not None and user.is_active]


async def store_update(db: Database, rights: Rights, news: ProfileUpdate) -> bool:
    """News from the webhook; False when something as new was known already."""
    async with db.unit() as unit:
        known = (await unit.execute(_locked(news.id))).first()
        version = known[-1] if known is not None else None
        if version is not None and version >= news.version:
            return False
        await _store(unit, rights, news)
        changes: dict[str, Any] = {"host_version": news.version}
        await unit.execute(update(users).where(users.c.id == news.id).values(changes))
        if news.signed_out:
            await end_sessions(unit, UserId(news.id), now())
            unit.announce(SessionsEnded(UserId(news.id)))
        return True


async def mark_gone(db: Database, user_id: UserId) -> None:
    """The host does not know this person any more: no request and no socket of theirs is served."""
    async with db.unit() as unit:
        row = (await unit.execute(_locked(user_id))).first()
        if row is not None and row.is_active:
            await deactivate(unit, user_id, "host")


async def due(db: Database, before: datetime, limit: int, among: list[UserId] | None = None) -> list[UserId]:
    """People of the host who were not read from it since `before`, the longest ago first."""
    is_local = select(accounts.c.user_id).where(accounts.c.user_id == users.c.id).exists()
    statement = (
        select(users.c.id)
        .where(~is_local, users.c.last_synced_at.is_(None) | (users.c.last_synced_at < before))
        .order_by(users.c.last_synced_at)
        .limit(limit)
    )
    if among is not None:
        statement = statement.where(users.c.id.in_(among))
    async with db.read() as connection:
        return [UserId(row[0]) for row in await connection.execute(statement)]


async def touch(db: Database, user_id: UserId) -> None:
    """The host was asked and had nothing new to say (a deactivated person stays unknown there)."""
    async with db.unit() as unit:
        await unit.execute(update(users).where(users.c.id == user_id).values(last_synced_at=now()))


def is_told(user: User | None, profile: Profile, rights: Rights) -> bool:
    """Whether the profile says nothing that is not known of this person already."""
    if user is None:
        return not profile.is_active
    return user.is_active == profile.is_active and all(
        getattr(user, name) == value for name, value in _changes(profile, rights).items()
    )


async def _store(unit: Unit, rights: Rights, profile: Profile) -> User | None:
    row = (await unit.execute(_locked(profile.id))).first()
    changes = _changes(profile, rights)
    if row is None:
        return await _meet(unit, profile, changes)
    user, closed_by = to_user(row), row.deactivated_by
    given = "is_active" in profile.model_fields_set or not isinstance(profile, ProfileUpdate)
    if given and user.is_active and not profile.is_active:
        await deactivate(unit, user.id, "host")
        changes["is_active"] = False
    elif given and profile.is_active and not user.is_active and closed_by == "host":
        changes["is_active"] = True
    values = {name: getattr(user, name) for name in User.__dataclass_fields__} | changes
    fresh = User(**values | {"last_synced_at": now()})
    await update_user(unit, fresh)
    return fresh


def _changes(profile: Profile, rights: Rights) -> dict[str, Any]:
    changes = profile.changes()
    if "role" in changes:
        changes["role"] = rights.role(changes["role"])
        changes.setdefault("is_leader", changes["role"] == "LEADER")
    return changes


async def _meet(unit: Unit, profile: Profile, changes: dict[str, Any]) -> User | None:
    if not profile.is_active and not isinstance(profile, ProfileUpdate):
        return None
    fields = {name: value for name, value in changes.items() if name not in ("email", "name", "role")}
    role = changes.get("role", "MEMBER")
    user = make_user(UserId(profile.id), changes.get("email", ""), changes.get("name"), role, **fields)
    values = {name: getattr(user, name) for name in User.__dataclass_fields__}
    added = await add_user(unit, User(**values | {"last_synced_at": now()}))
    if not profile.is_active:  # told of before they came: a token of theirs must not let them in
        await deactivate(unit, added.id, "host")
    return added


def _locked(user_id: str) -> Select[Any]:
    columns = [*USER_COLUMNS, users.c.deactivated_by, users.c.host_version]
    return select(*columns).where(users.c.id == user_id).with_for_update(key_share=True)
