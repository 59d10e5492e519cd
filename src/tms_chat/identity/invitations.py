"""Invitations: links that let somebody make an account. Counted, expiring, revocable; stored as a hash."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, insert, select, update

from tms_chat.core.clock import now
from tms_chat.core.errors import ChatError
from tms_chat.core.ids import InvitationId, UserId, uuid7
from tms_chat.core.rules import check_may_invite
from tms_chat.db.engine import Database
from tms_chat.identity.accounts import NewAccount, create
from tms_chat.identity.caller import Caller
from tms_chat.identity.model import invitations
from tms_chat.identity.passwords import hash_password
from tms_chat.identity.tokens import hash_token
from tms_chat.people.model import USER_COLUMNS, User, to_user, users


@dataclass(frozen=True, slots=True)
class Invitation:
    """A stored invitation; its token is known only at the moment it is made."""

    id: InvitationId
    created_by: UserId
    created_at: datetime
    expires_at: datetime
    max_uses: int
    uses: int
    revoked_at: datetime | None


COLUMNS = [invitations.c[name] for name in Invitation.__dataclass_fields__]


async def invite(db: Database, caller: Caller, max_uses: int, lifetime: timedelta) -> tuple[Invitation, str]:
    """A new invitation and its token."""
    check_may_invite(caller.user.role)
    token = secrets.token_urlsafe(24)
    at = now()
    invitation = Invitation(InvitationId(uuid7()), caller.id, at, at + lifetime, max_uses, 0, None)
    values = {name: getattr(invitation, name) for name in Invitation.__dataclass_fields__}
    async with db.unit() as unit:
        await unit.execute(insert(invitations).values(**values, token_hash=hash_token(token)))
    return invitation, token


async def list_invitations(db: Database, caller: Caller) -> list[Invitation]:
    """The newest hundred."""
    check_may_invite(caller.user.role)
    async with db.read() as connection:
        rows = await connection.execute(select(*COLUMNS).order_by(invitations.c.created_at.desc()).limit(100))
        return [Invitation(*row) for row in rows]


async def revoke(db: Database, caller: Caller, invitation_id: InvitationId) -> None:
    """Nobody joins through it any more; revoking twice is fine. Raises ChatError `invitation_not_found`."""
    check_may_invite(caller.user.role)
    async with db.unit() as unit:
        found = select(invitations.c.id).where(invitations.c.id == invitation_id)
        if (await unit.execute(found)).first() is None:
            raise ChatError("invitation_not_found")
        open_one = update(invitations).where(invitations.c.id == invitation_id, invitations.c.revoked_at.is_(None))
        await unit.execute(open_one.values(revoked_at=now()))


async def look_at(db: Database, token: str) -> tuple[User, datetime]:
    """Who invites and until when. Raises ChatError `invitation_invalid` for a link that does not work (any more)."""
    statement = select(*USER_COLUMNS, invitations.c.expires_at).join_from(users, invitations)
    async with db.read() as connection:
        row = (await connection.execute(statement.where(*_usable(token)))).first()
    if row is None:
        raise ChatError("invitation_invalid")
    return to_user(row), row[-1]


async def sign_up(db: Database, token: str, account: NewAccount) -> User:
    """An account through an invitation. One use is taken in the same transaction; a refusal takes none."""
    await look_at(db, token)  # before the costly hash: a wrong link must not keep a processor busy
    password_hash = await hash_password(account.password)
    async with db.unit() as unit:
        used = update(invitations).where(*_usable(token)).values(uses=invitations.c.uses + 1)
        if await unit.change(used) != 1:
            raise ChatError("invitation_invalid")
        return await create(unit, account, password_hash, "MEMBER")


def _usable(token: str) -> tuple[ColumnElement[bool], ...]:
    return (
        invitations.c.token_hash == hash_token(token),
        invitations.c.revoked_at.is_(None),
        invitations.c.expires_at > now(),
        invitations.c.uses < invitations.c.max_uses,
    )
