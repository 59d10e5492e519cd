"""Local accounts: the first one through the set-up link, the others through invitations; sign-in; passwords."""

import secrets
from dataclasses import dataclass

from sqlalchemy import delete, select, update

from tms_chat.core.clock import now
from tms_chat.core.errors import ChatError
from tms_chat.core.events import SessionsEnded
from tms_chat.core.ids import UserId, uuid7
from tms_chat.core.rules import ADMIN
from tms_chat.db.engine import Database
from tms_chat.db.types import meta
from tms_chat.db.unit import Unit
from tms_chat.identity.model import accounts
from tms_chat.identity.passwords import hash_password, password_matches
from tms_chat.identity.tokens import hash_token
from tms_chat.people.actions import add_user, anybody_exists, deactivate, end_sessions, make_user
from tms_chat.people.model import USER_COLUMNS, User, to_user, users

SETUP_KEY = "setup_token_hash"


@dataclass(frozen=True, slots=True)
class NewAccount:
    """What a person types to get an account."""

    email: str
    password: str
    name: str


async def new_setup_token(db: Database) -> str | None:
    """A fresh token for the set-up link, replacing the last one; None once there is an account."""
    token = secrets.token_urlsafe(24)
    async with db.unit() as unit:
        if await anybody_exists(unit):
            await unit.execute(delete(meta).where(meta.c.key == SETUP_KEY))
            return None
        values = {"key": SETUP_KEY, "value": hash_token(token)}
        await unit.execute(unit.insert(meta).values(values).on_conflict_do_update(index_elements=["key"], set_=values))
    return token


async def needs_setup(db: Database) -> bool:
    """Whether the first account is still to be made."""
    async with db.read() as connection:
        return (await connection.execute(select(users.c.id).limit(1))).first() is None


async def set_up(db: Database, token: str, account: NewAccount) -> User:
    """The first account, an administrator. The link works once: of two who use it at once, one gets a refusal."""
    async with db.read() as connection:  # before the costly hash: a wrong link must not keep a processor busy
        if await connection.scalar(select(meta.c.value).where(meta.c.key == SETUP_KEY)) != hash_token(token):
            raise ChatError("setup_link_invalid")
    password_hash = await hash_password(account.password)
    async with db.unit() as unit:
        # The DELETE locks and consumes the token in one statement.
        used = delete(meta).where(meta.c.key == SETUP_KEY, meta.c.value == hash_token(token))
        if await unit.change(used) != 1 or await anybody_exists(unit):
            raise ChatError("setup_link_invalid")
        return await create(unit, account, password_hash, ADMIN)


async def create(unit: Unit, account: NewAccount, password_hash: str, role: str) -> User:
    """Store a person with a password. Raises ChatError `email_taken`."""
    taken = select(accounts.c.user_id).where(accounts.c.email_key == email_key(account.email))
    if (await unit.execute(taken)).first() is not None:
        raise ChatError("email_taken")
    user = await add_user(unit, make_user(UserId(uuid7()), account.email, account.name, role))
    values = {
        "user_id": user.id,
        "email_key": email_key(account.email),
        "password_hash": password_hash,
        "changed_at": now(),
    }
    # Two sign-ups with one address at the same moment: the second one waits for the first and then does nothing.
    if (
        await unit.change(unit.insert(accounts).values(values).on_conflict_do_nothing(index_elements=["email_key"]))
        != 1
    ):
        raise ChatError("email_taken")
    return user


async def add_account(db: Database, account: NewAccount, role: str) -> User:
    """An account made by the operator. Raises ChatError `email_taken`."""
    password_hash = await hash_password(account.password)
    async with db.unit() as unit:
        return await create(unit, account, password_hash, role)


async def sign_in(db: Database, email: str, password: str) -> User:
    """The user with these credentials. Raises ChatError; an unknown address takes as long and reads the same."""
    user, stored = await _account(db, email)
    if not await password_matches(stored, password) or user is None:
        raise ChatError("credentials_invalid")
    if not user.is_active:
        raise ChatError("account_deactivated")
    return user


async def change_password(db: Database, user: User, current: str, new: str) -> None:
    """Replace the password; every session of this person ends. Raises ChatError `password_wrong`."""
    async with db.read() as connection:
        stored = await connection.scalar(select(accounts.c.password_hash).where(accounts.c.user_id == user.id))
    if stored is None:
        raise ChatError("local_accounts_off", "This account has no password here: change it in the host product.")
    if not await password_matches(stored, current):
        raise ChatError("password_wrong")
    await set_password(db, user.id, new)


async def set_password(db: Database, user_id: UserId, new: str) -> None:
    """Store a password and end every session of this person."""
    password_hash = await hash_password(new)
    async with db.unit() as unit:
        at = now()
        changed = (
            update(accounts).where(accounts.c.user_id == user_id).values(password_hash=password_hash, changed_at=at)
        )
        if await unit.change(changed) != 1:
            raise ChatError("user_not_found", "There is no local account for this person.")
        await end_sessions(unit, user_id, at)
        unit.announce(SessionsEnded(user_id))


async def close_account(db: Database, user_id: UserId) -> None:
    """Deactivate a person: requests are refused and sockets closed; what they wrote stays."""
    async with db.unit() as unit:
        await deactivate(unit, user_id, "operator")


async def find_account(db: Database, email: str) -> User:
    """The person with this address, local or the host's. Raises ChatError `user_not_found`."""
    user, _ = await _account(db, email)
    if user is None:
        async with db.read() as connection:
            row = (await connection.execute(select(*USER_COLUMNS).where(users.c.email == email).limit(1))).first()
        user = to_user(row) if row is not None else None
    if user is None:
        raise ChatError("user_not_found", f"There is no account with the address {email}.")
    return user


async def _account(db: Database, email: str) -> tuple[User | None, str | None]:
    statement = select(*USER_COLUMNS, accounts.c.password_hash).join_from(users, accounts)
    async with db.read() as connection:
        row = (await connection.execute(statement.where(accounts.c.email_key == email_key(email)))).first()
    return (to_user(row), row[-1]) if row is not None else (None, None)


def email_key(email: str) -> str:
    """Addresses that differ in case only are one account."""
    return email.strip().casefold()
