"""One-time codes: they stand for a session during a redirect, so that no token has to be in an address."""

import secrets
import time
from datetime import timedelta

from sqlalchemy import delete, insert

from tms_chat.core.clock import from_timestamp, now
from tms_chat.core.errors import ChatError
from tms_chat.core.ids import UserId
from tms_chat.db.engine import Database
from tms_chat.identity.caller import Authenticator, Caller
from tms_chat.identity.model import sso_codes
from tms_chat.identity.tokens import Claims, hash_token
from tms_chat.people.queries import get_users

CODE_SECONDS = 60


async def issue_code(db: Database, caller: Caller) -> str:
    """A code for the session this token of the host is good for; kept as a hash, in the database, for a minute."""
    code = secrets.token_urlsafe(32)
    values = {
        "code_hash": hash_token(code),
        "user_id": caller.id,
        "token_hash": caller.claims.token_hash,
        "issued_at": from_timestamp(caller.claims.issued_at),
        "session_ends_at": from_timestamp(caller.claims.expires_at),
        "expires_at": now() + timedelta(seconds=CODE_SECONDS),
    }
    async with db.unit() as unit:
        await unit.execute(delete(sso_codes).where(sso_codes.c.expires_at < now()))
        await unit.execute(insert(sso_codes).values(values))
    return code


async def redeem_code(db: Database, auth: Authenticator, code: str) -> Caller:
    """Whom it stands for, as if they showed the token it was made from; works once.

    Raises ChatError `sso_code_invalid`, also when that token was revoked or its person deactivated meanwhile.
    """
    used = delete(sso_codes).where(sso_codes.c.code_hash == hash_token(code), sso_codes.c.expires_at > now())
    async with db.unit() as unit:
        row = (await unit.execute(used.returning(*sso_codes.c))).first()
    if row is None:
        raise ChatError("sso_code_invalid")
    claims = Claims(
        user_id=UserId(row.user_id),
        email=None,
        name=None,
        role=None,
        image=None,
        issued_at=row.issued_at.timestamp(),
        expires_at=row.session_ends_at.timestamp(),
        token_hash=row.token_hash,
        from_host=True,
        begun_at=row.issued_at.timestamp(),
    )
    checked_at = time.time()
    if await auth.objection(claims) is not None:
        raise ChatError("sso_code_invalid")
    [user] = await get_users(db, [claims.user_id])
    return Caller(user, claims, checked_at)
