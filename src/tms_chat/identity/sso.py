"""One-time codes: they stand for a session during a redirect, so that no token has to be in an address."""

import secrets
from datetime import timedelta

from sqlalchemy import delete, insert

from tms_chat.core.clock import from_timestamp, now
from tms_chat.core.errors import ChatError
from tms_chat.core.ids import UserId
from tms_chat.db.engine import Database
from tms_chat.identity.caller import Caller
from tms_chat.identity.model import sso_codes
from tms_chat.identity.tokens import hash_token

CODE_SECONDS = 60


async def issue_code(db: Database, caller: Caller) -> str:
    """A code for the session this token of the host is good for; kept as a hash, in the database, for a minute."""
    code = secrets.token_urlsafe(32)
    values = {
        "code_hash": hash_token(code),
        "user_id": caller.id,
        "session_ends_at": from_timestamp(caller.claims.expires_at),
        "expires_at": now() + timedelta(seconds=CODE_SECONDS),
    }
    async with db.unit() as unit:
        await unit.execute(delete(sso_codes).where(sso_codes.c.expires_at < now()))
        await unit.execute(insert(sso_codes).values(values))
    return code


async def redeem_code(db: Database, code: str) -> tuple[UserId, float]:
    """Whose session it stands for, and until when (Unix seconds); works once. Raises ChatError `sso_code_invalid`."""
    used = (
        delete(sso_codes)
        .where(sso_codes.c.code_hash == hash_token(code), sso_codes.c.expires_at > now())
        .returning(sso_codes.c.user_id, sso_codes.c.session_ends_at)
    )
    async with db.unit() as unit:
        row = (await unit.execute(used)).first()
    if row is None:
        raise ChatError("sso_code_invalid")
    return UserId(row.user_id), row.session_ends_at.timestamp()
