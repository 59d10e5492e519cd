"""Sessions: issue, renew, end. A session is one signed token; there is nothing else to steal.

Local accounts: seven days, renewed by use. From the host: a bearer as long as the token it was exchanged for (existing
clients never renew), or, for our own client, one of fifteen minutes that is renewed until then.
"""

import math
import time
from collections.abc import Sequence

from joserfc.jwk import OctKey
from sqlalchemy import delete

from tms_chat.core.clock import from_timestamp, now
from tms_chat.core.events import SessionsEnded
from tms_chat.core.ids import UserId
from tms_chat.db.engine import Database
from tms_chat.identity.caller import Caller
from tms_chat.identity.model import revoked_tokens
from tms_chat.identity.standing import objection_in, standing_of
from tms_chat.identity.tokens import EXPIRY_LEEWAY_SECONDS, Claims, Origin, sign_own_token
from tms_chat.people.model import User, stored_user

LIFETIME_SECONDS = 7 * 24 * 3600
RENEW_AFTER_SECONDS = 24 * 3600
SHORT_SECONDS = 15 * 60


def issue(key: OctKey, user_id: UserId, begun_at: float | None = None) -> str:
    """The token of a new session of a local account, valid for seven days; begun before its person was checked."""
    return sign_own_token(key, user_id, LIFETIME_SECONDS, begun_at=begun_at)


def exchange(key: OctKey, user_id: UserId, ends_at: float, begun_at: float, origin: Origin = "token") -> str:
    """A token of ours for one of the host: it lives as long, and a sign-out after `begun_at` really ends it."""
    return sign_own_token(key, user_id, math.inf, begun_at=begun_at, origin=origin, session_ends_at=ends_at)


def go_on(key: OctKey, claims: Claims, seconds: float = SHORT_SECONDS) -> str:
    """A token of the same session for the next fifteen minutes (or `seconds`), at most until the session ends."""
    return sign_own_token(
        key,
        claims.user_id,
        seconds,
        begun_at=claims.begun_at,
        session_id=claims.session_id,
        origin=claims.origin,
        session_ends_at=claims.session_ends_at,
    )


def renewed(key: OctKey, caller: Caller, token: str) -> str:
    """A local account's token while it is young, a fresh one after a day: who comes once a week stays signed in."""
    if time.time() - caller.claims.issued_at < RENEW_AFTER_SECONDS:
        return token
    claims = caller.claims
    return sign_own_token(key, caller.id, LIFETIME_SECONDS, begun_at=claims.begun_at, session_id=claims.session_id)


async def sign_out(db: Database, caller: Caller) -> None:
    """Revoke this session until its last token would have expired, and close its sockets; other devices stay."""
    claims = caller.claims
    renewable = claims.session_ends_at if claims.session_ends_at is not None else time.time() + LIFETIME_SECONDS
    forgotten_at = from_timestamp(max(claims.expires_at, renewable) + EXPIRY_LEEWAY_SECONDS)
    async with db.unit() as unit:
        values = {"token_hash": claims.token_hash, "expires_at": forgotten_at}
        await unit.execute(unit.insert(revoked_tokens).values(values).on_conflict_do_nothing())
        await unit.execute(delete(revoked_tokens).where(revoked_tokens.c.expires_at < now()))
        unit.announce(SessionsEnded(caller.id, claims.token_hash))


async def still_valid(db: Database, claims: Sequence[Claims]) -> dict[str, User]:
    """Token hash → user, for those of these tokens that are neither revoked nor outdated and whose user is active."""
    rows = await db.ask(standing_of, claims)
    return {
        claim.token_hash: stored_user(row)
        for claim in claims
        if (row := rows.get(claim.token_hash)) is not None and objection_in(claim, row) is None
    }
