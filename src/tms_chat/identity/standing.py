"""Whether a verified token still counts: what is stored about its person and its session.

To verify a token is work that always ends the same: its outcome is kept. Whether its person is active and its session
was not ended may change at any moment, also from another process, so that is asked of the database each time, in the
snapshot (or the transaction) of whatever the token is shown for.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import bindparam, exists, select

from tms_chat.db.prepared import Prepared, Row, Steps, among
from tms_chat.db.types import moment
from tms_chat.identity.model import revoked_tokens
from tms_chat.identity.tokens import EXPIRY_LEEWAY_SECONDS, ISSUE_LEEWAY_SECONDS, Claims, hash_token
from tms_chat.people.model import FLAGS_AT, USER_COLUMNS, users

MOST_TOKENS = 10_000

#: Of the person `user_id` who shows a token named `token_hash`: as stored, and what ended sessions.
STANDING_COLUMNS = [
    *USER_COLUMNS,
    users.c.tokens_valid_after,
    exists().where(revoked_tokens.c.token_hash == bindparam("token_hash")).label("is_revoked"),
]
IS_ACTIVE, IS_LEADER, SYNCED_AT = FLAGS_AT, FLAGS_AT + 1, FLAGS_AT + 2
VALID_AFTER, IS_REVOKED = len(USER_COLUMNS), len(USER_COLUMNS) + 1
STANDING = Prepared(select(*STANDING_COLUMNS).where(users.c.id == bindparam("user_id")), "user_id", "token_hash")

STANDINGS = Prepared(select(*USER_COLUMNS, users.c.tokens_valid_after).where(among(users.c.id, "user_ids")), "user_ids")
REVOKED = Prepared(
    select(revoked_tokens.c.token_hash).where(among(revoked_tokens.c.token_hash, "token_hashes")), "token_hashes"
)


def standing_of(shown: Sequence[Claims]) -> Steps[dict[str, Row]]:
    """For each of these tokens a row as one of `STANDING`, by the name of the token; none for whom nobody knows."""
    people = {row[0]: row for row in (yield STANDINGS, ([*{claims.user_id for claims in shown}],))}
    revoked = {row[0] for row in (yield REVOKED, ([claims.token_hash for claims in shown],))}
    return {
        claims.token_hash: (*people[claims.user_id], claims.token_hash in revoked)
        for claims in shown
        if claims.user_id in people
    }


class VerifiedTokens:
    """What `decode` made of tokens, the latest ones; only what is good is kept, and its time is looked at each time."""

    def __init__(self, decode: Callable[[str], Claims]) -> None:
        self._decode = decode
        self._known: OrderedDict[str, Claims] = OrderedDict()

    def claims(self, token: str) -> Claims:
        """The verified claims. Raises TokenRefused."""
        name = hash_token(token)  # not the token: it is long, and nobody should find it here
        found = self._known.get(name)
        if found is not None:
            now = time.time()
            if found.issued_at - ISSUE_LEEWAY_SECONDS <= now <= found.expires_at + EXPIRY_LEEWAY_SECONDS:
                self._known.move_to_end(name)
                return found
            del self._known[name]
        claims = self._decode(token)
        # Claims of ours are named after their session, which has many tokens; those of the host are named like this.
        self._known[claims.token_hash if claims.token_hash == name else name] = claims
        if len(self._known) > MOST_TOKENS:
            self._known.popitem(last=False)
        return claims


def objection(claims: Claims, is_active: bool | None, valid_after: datetime | None, is_revoked: bool) -> str | None:
    """What speaks against these verified claims, for the operator; else None. `is_active` is None for nobody."""
    if is_revoked:
        return "revoked by a sign-out"
    if is_active is None:
        return None if claims.from_host else "its user does not exist"
    if not is_active:
        return f"user {claims.user_id} is deactivated"
    if valid_after is not None and is_outdated(claims, valid_after.timestamp()):
        return "issued before the last change of password, sign-out everywhere or deactivation"
    return None


def objection_in(claims: Claims, row: Row) -> str | None:
    """The same from a row that begins like one of `STANDING`."""
    return objection(claims, row[IS_ACTIVE], moment(row[VALID_AFTER]), row[IS_REVOKED])


def is_outdated(claims: Claims, valid_after: float) -> bool:
    """Whether the token is older than the moment its person's sessions were ended.

    Hosts write whole seconds: a token made in the same second counts as newer, or a sign-in right after would fail.
    """
    return claims.begun_at < (math.floor(valid_after) if claims.from_host else valid_after)
