"""Every few seconds: no socket outlives its token. It may expire, be revoked in another process, or lose its person."""

import time
from dataclasses import replace

from tms_chat.db.engine import Database
from tms_chat.identity.sessions import still_valid
from tms_chat.realtime.publisher import Publisher
from tms_chat.realtime.sessions import Session, Sessions

CHUNK = 500
WARN_SECONDS = 120


async def sweep(db: Database, sessions: Sessions, publisher: Publisher) -> None:
    """Close what must be closed; take over changed names and roles for what stays.

    Whose time is over is known here, and closed first: they do not stay because the database is away.
    """
    live = [session for session in sessions.all() if not _close_expired(session, publisher)]
    for start in range(0, len(live), CHUNK):
        chunk = live[start : start + CHUNK]
        shown = [session.caller.claims for session in chunk]
        valid = await still_valid(db, shown)
        for session, claims in zip(chunk, shown, strict=True):
            user = valid.get(claims.token_hash)
            if session.caller.claims is not claims:
                continue  # renewed while the database was asked: looked at next time
            if _close_expired(session, publisher):
                continue
            if user is None:
                publisher.close(session, "token_invalid", "This session has ended: sign in again.")
            else:
                if user != session.caller.user:
                    session.caller = replace(session.caller, user=user)
                _warn(session, publisher)


def _close_expired(session: Session, publisher: Publisher) -> bool:
    is_over = session.caller.closes_at < time.time()
    if is_over:
        publisher.close(session, "token_expired", "The session has ended: sign in again.")
    return is_over


def _warn(session: Session, publisher: Publisher) -> None:
    """Once for each token: time to renew it with `auth`."""
    left = session.caller.claims.expires_at - time.time()
    if left <= WARN_SECONDS and session.warned_about != session.caller.claims.expires_at:
        session.warned_about = session.caller.claims.expires_at
        publisher.to_socket(session, "auth_expiring", {"in": max(0, round(left))})
