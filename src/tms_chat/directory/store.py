"""What the host said about people, kept: created, changed, closed and opened again, always in one short transaction."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, select, update

from tms_chat.core.clock import now
from tms_chat.core.events import SessionsEnded
from tms_chat.core.ids import UserId
from tms_chat.core.rules import Rights
from tms_chat.db.engine import Database
from tms_chat.db.unit import Unit
from tms_chat.directory.profile import Profile, ProfileUpdate
from tms_chat.identity.model import accounts
from tms_chat.people.actions import deactivate, end_sessions, insert_user, make_user, update_user
from tms_chat.people.model import USER_COLUMNS, User, to_user, users


async def store_profiles(
    db: Database, rights: Rights, profiles: list[Profile], asked_at: datetime, *, reopens: bool
) -> list[User]:
    """The people as they are known now; deactivated ones are left out.

    What the host said to a question asked at `asked_at` counts only for people of whom nothing newer is known: a
    webhook may have overtaken the answer. `reopens`: an answer without a word about it opens an account the host had
    closed; the rows of a search do not.
    """
    async with db.unit() as unit:
        # By id, as everybody else who locks several people, so that no two wait for each other.
        ordered = sorted(profiles, key=lambda profile: profile.id)
        stored = {profile.id: await _store(unit, rights, profile, asked_at, reopens=reopens) for profile in ordered}
    people = [stored[profile.id] for profile in profiles]
    return [user for user in people if user is not None and user.is_active]


async def store_update(db: Database, rights: Rights, news: ProfileUpdate) -> bool:
    """News from the webhook; False when something as new was known already."""
    async with db.unit() as unit:
        if not await _meet(unit, rights, news, now()):
            row = (await unit.execute(_locked(news.id))).one()
            if row.host_version is not None and row.host_version >= news.version:
                return False
            # The user API describes somebody active by answering at all; the webhook must say so.
            await _change(unit, rights, row, news, now(), reopens=news.is_active is True)
            await unit.execute(update(users).where(users.c.id == news.id).values(host_version=news.version))
        if news.signed_out:
            await end_sessions(unit, UserId(news.id), now())
            unit.announce(SessionsEnded(UserId(news.id)))
        return True


async def mark_gone(db: Database, user_id: UserId, asked_at: datetime) -> User | None:
    """The host did not know this person at `asked_at`: no request and no socket of theirs is served.

    Answers the person when something newer is known, which then stands.
    """
    async with db.unit() as unit:
        row = (await unit.execute(_locked(user_id))).first()
        if row is None:
            return None
        if _is_newer(row, asked_at):
            return to_user(row) if row.is_active else None
        if row.is_active:
            await deactivate(unit, user_id, "host")
        await unit.execute(update(users).where(users.c.id == user_id).values(last_synced_at=asked_at))
        return None


async def witnesses(db: Database, besides: UserId, limit: int) -> list[UserId]:
    """People whom the host's user API knew last; the webhook may tell of others, whom it does not know."""
    statement = (
        select(users.c.id)
        .where(users.c.is_active, users.c.last_synced_at.is_not(None), users.c.host_version.is_(None))
        .where(users.c.id != besides, ~_is_local())
        .order_by(users.c.last_synced_at.desc())
        .limit(limit)
    )
    async with db.read() as connection:
        return [UserId(row[0]) for row in await connection.execute(statement)]


async def due(db: Database, before: datetime, limit: int, among: list[UserId] | None = None) -> list[UserId]:
    """People of the host who were not read from it since `before`, the longest ago first."""
    statement = (
        select(users.c.id)
        .where(~_is_local(), users.c.last_synced_at.is_(None) | (users.c.last_synced_at < before))
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
    """Whether a row of a search says nothing that is not known of this person already."""
    if user is None:
        return profile.is_gone
    return not (user.is_active and profile.is_gone) and all(
        getattr(user, name) == value for name, value in _changes(profile, rights).items()
    )


async def _store(unit: Unit, rights: Rights, profile: Profile, asked_at: datetime, *, reopens: bool) -> User | None:
    row = (await unit.execute(_locked(profile.id))).first()
    if row is None:
        if profile.is_gone or await _meet(unit, rights, profile, asked_at):
            row = (await unit.execute(_locked(profile.id))).first()
            return to_user(row) if row is not None else None
        row = (await unit.execute(_locked(profile.id))).one()
    if _is_newer(row, asked_at):
        return to_user(row)
    return await _change(unit, rights, row, profile, asked_at, reopens=reopens)


async def _meet(unit: Unit, rights: Rights, profile: Profile, at: datetime) -> bool:
    """Store somebody who is not known here; False when they are, also since a moment ago."""
    changes = _changes(profile, rights)
    fields = {name: value for name, value in changes.items() if name not in ("email", "name", "role")}
    role = changes.get("role", "MEMBER")
    user = make_user(
        UserId(profile.id), changes.get("email", ""), changes.get("name"), role, **fields, last_synced_at=at
    )
    version = profile.version if isinstance(profile, ProfileUpdate) else None
    if not await insert_user(unit, user, host_version=version):
        return False
    if profile.is_gone:  # told of before they came: a token of theirs must not let them in
        await deactivate(unit, user.id, "host")
    return True


async def _change(unit: Unit, rights: Rights, row: Row[Any], profile: Profile, at: datetime, *, reopens: bool) -> User:
    user, changes = to_user(row), _changes(profile, rights)
    if user.is_active and profile.is_gone:
        await deactivate(unit, user.id, "host")
        changes["is_active"] = False
    elif not user.is_active and reopens and not profile.is_gone and row.deactivated_by == "host":
        changes["is_active"] = True
    fresh = replace(user, **changes, last_synced_at=at)
    await update_user(unit, fresh)
    return fresh


def _changes(profile: Profile, rights: Rights) -> dict[str, Any]:
    changes = profile.changes()
    if "role" in changes:
        changes["role"] = rights.role(changes["role"])
        changes.setdefault("is_leader", changes["role"] == "LEADER")
    return changes


def _is_newer(row: Row[Any], asked_at: datetime) -> bool:
    """Whether what is stored is as of that moment or later."""
    return row.last_synced_at is not None and bool(row.last_synced_at >= asked_at)


def _is_local() -> ColumnElement[bool]:
    return select(accounts.c.user_id).where(accounts.c.user_id == users.c.id).exists()


def _locked(user_id: str) -> Select[Any]:
    columns = [*USER_COLUMNS, users.c.deactivated_by, users.c.host_version]
    return select(*columns).where(users.c.id == user_id).with_for_update(key_share=True)
