"""Passwords, wherever they are kept: in local accounts, or at the host, which is asked and never told of us."""

import time

from tms_chat.core.errors import ChatError
from tms_chat.core.rules import Rights
from tms_chat.db.engine import Database
from tms_chat.directory.client import HostLogin
from tms_chat.directory.store import store_profiles
from tms_chat.identity import accounts
from tms_chat.identity.caller import Authenticator
from tms_chat.identity.tokens import TokenRefused
from tms_chat.people.model import User

HOST_SESSION_SECONDS = 24 * 3600  # for a host that does not say how long its session lives


async def sign_in_with_password(
    db: Database, auth: Authenticator, rights: Rights, email: str, password: str
) -> tuple[User, float | None]:
    """The person, and when the host's session ends (Unix seconds; None for a local account). Raises ChatError."""
    if auth.host is None:
        return await accounts.sign_in(db, email, password), None
    login = await _ask_host(auth, email, password)
    stored = await store_profiles(db, rights, [login.profile])
    if not stored:
        raise ChatError("account_deactivated")
    return stored[0], _ends_at(auth, login)


async def check_own_password(db: Database, auth: Authenticator, caller: User, email: str, password: str) -> None:
    """Raises ChatError `credentials_invalid` for a wrong password, and for everybody else's right one."""
    if accounts.email_key(email) != accounts.email_key(caller.email):
        raise ChatError("credentials_invalid")
    if auth.host is None:
        person: str = (await accounts.sign_in(db, email, password)).id
    else:
        person = (await _ask_host(auth, email, password)).profile.id
    if person != caller.id:
        raise ChatError("credentials_invalid")


async def _ask_host(auth: Authenticator, email: str, password: str) -> HostLogin:
    if auth.directory is None:
        raise ChatError("local_accounts_off")
    return await auth.directory.api.log_in(email, password)


def _ends_at(auth: Authenticator, login: HostLogin) -> float:
    """What the host says, else what its token says, else a day."""
    if login.expires_at is not None:
        return login.expires_at
    try:
        return auth.decode(login.token).expires_at
    except TokenRefused:
        return time.time() + HOST_SESSION_SECONDS
