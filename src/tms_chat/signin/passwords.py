"""Passwords, wherever they are kept: in local accounts, or at the host, which is asked and never told of us."""

import time
from dataclasses import dataclass

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
MAX_SESSION_SECONDS = 30 * 24 * 3600


@dataclass(frozen=True, slots=True)
class SignIn:
    """Who it is, and the moments a session of theirs begins (before the password was checked) and, at the host, ends.

    Unix seconds; no end for a local account.
    """

    user: User
    begun_at: float
    ends_at: float | None


async def sign_in_with_password(db: Database, auth: Authenticator, rights: Rights, email: str, password: str) -> SignIn:
    """The person with these credentials. Raises ChatError."""
    begun_at = time.time()
    if auth.host is None:
        return SignIn(await accounts.sign_in(db, email, password), begun_at, None)
    login = await _ask_host(auth, email, password)
    stored = await store_profiles(db, rights, [login.profile], login.asked_at, reopens=True)
    if not stored:
        raise ChatError("account_deactivated")
    return SignIn(stored[0], begun_at, _ends_at(auth, login))


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
    """What the host says, else what its token says, else a day; a month at most. What is over already says nothing."""
    ends_at = login.expires_at
    if ends_at is None or ends_at <= time.time():
        try:
            ends_at = auth.decode(login.token).expires_at
        except TokenRefused:
            ends_at = time.time() + HOST_SESSION_SECONDS
    return min(ends_at, time.time() + MAX_SESSION_SECONDS)
